"""A searcher over posts whose vectors the test chooses, so that every score can be computed by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.encoder import Vectors, unit
from semsearch.index import Background, Calibration, Manifest, Scales, Snapshot, VersionWriter
from semsearch.index.hubness import write_nearness
from semsearch.model_card import ModelCard
from semsearch.posts import Post
from semsearch.relating.lists import write_lists
from semsearch.search import Searcher

Vector = Sequence[float]
BATCH = 3
"""Batch size of the fake reranker."""
PLAIN = Background(mean=0.0, deviation=1.0)
"""A background with which the semantic score equals the mean cosine similarity."""
NO_FEEDBACK = Background(mean=0.0, deviation=1e9)
"""A background of similarities of posts with which feedback adds next to nothing to a score."""


class FakeEncoder:
    """Returns the vectors that the test chose for texts."""

    backend = "fake"

    def __init__(self, vectors: Mapping[str, Vector], dimension: int) -> None:
        self._vectors = vectors
        self.card = ModelCard("fake", "0" * 64, "0" * 64, dimension, "mean", 256)

    def is_known_word(self, word: str) -> bool:
        """False for all words, so any word may be corrected."""
        return not word

    def can_read(self, text: str) -> bool:
        return True

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return unit(np.array([self._vectors[text] for text in texts], dtype=np.float32))

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        """Two batches, the later texts first: an encoder may yield any order."""
        for positions in np.array_split(np.arange(len(texts))[::-1], 2):
            if len(positions):
                yield positions, self.encode_queries([texts[position] for position in positions])


@dataclass
class Clock:
    """A clock that tests advance."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class FakeReranker:
    """Relevance is the share of letters of a text that occur in the query. Each batch advances the clock."""

    clock: Clock = field(default_factory=Clock)
    seconds_a_batch: float = 0.0
    name: str = "fake"
    batches: int = 0

    def relevances(self, query: str, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
        for start in range(0, len(texts), BATCH):
            self.batches += 1
            self.clock.seconds += self.seconds_a_batch
            yield np.array([relevance(query, text) for text in texts[start : start + BATCH]])


def relevance(query: str, text: str) -> float:
    """Relevance of the fake reranker, above 0 and below 1."""
    return (1 + sum(letter in query for letter in text)) / (2 + len(text))


@dataclass(frozen=True)
class Planted:
    """A post with chosen vectors."""

    post: Post
    whole: Vector
    sentences: Mapping[str, Vector]
    """Sentence of the teaser or body → its vector, in their order."""


def planted(post_id: str, whole: Vector, sentences: Mapping[str, Vector] | None = None, **fields: Any) -> Planted:
    """A post with chosen vectors. The sentences make up the teaser, unless ``fields`` has the text."""
    sentences = sentences or {}
    fields = {"title": post_id, "teaser": " ".join(sentences)} | fields
    return Planted(Post(id=post_id, **fields), whole, sentences)


def searcher_of(
    folder: Path,
    posts: Sequence[Planted],
    texts: Mapping[str, Vector],
    *,
    search: Background = PLAIN,
    pairs: Background = NO_FEEDBACK,
    nearness: Sequence[float] | None = None,
    scales: Scales | None = None,
) -> Searcher:
    """A searcher over an index of the posts. Vectors need not have length 1.

    ``texts``: the vectors of queries. ``pairs``: the background of similarities of posts. ``nearness``: of each post to
    its nearest posts; no post is a hub unless given. ``scales``: the scales of relatedness, computed unless given.
    """
    dimension = len(posts[0].whole)
    encoder = FakeEncoder(texts, dimension)
    folder.mkdir(parents=True, exist_ok=True)
    writer = VersionWriter(folder, dimension=dimension)
    for one in posts:
        writer.add_post(one.post, [_span(one.post, sentence) for sentence in one.sentences])
    writer.write_post_vectors(_unit([one.whole for one in posts]).__getitem__)
    writer.write_passage_vectors(
        lambda rows: _unit([vector for one in posts for vector in one.sentences.values()])[rows]
    )
    writer.finish()
    manifest = Manifest(
        version=folder.name,
        created_at="2026-01-31T00:00:00+00:00",
        model=encoder.card,
        template="",
        vectors="flat",
        posts=writer.posts,
        passages=writer.passages,
        corpus_sha256=writer.corpus_sha256,
        calibration=Calibration(search=search, posts=pairs),
        libraries={},
        build_seconds=0.0,
        files={},
        languages=writer.languages,
    )
    write_nearness(folder, np.array(nearness if nearness is not None else [np.nan] * len(posts), dtype=np.float32))
    with closing(Snapshot.read_unfinished(folder, manifest)) as snapshot:
        scales = write_lists(folder, snapshot, scales=scales)
    writer.write_manifest(replace(manifest, scales=scales))
    return Searcher(Snapshot.open(folder), encoder)


def _span(post: Post, sentence: str) -> tuple[str, int, int]:
    field, text = ("teaser", post.teaser) if sentence in post.teaser else ("body", post.body)
    start = text.index(sentence)
    return field, start, start + len(sentence)


def _unit(vectors: Sequence[Vector]) -> Vectors:
    return unit(np.array(vectors, dtype=np.float32))
