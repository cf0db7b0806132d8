"""The command ``serve``: runs the HTTP service."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.options import Index, Reranker, SourceOptions, settings_of_environment
from semsearch.errors import InvalidRequest, KeysRequired

if TYPE_CHECKING:
    from semsearch.cli.supervisor import Task
    from semsearch.ingest.run import Request
    from semsearch.settings import Settings


def serve(
    index: Index = None,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on.  [env: SEMSEARCH_HOST, default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="0 for any free port.  [env: SEMSEARCH_PORT, default: 8000]")
    ] = None,
    reranker: Reranker = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Worker processes.  [env: SEMSEARCH_WORKERS, default: 1]")
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Let anybody search without an API key.")] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Rebuild when posts change, for use while writing. Needs semsearch[watch]."),
    ] = False,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="What --watch watches.  [default: the sources of semsearch.toml, or the corpus]",
        ),
    ] = None,
) -> None:
    """Serve search and related posts over HTTP.

    New versions of the index are picked up without a restart.
    """
    from semsearch.platforms import check_platform  # noqa: PLC0415

    settings = settings_of_environment()
    check_platform()  # before modules that only Unix has are imported

    # Nothing here may load FAISS and the like: workers are forked from this process, which stays small.
    from semsearch.api.operations import logs  # noqa: PLC0415
    from semsearch.cli.sockets import listen  # noqa: PLC0415
    from semsearch.cli.watching import POLL_SECONDS  # noqa: PLC0415
    from semsearch.cli.workers import run  # noqa: PLC0415

    given: dict[str, object] = {"index": index, "host": host, "port": port, "reranker": reranker, "workers": workers}
    given["public"] = public or None
    given["poll_seconds"] = POLL_SECONDS if watch else None
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    if not (settings.is_local or settings.public or settings.has_keys):
        raise KeysRequired(settings.host)
    requests = _requests(sources, settings, watch=watch)
    logs.configure(settings.log_format)
    with listen(settings.host, settings.port) as socket:
        run(settings, socket, _watching(requests, settings))


def _requests(sources: list[str] | None, settings: Settings, *, watch: bool) -> list[Request] | None:
    """What is to be watched; None if nothing is. Raises InvalidRequest, InvalidSiteFile."""
    from semsearch.cli.ingesting import requests_of_options  # noqa: PLC0415

    if sources and not watch:
        raise InvalidRequest("from", "it says what --watch watches; add --watch, or use rebuild --from")
    return requests_of_options(SourceOptions(sources or ()), settings.corpus) if watch else None


def _watching(requests: list[Request] | None, settings: Settings) -> list[Task]:
    from semsearch.cli.supervisor import Task  # noqa: PLC0415
    from semsearch.cli.watching import rebuild_on_changes  # noqa: PLC0415

    if requests is None:
        return []
    return [Task("the process that watches", partial(rebuild_on_changes, requests, settings), serves=False)]
