"""The service as processes: workers that handle requests, and the one that keeps them running."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from semsearch.cli.failures import sentence_of
from semsearch.cli.metrics_folder import metrics_folder
from semsearch.cli.sockets import raise_file_limit, url_of
from semsearch.cli.supervisor import Supervisor, Task
from semsearch.serving.memory import exclude_from_gc

if TYPE_CHECKING:
    import uvicorn

    from semsearch.cli.processes import Report
    from semsearch.settings import Settings

log = logging.getLogger(__name__)

_METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_OPEN_FILES = 4_000
"""The wanted limit, for 1,000 connections (``MAX_CONNECTIONS`` in ``api/middleware/connections.py``)."""
_BEAT_SECONDS = 5
"""How often a worker tells that it works."""


def run(settings: Settings, listener: socket.socket, others: Sequence[Task] = ()) -> None:
    """Serve until a signal; also with one worker, in a process of its own, since a process cannot survive a SIGBUS.

    ``others``: what else runs until then. Raises KeyboardInterrupt after Ctrl-C, and SystemExit if the workers end by
    themselves; they have logged why.
    """
    worker = Task("worker", partial(_work, settings, listener), serves=True)
    supervisor = Supervisor(
        [*(_without(listener, task) for task in others), *[worker] * settings.workers],
        on_ready=lambda: log.info("listening on %s", url_of(listener)),
        on_stop=listener.close,
        request_seconds=_request_seconds(settings),
    )
    with metrics_folder() if settings.workers > 1 else nullcontext() as folder:
        if folder is not None:
            os.environ[_METRICS_VARIABLE] = str(folder)
        if supervisor.run() == signal.SIGINT:
            raise KeyboardInterrupt


def _without(listener: socket.socket, task: Task) -> Task:
    """Return the same task without the socket, which would otherwise stay open as long as its process."""

    def run_without(report: Report) -> None:
        listener.close()
        task.run(report)

    return Task(task.name, run_without, serves=task.serves)


def _request_seconds(settings: Settings) -> int:
    """Return how long a worker that stops completes requests."""
    return math.ceil(settings.deadline_seconds) + 1


def _work(settings: Settings, listener: socket.socket, report: Report) -> None:
    """Be a worker: open the index and serve until SIGTERM. An error is logged and ends the process."""
    is_asked_to_stop = threading.Event()

    def stop(*_: object) -> None:
        is_asked_to_stop.set()
        sys.exit(0)  # the default action would leave temporary files behind

    signal.signal(signal.SIGTERM, stop)
    raise_file_limit(_OPEN_FILES)
    try:
        server = _server(_make_app(settings), settings, report)
    except BaseException as error:
        if (sentence := sentence_of(error)) is None:
            raise
        log.error("%s", sentence)  # noqa: TRY400  (one line, like the errors of any command)
        raise SystemExit(1) from None
    if is_asked_to_stop.is_set():  # where a library caught the exit
        return
    signal.signal(signal.SIGTERM, server.handle_exit)
    server.run(sockets=[listener])


def _make_app(settings: Settings) -> Callable[..., Any]:
    """Make the app. The process does nothing else, so garbage collection may skip all objects made here."""
    with exclude_from_gc():
        from semsearch.api import create_app  # noqa: PLC0415  (the supervisor does not need it)

        return create_app(settings)


def _server(app: Callable[..., Any], settings: Settings, report: Report) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415

    from semsearch.api.middleware.connections import LimitedHttpProtocol  # noqa: PLC0415

    class Server(uvicorn.Server):
        """Reports that it serves, and leaves signals as they are."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                report.ready()

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    async def beat() -> None:
        report.alive()

    # There is no access log, since it would contain the queries of visitors. /metrics counts requests.
    config = uvicorn.Config(
        app,
        http=LimitedHttpProtocol,
        ws="none",  # an upgraded connection would bypass LimitedHttpProtocol
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_request_seconds(settings),
        callback_notify=beat,
        timeout_notify=_BEAT_SECONDS,
    )
    return Server(config)
