"""While posts are being written: reads changed sources again, and rebuilds the index, in a process of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.cli.failures import sentence_of

if TYPE_CHECKING:
    from semsearch.cli.processes import Report
    from semsearch.ingest.report import SourceReport
    from semsearch.ingest.run import Limits, Request, WebAccess
    from semsearch.settings import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
"""How often a service that watches looks for a new version."""


def watched_paths(requests: Sequence[Request], corpus: Path) -> list[Path]:
    """The folders and files whose changes matter: the local sources; without any, the corpus."""
    return [Path(request.source.location) for request in requests if not request.source.is_remote] or [corpus]


def ingest_on_changes(
    requests: Sequence[Request],
    corpus: Path,
    limits: Limits,
    web: WebAccess,
    on_report: Callable[[list[SourceReport]], None],
) -> None:
    """Read the sources, and again after each change, until Ctrl-C. Errors are logged; the corpus then stays."""
    from semsearch.ingest.earlier_posts import EarlierPosts  # noqa: PLC0415
    from semsearch.ingest.run import ingest  # noqa: PLC0415
    from semsearch.ingest.watch import changes  # noqa: PLC0415

    earlier = EarlierPosts()
    on_report(ingest(requests, corpus, limits=limits, web=web, earlier=earlier))
    for _ in changes(watched_paths(requests, corpus), ignored=[corpus]):
        with logged_errors():
            on_report(ingest(requests, corpus, limits=limits, web=web, earlier=earlier))


def rebuild_on_changes(requests: Sequence[Request], settings: Settings, report: Report) -> None:
    """Read sources and rebuild after each change, until the process is ended."""
    from semsearch.cli.ingesting import web_access  # noqa: PLC0415
    from semsearch.index.faiss_vectors import search_on_one_thread  # noqa: PLC0415
    from semsearch.ingest.earlier_posts import EarlierPosts  # noqa: PLC0415
    from semsearch.ingest.run import ingest  # noqa: PLC0415
    from semsearch.ingest.watch import changes  # noqa: PLC0415
    from semsearch.rebuilding import Rebuilder  # noqa: PLC0415

    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it logs the number of changes
    search_on_one_thread()  # the service and the author's programs need the other cores
    earlier = EarlierPosts()
    rebuilder = Rebuilder(settings.corpus, settings.index, model=settings.model, cache=settings.cache)

    def update() -> None:
        started = time.monotonic()
        with logged_errors():
            if requests:
                ingest(requests, settings.corpus, web=web_access(settings), earlier=earlier)
            built = rebuilder.rebuild()
            if not built.unchanged:
                log.info("%s posts, searchable after %.1f s", f"{built.posts:,}", time.monotonic() - started)

    ignored = [settings.corpus, settings.index] if requests else [settings.index]
    paths = watched_paths(requests, settings.corpus)
    for _ in changes(paths, ignored=ignored):
        report.ready()
        update()


@contextmanager
def logged_errors() -> Iterator[None]:
    """Log an error that a user can act on, and go on."""
    try:
        yield
    except Exception as error:
        if (sentence := sentence_of(error)) is None:
            raise
        log.error("%s", sentence)  # noqa: TRY400  (one line, like the errors of any command)
