"""How does a corpus become the next version of an index? Read, embed, write, check, publish."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import time
from collections.abc import Iterable
from pathlib import Path

from semsearch.corpus import Rejection, load
from semsearch.encoding import Encoder, VectorCache, open_encoder
from semsearch.errors import DuplicateIds, EmptyCorpus, TooManyRejected
from semsearch.index import IndexFolder, Manifest, VersionWriter
from semsearch.index.vectors import KIND
from semsearch.model_card import BUILT_IN
from semsearch.posts import Post
from semsearch.rebuilding.calibration import Sample, calibrate
from semsearch.rebuilding.embedding import Embedder
from semsearch.rebuilding.keys import KeyList
from semsearch.rebuilding.progress import OnProgress, Progress, Stage, ignore
from semsearch.rebuilding.report import Report
from semsearch.rebuilding.texts import TEMPLATE, sentence_spans, sentence_texts, whole_text

MAX_REJECTED = 0.10
"""Share of lines that may be bad before nothing is published."""
_REPORTED = 100
_REPORT_EVERY = 100
_VECTORS_AT_ONCE = 8_192
_LIBRARIES = ("faiss-cpu", "tantivy", "numpy", "openvino", "sentence-transformers", "sentencex")


def rebuild(
    corpus: Path | str = "corpus",
    index: Path | str = "index",
    *,
    model: str = BUILT_IN,
    full: bool = False,
    cache: Path | str | None = None,
    on_progress: OnProgress = ignore,
) -> Report:
    """Indexes every post of a corpus and puts the new version into use; until then, and if it fails, the old one is.

    ``full`` embeds every text again, even those whose vectors are known. ``cache`` is where vectors and exported models
    are kept, ``index/cache`` unless given. Raises CorpusError, ModelError or IndexBusy; nothing is published then.
    """
    corpus = Path(corpus)
    return rebuild_from(
        load(corpus), index, source=corpus, model=model, full=full, cache=cache, on_progress=on_progress
    )


def rebuild_from(
    records: Iterable[Post | Rejection],
    index: Path | str,
    *,
    source: Path,
    model: str = BUILT_IN,
    full: bool = False,
    cache: Path | str | None = None,
    on_progress: OnProgress = ignore,
) -> Report:
    """:func:`rebuild` for posts that were loaded already; ``source`` is where they come from, for messages."""
    folder = IndexFolder(Path(index))
    with folder.lock():
        cache = Path(cache) if cache else folder.cache
        clock = _Clock(on_progress)
        encoder = open_encoder(model, cache=cache)
        with VectorCache(
            cache / "vectors", fingerprint=encoder.card.fingerprint, dimension=encoder.card.dimension
        ) as vectors:
            try:
                return _Run(folder, encoder, vectors, clock, full=full).build(records, source)
            finally:
                folder.clear_building()


class _Clock:
    """Seconds by stage, and the one place that reports progress."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self.started = self._since = time.perf_counter()
        self.stages: dict[str, float] = {}
        self._stage = Stage.MODEL
        on_progress(Progress(Stage.MODEL))

    def enter(self, stage: Stage) -> None:
        self.stop()
        self._stage = stage

    def stop(self) -> float:
        """Ends the stage that is running and returns the seconds of all."""
        now = time.perf_counter()
        self.stages[self._stage] = now - self._since
        self._since = now
        return now - self.started

    def report(self, posts: int, embedder: Embedder) -> None:
        self._on_progress(Progress(self._stage, posts, embedder.embedded, embedder.reused))


class _Run:
    """One rebuild, from the first post to the published version."""

    def __init__(
        self, folder: IndexFolder, encoder: Encoder, vectors: VectorCache, clock: _Clock, *, full: bool
    ) -> None:
        self._folder, self._encoder, self._vectors, self._clock = folder, encoder, vectors, clock
        self._building = folder.new_building()
        self._writer = VersionWriter(self._building, dimension=encoder.card.dimension)
        self._embedder = Embedder(encoder, vectors, full=full)
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
                    self._clock.report(self._writer.posts, self._embedder)
        if duplicates:
            raise DuplicateIds(duplicates, first_duplicate)
        lines = self._writer.posts + self._rejected
        first = str(self._rejections[0]) if self._rejections else ""
        if self._writer.posts == 0:
            raise EmptyCorpus(source, self._rejected, first or None)
        if self._rejected > MAX_REJECTED * lines:
            raise TooManyRejected(self._rejected, lines, MAX_REJECTED, first)
        self._embedder.flush()
        self._clock.report(self._writer.posts, self._embedder)

    def _add(self, post: Post) -> None:
        spans = sentence_spans(post)
        self._writer.add_post(post, spans)
        whole = self._embedder.add(whole_text(post))
        sentences = [self._embedder.add(text) for text in sentence_texts(post, spans)]
        self._whole.append(whole)
        for key in sentences:
            self._passages.append(key)
        self._sample.offer(post.title, whole, sentences)

    def _publish(self) -> Report:
        """Indexes the vectors, measures the background, and puts the version into use."""
        self._clock.enter(Stage.VECTORS)
        self._clock.report(self._writer.posts, self._embedder)
        calibration = calibrate(self._sample, self._encoder, self._vectors)
        for keys, add in (
            (self._whole, self._writer.add_whole_vectors),
            (self._passages, self._writer.add_passage_vectors),
        ):
            for chunk in keys.chunks(_VECTORS_AT_ONCE):
                add(self._vectors.get(chunk))
        self._clock.enter(Stage.PUBLISH)
        self._clock.report(self._writer.posts, self._embedder)
        self._writer.finish(
            Manifest(
                version=self._building.name,
                created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                model=self._encoder.card,
                template=TEMPLATE,
                vectors=KIND,
                posts=self._writer.posts,
                passages=self._writer.passages,
                corpus_sha256=self._writer.corpus_sha256,
                calibration=calibration,
                libraries={name: importlib.metadata.version(name) for name in _LIBRARIES},
                build_seconds=round(time.perf_counter() - self._clock.started, 3),
                files={},
            )
        )
        self._folder.publish(self._building)
        return Report(
            version=self._building.name,
            posts=self._writer.posts,
            passages=self._writer.passages,
            embedded=self._embedder.embedded,
            reused=self._embedder.reused,
            rejections=tuple(self._rejections),
            rejected=self._rejected,
            seconds=self._clock.stop(),
            stages=self._clock.stages,
            model=self._encoder.card.name,
            encoder=self._encoder.form,
        )
