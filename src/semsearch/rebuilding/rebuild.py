"""How does a corpus become the next version of an index? Read, embed, write, check, publish."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from semsearch.corpus import Loading, Rejection, load
from semsearch.encoding import Encoder, VectorCache, open_encoder
from semsearch.encoding.key_table import prefixes
from semsearch.errors import (
    DuplicateIds,
    EmptyCorpus,
    IndexNotFound,
    InvalidRequest,
    SemsearchError,
    TooManyRejected,
    TooMuchChurn,
)
from semsearch.index import IndexFolder, Manifest, Scales, Snapshot, VersionWriter
from semsearch.index.related import RelatedPosts
from semsearch.model_card import BUILT_IN
from semsearch.posts import Post
from semsearch.rebuilding.calibration import Asked, Sample, calibrate, unanswerable
from semsearch.rebuilding.embedding import Embedder
from semsearch.rebuilding.keys import KeyList
from semsearch.rebuilding.progress import Clock, OnProgress, Stage, ignore
from semsearch.rebuilding.report import Report
from semsearch.rebuilding.texts import TEMPLATE, sentence_spans, sentence_texts, whole_text
from semsearch.rebuilding.unchanged import libraries, republish, same_again
from semsearch.relating.lists import write_lists
from semsearch.relating.site import SiteReport, report

log = logging.getLogger(__name__)

MAX_REJECTED = 0.10
"""Share of lines that may be bad before nothing is published."""
_REPORTED = 100
_REPORT_EVERY = 100


def rebuild(
    corpus: Path | str = "corpus",
    index: Path | str = "index",
    *,
    model: str = BUILT_IN,
    full: bool = False,
    max_churn: float | None = None,
    cache: Path | str | None = None,
    on_progress: OnProgress = ignore,
) -> Report:
    """Indexes every post of a corpus and puts the new version into use; until then, and if it fails, the old one is.

    ``full`` embeds every text again, even those whose vectors are known. ``max_churn``: the share of related lists, 0
    to 1, that may change. ``cache`` is where vectors and exported models are kept, ``index/cache`` unless given. Raises
    CorpusError, ModelError, IndexBusy or InvalidRequest; nothing is published then.
    """
    if max_churn is not None and not 0 <= max_churn <= 1:
        raise InvalidRequest("max_churn", f"{max_churn} is not between 0 and 1")
    corpus, folder, clock = Path(corpus), IndexFolder(Path(index)), Clock(on_progress)
    loading = load(corpus)
    with _opened(folder, model, cache) as (encoder, vectors):
        if not full and (current := same_again(folder, corpus, encoder.card)):
            clock.enter(Stage.PUBLISH)
            clock.report(current.posts, 0, current.passages)
            if copy := republish(folder, current):
                return Report.of_copy(copy, clock.seconds, clock.stages, encoder.form, _as_it_was(folder))
        run = _Run(folder, encoder, vectors, clock, user=folder.path, full=full, max_churn=max_churn, loading=loading)
        return run.build(loading, corpus)


def rebuild_from(
    records: Iterable[Post | Rejection],
    index: Path | str,
    *,
    source: Path,
    model: str = BUILT_IN,
    user: Path | None = None,
    full: bool = False,
    cache: Path | str | None = None,
    on_progress: OnProgress = ignore,
) -> Report:
    """:func:`rebuild` for posts that were loaded already; ``source`` is where they come from, for messages.

    ``user`` is the folder on whose behalf vectors are kept in the cache, the index unless given.
    """
    folder, clock = IndexFolder(Path(index)), Clock(on_progress)
    with _opened(folder, model, cache) as (encoder, vectors):
        run = _Run(folder, encoder, vectors, clock, user=user or folder.path, full=full)
        return run.build(records, source)


@contextmanager
def _opened(folder: IndexFolder, model: str, cache: Path | str | None) -> Iterator[tuple[Encoder, VectorCache]]:
    """The model and its known vectors. Whatever was not published is gone at the end."""
    with folder.lock():
        cache = Path(cache) if cache else folder.cache
        encoder = open_encoder(model, cache=cache)
        with VectorCache(
            cache / "vectors", fingerprint=encoder.card.fingerprint, dimension=encoder.card.dimension
        ) as vectors:
            try:
                yield encoder, vectors
            finally:
                folder.clear_building()


class _Run:
    """One rebuild, from the first post to the published version."""

    def __init__(
        self,
        folder: IndexFolder,
        encoder: Encoder,
        vectors: VectorCache,
        clock: Clock,
        *,
        user: Path,
        full: bool,
        max_churn: float | None = None,
        loading: Loading | None = None,
    ) -> None:
        """``loading``: what reads the posts, where they come from files; it tells how much is read, and of what."""
        self._user, self._full, self._loading, self._max_churn = user, full, loading, max_churn
        self._folder, self._encoder, self._vectors, self._clock = folder, encoder, vectors, clock
        self._building = folder.new_building()
        self._writer = VersionWriter(self._building, dimension=encoder.card.dimension)
        self._embedder = Embedder(encoder, vectors, full=full, on_wait=self._tell)
        self._whole, self._passages = KeyList(), KeyList()
        self._sample = Sample()
        self._rejections: list[Rejection] = []
        self._rejected = 0

    def build(self, records: Iterable[Post | Rejection], source: Path) -> Report:
        """Publishes a version of these posts. Where that fails, only vectors stay: they need not be computed again."""
        try:
            self._read(records, source)
            return self._publish()
        except BaseException:
            self._writer.abandon()
            raise
        finally:
            self._embedder.stop()

    def _read(self, records: Iterable[Post | Rejection], source: Path) -> None:
        """Writes every post and embeds its texts. Raises CorpusError where too little of it is good."""
        self._clock.enter(Stage.POSTS)
        duplicates, first_duplicate = 0, ""
        for record in records:
            if isinstance(record, Rejection):
                self._rejected += 1
                if len(self._rejections) < _REPORTED:
                    self._rejections.append(record)
                if record.duplicate:
                    duplicates, first_duplicate = duplicates + 1, first_duplicate or str(record)
            elif not duplicates:  # after one nothing will be published: what follows is only counted
                self._add(record)
                if self._writer.posts % _REPORT_EVERY == 0:
                    self._tell()
        if duplicates:
            raise DuplicateIds(duplicates, first_duplicate)
        lines = self._writer.posts + self._rejected
        first = str(self._rejections[0]) if self._rejections else ""
        if self._writer.posts == 0:
            raise EmptyCorpus(source, self._rejected, first or None)
        if self._rejected > MAX_REJECTED * lines:
            raise TooManyRejected(self._rejected, lines, MAX_REJECTED, first)
        self._embedder.flush()
        self._tell()

    def _add(self, post: Post) -> None:
        spans = sentence_spans(post)
        self._writer.add_post(post, spans)
        whole = self._embedder.add(whole_text(post))
        sentences = [self._embedder.add(text) for text in sentence_texts(post, spans)]
        self._whole.append(whole)
        for key in sentences:
            self._passages.append(key)
        self._sample.offer(post.title, whole, sentences)

    def _prune(self, questions: Sequence[bytes]) -> None:
        """Lets the cache forget what has long been of no use. The version is published: nothing may fail now."""
        used = (prefixes(questions), self._whole.prefixes(), self._passages.prefixes())
        try:
            self._vectors.prune(self._user, np.concatenate(used))
        except (OSError, KeyboardInterrupt) as error:
            log.warning("the cache of vectors keeps what is of no use any more (%s)", error or "stopped")

    def _tell(self) -> None:
        embedder, posts, share = self._embedder, self._writer.posts, None
        if self._loading and embedder.added and self._clock.stage is Stage.POSTS:
            done = (embedder.embedded + embedder.reused) / embedder.added  # the rest is read, and not embedded yet
            posts, share = round(posts * done), self._loading.share_read * done
        self._clock.report(posts, embedder.embedded, embedder.reused, share)

    def _tell_related(self, posts: int) -> None:
        self._clock.report(posts, self._embedder.embedded, self._embedder.reused, posts / self._writer.posts)

    def _publish(self) -> Report:
        """Indexes the vectors, measures the background, and puts the version into use."""
        self._clock.enter(Stage.VECTORS)
        self._tell()
        self._writer.end_posts()
        asked = Asked.of(self._sample, self._encoder, self._vectors, full=self._full)
        kinds = (
            self._writer.write_whole_vectors(lambda rows: self._vectors.get(self._whole.at(rows))),
            self._writer.write_passage_vectors(lambda rows: self._vectors.get(self._passages.at(rows))),
        )
        self._writer.finish()
        manifest = Manifest(
            version=self._building.name,
            created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            model=self._encoder.card,
            template=TEMPLATE,
            vectors=" / ".join(kinds),
            posts=self._writer.posts,
            passages=self._writer.passages,
            corpus_sha256=self._writer.corpus_sha256,
            calibration=calibrate(self._sample, asked.titles, self._vectors),
            libraries=libraries(),
            build_seconds=round(self._clock.seconds, 3),
            files={},
            languages=self._writer.languages,
            corpus_files_sha256=self._loading.sha256 if self._loading and not self._rejected else None,
        )
        with closing(Snapshot.read(self._building, manifest)) as snapshot:
            calibration = unanswerable(snapshot, asked, self._vectors)
            scales, related = self._relate(snapshot)
        self._clock.enter(Stage.PUBLISH)
        self._tell()
        self._writer.describe(replace(manifest, calibration=calibration, scales=scales))
        self._folder.publish(self._building)
        self._prune(asked.keys)
        return Report(
            version=self._building.name,
            posts=self._writer.posts,
            passages=self._writer.passages,
            embedded=self._embedder.embedded,
            reused=self._embedder.reused,
            rejections=tuple(self._rejections),
            rejected=self._rejected,
            seconds=self._clock.seconds,
            stages=self._clock.stages,
            model=self._encoder.card.name,
            encoder=self._encoder.form,
            related=related,
        )

    def _relate(self, snapshot: Snapshot) -> tuple[Scales, SiteReport]:
        """Writes the related lists, and compares them with those of the version in use. Raises TooMuchChurn."""
        self._clock.enter(Stage.RELATED)
        with _before(self._folder, needed=self._max_churn is not None) as before:
            kept = None if self._full else before
            scales = write_lists(self._building, snapshot, before=kept, on_posts=self._tell_related)
            related = report(replace(snapshot, related=RelatedPosts.open(self._building)), before)
        if self._max_churn is not None and related.changed is not None and related.churn > self._max_churn:
            raise TooMuchChurn(related.changed, related.compared, self._max_churn)
        return scales, related


@contextmanager
def _before(folder: IndexFolder, *, needed: bool) -> Iterator[Snapshot | None]:
    """The version in use; None where there is none, or it is damaged and not needed."""
    try:
        before = folder.open()
    except SemsearchError as error:
        if needed and not isinstance(error, IndexNotFound):
            raise
        yield None
        return
    with closing(before):
        yield before


def _as_it_was(folder: IndexFolder) -> SiteReport:
    """Of the version in use, after which nothing changed."""
    with closing(folder.open()) as snapshot:
        return report(snapshot, snapshot)
