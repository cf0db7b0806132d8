"""Serves in this process, or in several worker processes that this one supervises."""

from __future__ import annotations

import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from functools import partial

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from semsearch.api.operations import logs
from semsearch.cli.failures import sentence_of
from semsearch.cli.processes import belong_to_parent, is_in_terminal
from semsearch.cli.sockets import url_of
from semsearch.serving.memory import exclude_from_gc
from semsearch.settings import Settings

log = logging.getLogger(__name__)

_HEALTH_CHECK_SECONDS = 30
"""Time after which a silent worker counts as dead. On a busy machine, Python alone may take long to start."""


def app_or_factory(settings: Settings) -> Callable[..., object]:
    """Return the ASGI app; with several workers, the function with which each worker makes its own."""
    if settings.workers > 1:
        return partial(_make_app_in_worker, settings)
    return _make_app(settings)


def run(config: uvicorn.Config, listener: socket.socket) -> None:
    """Serve until a signal.

    Raises KeyboardInterrupt after Ctrl-C, and SystemExit(1) if the workers end by themselves; they have logged why.
    """
    if config.workers == 1:
        _log_address(listener)
        uvicorn.Server(config).run(sockets=[listener])
        return
    config.factory, config.timeout_worker_healthcheck = True, _HEALTH_CHECK_SECONDS
    with tempfile.TemporaryDirectory(prefix="semsearch-workers-") as metrics_folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder
        supervisor = _Supervisor(config, [listener])
        supervisor.run()
    if supervisor.end_signal is None:
        raise SystemExit(1)
    if supervisor.end_signal == signal.SIGINT:
        raise KeyboardInterrupt


class _Supervisor(Multiprocess):
    """Starts one worker before the others: if it cannot open the index, the error is logged only once."""

    end_signal: signal.Signals | None = None
    """The signal that ended the service; None if the workers ended by themselves."""

    def run(self) -> None:
        """Run until a signal, or until the first worker fails to start."""
        first = Process(self.config, self.sockets)
        first.start()
        self.processes.append(first)
        while not first.wait_until_ready(0.1):
            self.handle_signals()
            if self.should_exit.is_set() or not first.process.is_alive():
                first.terminate()
                first.process.join()
                return
        _log_address(self.sockets[0])
        super().run()

    def init_processes(self) -> None:
        """Start the remaining workers."""
        for _ in range(self.processes_num - len(self.processes)):
            process = Process(self.config, self.sockets)
            process.start()
            self.processes.append(process)

    def handle_int(self) -> None:
        """Note that Ctrl-C ended the service."""
        self.end_signal = signal.SIGINT
        super().handle_int()

    def handle_term(self) -> None:
        """Note that SIGTERM ended the service."""
        self.end_signal = signal.SIGTERM
        super().handle_term()

    def handle_hup(self) -> None:
        """Stop if the terminal was closed; else replace the workers one by one."""
        if is_in_terminal():
            self.handle_term()
        else:
            super().handle_hup()


def _make_app(settings: Settings) -> Callable[..., object]:
    """Make the app. The process does nothing else, so garbage collection may skip all objects made here."""
    with exclude_from_gc():
        from semsearch.api import create_app  # noqa: PLC0415

        return create_app(settings)


def _make_app_in_worker(settings: Settings) -> object:
    """Make the app in a worker process. An error is logged and ends the process."""
    logs.configure(settings.log_format)
    belong_to_parent()
    try:
        return _make_app(settings)
    except BaseException as error:
        if (sentence := sentence_of(error)) is None:
            raise
        log.error("%s", sentence)  # noqa: TRY400  (one line, like the errors of any command)
        # uvicorn's own exit code for a failed start would end all workers. If a replacement worker fails, the others go
        # on, and the cause may be fixed before the next attempt.
        raise SystemExit(1) from None


def _log_address(listener: socket.socket) -> None:
    log.info("listening on %s", url_of(listener))
