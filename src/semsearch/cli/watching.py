"""While posts are being written: reads changed sources again, and rebuilds the index, in a process of its own."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.cli.failures import sentence_of
from semsearch.cli.processes import belong_to_parent

if TYPE_CHECKING:
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


@contextmanager
def rebuilding_beside(requests: Sequence[Request], settings: Settings) -> Iterator[None]:
    """Rebuild after each change, in a process of its own, for as long as the context is open."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=_rebuild_on_changes, args=(list(requests), settings), name="semsearch-watch", daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _rebuild_on_changes(requests: list[Request], settings: Settings) -> None:
    """Read sources and rebuild after each change, until the parent process ends."""
    from semsearch.cli.ingesting import web_access  # noqa: PLC0415
    from semsearch.index.faiss_vectors import search_on_one_thread  # noqa: PLC0415
    from semsearch.ingest.earlier_posts import EarlierPosts  # noqa: PLC0415
    from semsearch.ingest.run import ingest  # noqa: PLC0415
    from semsearch.ingest.watch import changes  # noqa: PLC0415
    from semsearch.rebuilding import Rebuilder  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the parent, which ends this process
    belong_to_parent()
    logging.basicConfig(level=logging.INFO, format="semsearch: %(message)s")
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it logs the number of changes
    search_on_one_thread()  # the service and the author's programs need the other cores
    earlier = EarlierPosts()
    rebuilder = Rebuilder(settings.corpus, settings.index, model=settings.model, cache=settings.cache)

    def update() -> None:
        started = time.monotonic()
        with logged_errors():
            if requests:
                ingest(requests, settings.corpus, web=web_access(settings), earlier=earlier)
            report = rebuilder.rebuild()
            if not report.unchanged:
                log.info("%s posts, searchable after %.1f s", f"{report.posts:,}", time.monotonic() - started)

    ignored = [settings.corpus, settings.index] if requests else [settings.index]
    paths = watched_paths(requests, settings.corpus)
    for _ in changes(paths, ignored=ignored):
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
