"""Rebuild an index: lock it, open the model, and build the next version or copy an unchanged one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from semsearch.corpus import Rejection, load
from semsearch.encoding import Encoder, KeptVectors, TrustedExports, VectorCache, open_encoder
from semsearch.errors import InvalidRequest
from semsearch.index import IndexFolder
from semsearch.model_card import BUILT_IN
from semsearch.posts import Post
from semsearch.rebuilding.post_memory import PostMemory
from semsearch.rebuilding.progress import OnProgress, ProgressReporter, Stage, ignore_progress
from semsearch.rebuilding.report import Report
from semsearch.rebuilding.unchanged import find_unchanged, republish
from semsearch.rebuilding.version_build import VersionBuild
from semsearch.relating.site import SiteReport, report


def rebuild(
    corpus: Path | str = "corpus",
    index: Path | str = "index",
    *,
    model: str = BUILT_IN,
    full: bool = False,
    max_churn: float | None = None,
    cache: Path | str | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Report:
    """Index every post of a corpus and publish the result as the current version, in one step at the end.

    ``full`` embeds every text again, cached or not. ``max_churn``: the share of related lists, 0 to 1, that may change.
    ``cache``: the folder for vectors and exported models, ``index/cache`` by default. Raises CorpusError, ModelError,
    IndexBusy or InvalidRequest; then nothing is published.
    """
    if max_churn is not None and not 0 <= max_churn <= 1:
        raise InvalidRequest("max_churn", f"{max_churn} is not between 0 and 1")
    corpus, folder, progress = Path(corpus), IndexFolder(Path(index)), ProgressReporter(on_progress)
    reader, cache = load(corpus), Path(cache) if cache else folder.cache
    with _opened(folder, model, cache) as encoder:
        if not full and (copied := _copy_unchanged(folder, corpus, encoder, progress)):
            return copied
        with _open_vectors(encoder, cache, user=folder.path) as vectors:
            build = VersionBuild(folder, encoder, vectors, progress, full=full, max_churn=max_churn, reader=reader)
            return build.run(reader, corpus)


def rebuild_from(
    records: Iterable[Post | Rejection],
    index: Path | str,
    *,
    source: Path,
    model: str = BUILT_IN,
    user: Path | None = None,
    full: bool = False,
    cache: Path | str | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Report:
    """:func:`rebuild` for posts that are loaded already; error messages name ``source`` as their origin.

    ``user`` is the folder that the cache keeps vectors for as long as it exists, the index by default.
    """
    folder, progress = IndexFolder(Path(index)), ProgressReporter(on_progress)
    cache = Path(cache) if cache else folder.cache
    with (
        _opened(folder, model, cache) as encoder,
        _open_vectors(encoder, cache, user=user or folder.path) as vectors,
    ):
        return VersionBuild(folder, encoder, vectors, progress, full=full).run(records, source)


class Rebuilder:
    """Rebuilds an index whenever its corpus changes, in a process that watches the files.

    The model stays open, and what was read and computed of each post stays in memory while the post does not change, so
    that a rebuild after a few changes takes a fraction of the time. Its versions are those of :func:`rebuild`.
    """

    def __init__(self, corpus: Path, index: Path, *, model: str = BUILT_IN, cache: Path | None = None) -> None:
        """See :func:`rebuild`. Opens nothing yet."""
        self._corpus, self._folder, self._model = corpus, IndexFolder(index), model
        self._cache = cache or self._folder.cache
        self._encoder: Encoder | None = None
        self._vectors: VectorCache | None = None
        self._posts = PostMemory()

    def rebuild(self) -> Report:
        """Rebuild once. Raises what :func:`rebuild` raises; nothing is published then.

        The first time all posts are read, even if they did not change, so that the next rebuild is fast.
        """
        progress, reader = ProgressReporter(ignore_progress), load(self._corpus)
        with _opened(self._folder, self._model, self._cache, self._encoder) as encoder:
            self._encoder = encoder
            copied, is_first = _copy_unchanged(self._folder, self._corpus, encoder, progress), self._vectors is None
            if copied and not is_first:
                return copied
            self._vectors = self._vectors or _open_vectors(
                encoder, self._cache, user=self._folder.path, kind=KeptVectors
            )
            build = VersionBuild(
                self._folder, encoder, self._vectors, progress, full=False, reader=reader, posts=self._posts
            )
            try:
                if copied:
                    build.remember(reader, self._corpus)
                return copied or build.run(reader, self._corpus)
            finally:
                self._posts.end_rebuild()


@contextmanager
def _opened(folder: IndexFolder, model: str, cache: Path, encoder: Encoder | None = None) -> Iterator[Encoder]:
    """Open the model, unless ``encoder`` is open, with the index locked. Removes an unpublished version at the end."""
    with folder.lock():
        encoder = encoder or open_encoder(model, cache=cache, trusted=TrustedExports(folder.trusted_exports))
        try:
            yield encoder
        finally:
            folder.clear_building()


def _open_vectors(encoder: Encoder, cache: Path, *, user: Path, kind: type[VectorCache] = VectorCache) -> VectorCache:
    """Open the cached vectors of a model, which checks the file: an unchanged corpus does without."""
    card = encoder.card
    return kind(cache / "vectors", user=user, fingerprint=card.fingerprint, dimension=card.dimension)


def _copy_unchanged(folder: IndexFolder, corpus: Path, encoder: Encoder, progress: ProgressReporter) -> Report | None:
    """Publish a copy of the current version if a rebuild would make the same; None if it would not."""
    current = find_unchanged(folder, corpus, encoder.card)
    if current is None:
        return None
    progress.enter(Stage.PUBLISH)
    progress.report(current.posts, 0, current.passages)
    copy = republish(folder, current)
    if copy is None:
        return None
    return Report.of_unchanged(copy, progress.seconds, progress.stages, encoder.backend, _unchanged_lists(folder))


def _unchanged_lists(folder: IndexFolder) -> SiteReport:
    """Report on the related lists of the current version, none of which changed."""
    with closing(folder.open()) as snapshot:
        return report(snapshot, snapshot)
