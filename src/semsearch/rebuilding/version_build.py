"""Build one version of an index, from the first post to the published version."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.compounds import NO_COMPOUNDS, Compounds
from semsearch.corpus import CorpusReader, Rejection
from semsearch.encoding import Encoder, VectorCache
from semsearch.encoding.models import languages_of_model
from semsearch.errors import IndexNotFound, SemsearchError, TooMuchChurn
from semsearch.index import Calibration, IndexFolder, Manifest, Scales, Snapshot, VersionWriter
from semsearch.index.boilerplate import Boilerplate
from semsearch.index.hubness import Hubness, write_nearness
from semsearch.index.lexical.compounds import CompoundFinder, compound_words, own_compounds
from semsearch.index.prepared_post import PreparedPost, prepare
from semsearch.index.related import RelatedPosts
from semsearch.posts import Post
from semsearch.rebuilding.acronyms import AcronymFinder
from semsearch.rebuilding.boilerplate import BoilerplateRemover
from semsearch.rebuilding.calibration import (
    CalibrationQueries,
    PostSample,
    calibrate_confidence,
    calibrate_similarity,
)
from semsearch.rebuilding.embedding import Embedder
from semsearch.rebuilding.hubness import measure_nearness
from semsearch.rebuilding.keys import KeyList
from semsearch.rebuilding.measures import ReusedMeasures
from semsearch.rebuilding.post_language import unknown_languages, with_detected_language
from semsearch.rebuilding.post_memory import PostMemory, compute
from semsearch.rebuilding.progress import ProgressReporter, Stage
from semsearch.rebuilding.rejections import Rejections
from semsearch.rebuilding.report import Report
from semsearch.rebuilding.spool import PostSpool
from semsearch.rebuilding.texts import TEMPLATE, encoded_texts, post_text, sentence_texts
from semsearch.rebuilding.unchanged import library_releases
from semsearch.rebuilding.unit_counts import UnitCounts
from semsearch.relating.lists import write_lists
from semsearch.relating.site import SiteReport, report

log = logging.getLogger(__name__)

_POSTS_PER_REPORT = 100


class VersionBuild:
    """Builds one version. To be used once."""

    def __init__(
        self,
        folder: IndexFolder,
        encoder: Encoder,
        vectors: VectorCache,
        progress: ProgressReporter,
        *,
        full: bool,
        max_churn: float | None = None,
        reader: CorpusReader | None = None,
        posts: PostMemory | None = None,
    ) -> None:
        """``reader``: the reader of the posts if they come from files, for its progress and the digest of the files.
        ``posts``: what was computed of each post in the rebuild before."""
        self._posts, self._call = posts, posts.call if posts else compute
        self._full, self._reader, self._max_churn = full, reader, max_churn
        self._folder, self._encoder, self._vectors, self._progress = folder, encoder, vectors, progress
        self._building = folder.new_building()
        self._writer = VersionWriter(self._building, dimension=encoder.card.dimension)
        self._embedder = Embedder(encoder, vectors, full=full, on_wait=self._report_progress)
        self._post_keys, self._sentence_keys = KeyList(), KeyList()
        self._sample = PostSample()
        self._acronyms = AcronymFinder()
        self._boilerplate: Sequence[Boilerplate] = ()
        self._compounds: Compounds = NO_COMPOUNDS
        self._rejections = Rejections()
        self._read = 0

    def run(self, records: Iterable[Post | Rejection], source: Path) -> Report:
        """Build and publish a version of these posts. If that fails, only the cached vectors remain.

        Raises CorpusError.
        """
        try:
            with PostSpool(self._building) as spool:
                remover, has_boilerplate = self._read_posts(records, source, spool)
                self._add_posts(spool, remover, has_boilerplate)
            self._boilerplate = remover.found
            self._finish_embedding()
            with _open_previous(self._folder, is_required=self._max_churn is not None) as previous:
                related = self._write_version(previous)
            self._prune()
            return self._report(related)
        except BaseException:
            self._writer.abandon()
            raise
        finally:
            self._embedder.stop()

    def remember(self, records: Iterable[Post | Rejection], source: Path) -> None:
        """Do what a rebuild of unchanged posts would not do again, and publish nothing. Raises CorpusError."""
        try:
            with PostSpool(self._building) as spool:
                self._add_posts(spool, *self._read_posts(records, source, spool))
            self._finish_embedding()
            for keys in (self._post_keys, self._sentence_keys):
                self._vectors.get(keys.at(np.arange(len(keys))))
        finally:
            self._writer.abandon()
            self._embedder.stop()

    def _read_posts(
        self, records: Iterable[Post | Rejection], source: Path, spool: PostSpool
    ) -> tuple[BoilerplateRemover, NDArray[np.bool_]]:
        """Read every post into ``spool``. Returns what removes boilerplate, and which posts have any: (posts,).

        Raises CorpusError.
        """
        self._progress.enter(Stage.READ)
        finder = CompoundFinder()
        with UnitCounts(self._building, self._call) as counts:
            for record in records:
                if isinstance(record, Rejection):
                    self._rejections.add(record)
                elif not self._rejections.duplicates:  # after a duplicate id nothing is published, only counted
                    post = self._call(with_detected_language, record)
                    spool.add(post)
                    counts.add(post)
                    finder.add(post, self._call(compound_words, post))
                    if len(spool) % _POSTS_PER_REPORT == 0:
                        self._report_read(len(spool))
            self._report_read(len(spool))
            self._rejections.check(len(spool), source)
            keys, has_boilerplate = counts.boilerplate()
        self._compounds = finder.find()
        self._writer.use_compounds(self._compounds)
        return BoilerplateRemover(keys, self._call), has_boilerplate

    def _add_posts(self, spool: PostSpool, remover: BoilerplateRemover, has_boilerplate: NDArray[np.bool_]) -> None:
        """Write every post without its boilerplate, and begin to embed its texts."""
        self._progress.enter(Stage.POSTS)
        self._read = len(spool)
        for post, has_some in zip(spool, has_boilerplate.tolist(), strict=True):
            self._add_post(remover.clean(post) if has_some else post)
            if self._writer.posts % _POSTS_PER_REPORT == 0:
                self._report_progress()

    def _add_post(self, post: Post) -> None:
        texts = self._call(encoded_texts, post, self._vectors.key)
        prepared = self._prepared(post, self._posts) if self._posts else None
        self._writer.add_post(post, [sentence.span for sentence in texts.sentences], prepared)
        self._acronyms.add(post)
        self._embedder.add(post_text(post), texts.post_key)
        self._post_keys.append(texts.post_key)
        for text, key in zip(sentence_texts(post, texts.sentences), texts.sentence_keys, strict=True):
            self._embedder.add(text, key)
            self._sentence_keys.append(key)
        self._sample.offer(post.title, texts.post_key, texts.sentence_keys)

    def _prepared(self, post: Post, posts: PostMemory) -> PreparedPost:
        words = posts.call(compound_words, post)
        return posts.call(prepare, post, own_compounds(post, words, self._compounds))

    def _finish_embedding(self) -> None:
        self._embedder.flush()
        self._report_progress()

    def _write_version(self, previous: Snapshot | None) -> SiteReport:
        """Write all that needs every post and vector, and publish the version. Raises TooMuchChurn."""
        self._progress.enter(Stage.VECTORS)
        self._report_progress()
        self._writer.finish_posts()  # on a thread
        reusable = None if self._full else previous
        measures = self._reused_measures(reusable) if reusable else None
        if measures:
            manifest = self._write_vectors(measures.calibration, measures.before)
            manifest = replace(manifest, changed_since_measured=measures.changed)
        else:
            queries = CalibrationQueries.encode(self._sample, self._encoder, self._vectors, full=self._full)
            similarity = calibrate_similarity(self._sample, queries.title_keys, self._vectors)
            manifest = self._write_vectors(similarity)
        with closing(Snapshot.read_unfinished(self._building, manifest)) as unfinished:
            snapshot = self._write_hubness(unfinished, measures.before if measures else None)
            if not measures:
                manifest = replace(manifest, calibration=calibrate_confidence(snapshot, queries, self._vectors))
            scales, related = self._write_related_lists(snapshot, previous, measures)
        self._publish(replace(manifest, scales=scales))
        return related

    def _reused_measures(self, before: Snapshot) -> ReusedMeasures | None:
        return ReusedMeasures.plan(self._writer.ids, self._writer.digests, self._encoder.card, before)

    def _write_vectors(self, calibration: Calibration, before: Snapshot | None = None) -> Manifest:
        """Write the vector indexes and finish the files of posts. Returns the manifest, without digests of files.

        ``before``: the version whose compression of vectors is used.
        """
        posts, passages = (before.post_vectors, before.passage_vectors) if before else (None, None)
        kinds = (
            self._writer.write_post_vectors(lambda rows: self._vectors.get(self._post_keys.at(rows)), posts),
            self._writer.write_passage_vectors(lambda rows: self._vectors.get(self._sentence_keys.at(rows)), passages),
        )
        self._writer.finish(self._boilerplate, self._acronyms.found())
        return Manifest(
            version=self._building.name,
            created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            model=self._encoder.card,
            template=TEMPLATE,
            vectors=" / ".join(kinds),
            posts=self._writer.posts,
            passages=self._writer.passages,
            corpus_sha256=self._writer.corpus_sha256,
            calibration=calibration,
            libraries=library_releases(),
            build_seconds=round(self._progress.seconds, 3),
            files={},
            languages=self._writer.languages,
            corpus_files_sha256=self._reader.sha256 if self._reader and not self._rejections.count else None,
        )

    def _write_hubness(self, snapshot: Snapshot, previous: Snapshot | None) -> Snapshot:
        """Write the hubness of all posts, and return the snapshot with it. ``previous``: what may be carried over."""
        write_nearness(self._building, measure_nearness(snapshot, previous))
        return replace(snapshot, hubness=Hubness.open(self._building))

    def _write_related_lists(
        self, snapshot: Snapshot, previous: Snapshot | None, measures: ReusedMeasures | None
    ) -> tuple[Scales, SiteReport]:
        """Write the related lists, and compare them with those of the current version. Raises TooMuchChurn."""
        self._progress.enter(Stage.RELATED)
        scales = write_lists(
            self._building,
            snapshot,
            before=measures.before if measures else None,
            scales=measures.scales if measures else None,
            on_posts=self._report_related,
        )
        related = report(replace(snapshot, related=RelatedPosts.open(self._building)), previous)
        if self._max_churn is not None and related.changed is not None and related.churn > self._max_churn:
            raise TooMuchChurn(related.changed, related.compared, self._max_churn)
        return scales, related

    def _publish(self, manifest: Manifest) -> None:
        self._progress.enter(Stage.PUBLISH)
        self._report_progress()
        self._writer.write_manifest(manifest)
        self._folder.publish(self._building)

    def _prune(self) -> None:
        """Remove unused vectors from the cache. The version is published, so nothing may fail any more."""
        try:
            self._vectors.prune()
        except (OSError, KeyboardInterrupt) as error:
            log.warning("unused vectors stay in the cache (%s)", error or "stopped")

    def _report(self, related: SiteReport) -> Report:
        return Report(
            version=self._building.name,
            posts=self._writer.posts,
            passages=self._writer.passages,
            embedded=self._embedder.embedded,
            reused=self._embedder.reused,
            rejections=tuple(self._rejections.reported),
            rejected=self._rejections.count,
            seconds=self._progress.seconds,
            stages=self._progress.stages,
            model=self._encoder.card.name,
            encoder=self._encoder.backend,
            related=related,
            languages=self._writer.languages,
            unknown_languages=unknown_languages(self._writer.languages, languages_of_model(self._encoder.card.name)),
        )

    def _report_read(self, posts: int) -> None:
        self._progress.report(posts, share=self._reader.share_read if self._reader else None)

    def _report_progress(self) -> None:
        embedder, posts, share = self._embedder, self._writer.posts, None
        if embedder.added and self._progress.stage is Stage.POSTS:
            posts = round(posts * (embedder.embedded + embedder.reused) / embedder.added)  # texts of the others wait
            share = posts / self._read
        self._progress.report(posts, embedder.embedded, embedder.reused, share)

    def _report_related(self, posts: int) -> None:
        """Report that the related lists of so many posts are written."""
        self._progress.report(posts, self._embedder.embedded, self._embedder.reused, posts / self._writer.posts)


@contextmanager
def _open_previous(folder: IndexFolder, *, is_required: bool) -> Iterator[Snapshot | None]:
    """Open the current version; None if there is none, or if it is damaged and not required."""
    try:
        previous = folder.open()
    except SemsearchError as error:
        if is_required and not isinstance(error, IndexNotFound):
            raise
        yield None
        return
    with closing(previous):
        yield previous
