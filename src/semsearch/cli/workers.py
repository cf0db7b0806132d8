"""How many processes serve one address? One, which is this one; or several, looked after by this one."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from functools import partial

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from semsearch.api.operations import logs
from semsearch.cli.listening import address
from semsearch.errors import SemsearchError
from semsearch.serving.memory import settling
from semsearch.settings import Settings

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 30
"""After which a worker that says nothing is taken for dead: on a busy machine, Python itself may take long to start."""


def app_of(settings: Settings) -> Callable[..., object]:
    """The service; or, where several workers are to run it, what each of them makes it with."""
    if settings.workers > 1:
        return partial(_app_in_worker, settings)
    return _app(settings)


def run(config: uvicorn.Config, bound: socket.socket) -> None:
    """Serves until a signal ends it. Raises SystemExit(1) where workers end by themselves, having said why."""
    if config.workers == 1:
        _say_where(bound)
        uvicorn.Server(config).run(sockets=[bound])
        return
    config.factory, config.timeout_worker_healthcheck = True, _PATIENCE_SECONDS
    with tempfile.TemporaryDirectory(prefix="semsearch-workers-") as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        supervisor = _Supervisor(config, [bound])
        supervisor.run()
    if supervisor.ended_by is None:
        raise SystemExit(1)
    if supervisor.ended_by == signal.SIGINT:
        raise KeyboardInterrupt


class _Supervisor(Multiprocess):
    """Starts the workers, the first alone: where that cannot open the index, none can, and it is said once."""

    ended_by: signal.Signals | None = None
    """None where no signal did."""

    def run(self) -> None:
        """Until a signal comes, or a worker cannot start."""
        first = Process(self.config, self.sockets)
        first.start()
        self.processes.append(first)
        while not first.wait_until_ready(0.1):
            self.handle_signals()
            if self.should_exit.is_set() or not first.process.is_alive():
                first.terminate()
                first.process.join()
                return
        _say_where(self.sockets[0])
        super().run()

    def init_processes(self) -> None:
        """The others."""
        for _ in range(self.processes_num - len(self.processes)):
            process = Process(self.config, self.sockets)
            process.start()
            self.processes.append(process)

    def handle_int(self) -> None:
        """Ctrl-C."""
        self.ended_by = signal.SIGINT
        super().handle_int()

    def handle_term(self) -> None:
        """The usual end of a service."""
        self.ended_by = signal.SIGTERM
        super().handle_term()


def _app(settings: Settings) -> Callable[..., object]:
    """The service, in a process that does nothing else."""
    with settling():
        from semsearch.api import create_app  # noqa: PLC0415

        return create_app(settings)


def _app_in_worker(settings: Settings) -> object:
    """The service, in a process that says what is wrong, and ends."""
    logs.start(settings.log_format)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        return _app(settings)
    except (SemsearchError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400  (one line, as from any command)
        # Not as uvicorn would say it, which ends all workers: what one that takes the place of another finds wrong, the
        # others survive, and it may be mended before the next try.
        raise SystemExit(1) from None


def _end_with_parent() -> None:
    """Ends this worker in order when nobody looks after it any more: it would keep the address for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _say_where(bound: socket.socket) -> None:
    log.info("listening on %s", address(bound))
