"""How does a service start? Options and settings in; it answers until a signal ends it."""

from __future__ import annotations

import math
import signal
import sys
from typing import Annotated

import typer

from semsearch.cli.options import Index, Reranker, settings_of_environment
from semsearch.errors import OpenToAll


def serve(
    index: Index = None,
    host: Annotated[str | None, typer.Option(help="[SEMSEARCH_HOST, else: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="[SEMSEARCH_PORT, else: 8000]")] = None,
    reranker: Reranker = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes.  [SEMSEARCH_WORKERS, else: 1]")] = None,
    public: Annotated[bool, typer.Option("--public", help="Let anybody search, without a key.")] = False,
) -> None:
    """Serve search and related posts over HTTP, and each new version as soon as it is there."""
    import uvicorn  # noqa: PLC0415

    from semsearch.api.middleware.connections import MOST_CONNECTIONS, GuardedProtocol  # noqa: PLC0415
    from semsearch.api.operations import logs  # noqa: PLC0415
    from semsearch.cli.listening import allow_connections, listening  # noqa: PLC0415
    from semsearch.cli.workers import app_of, run  # noqa: PLC0415

    settings = settings_of_environment()
    given = {"index": index, "host": host, "port": port, "reranker": reranker, "workers": workers}
    given["public"] = public or None
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    if not (settings.is_local or settings.public or settings.has_keys):
        raise OpenToAll(settings.host)
    logs.start(settings.log_format)
    allow_connections(4 * MOST_CONNECTIONS)
    # After it has closed in good order, uvicorn repeats the signal; by itself, that would leave temporary files behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # No access log: it would keep what visitors search for. /metrics counts requests.
    config = uvicorn.Config(
        app_of(settings),
        workers=settings.workers,
        http=GuardedProtocol,
        ws="none",  # an upgrade would lead past the guard
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.deadline_seconds) + 1,
    )
    with listening(settings.host, settings.port) as socket:
        run(config, socket)
