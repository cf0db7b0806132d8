"""Measure how unrelated texts score in a corpus: the background of scores, and the scores of unanswerable queries."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder, VectorCache
from semsearch.index import Background, Calibration, Snapshot
from semsearch.ranking.analyzed_query import analyze_query
from semsearch.ranking.matches import Matches
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.syntax import ParsedQuery
from semsearch.ranking.weights import LEXICAL_ONLY, Weights
from semsearch.rebuilding.prior import BEST_SCORES, POSTS, SIMILARITY, blend

SAMPLE_POSTS = 256
"""Posts whose pairs are compared: 65,000 pairs, in a fraction of a second."""
QUERY_TEMPLATE = "question, 1"
"""The template, in cache keys, of a text that is encoded as a query."""
_QUERIES_PER_BATCH = 32
_MADE_UP_QUERIES = 64
_MIN_TITLES = 5
_MAX_WORDS = 20
_TITLES_FOR_HALF_WEIGHT = 64
"""Titles at which the measured scores of made-up queries weigh as much as the prior."""
_PAIRS_FOR_HALF_WEIGHT = 20
"""Pairs of texts at which their measured similarities weigh as much as the prior: those of five posts."""
_MODES = {"hybrid": Weights(1.0, 1.0), "semantic": Weights(1.0, 0.0), "lexical": LEXICAL_ONLY}
_MIN_SCORE_DEVIATION = 0.25
_MIN_SIMILARITY_DEVIATION = 0.01


@dataclass(frozen=True, slots=True)
class SampledPost:
    """A post of the sample, with the cache keys of its vectors."""

    title: str
    post_key: bytes
    sentence_keys: list[bytes]


class PostSample:
    """A uniform sample of a stream of posts (reservoir sampling, algorithm R). Equal streams give equal samples."""

    def __init__(self, size: int = SAMPLE_POSTS) -> None:
        self._size = size
        self._random = random.Random(0)  # noqa: S311  (not cryptographic)
        self._seen = 0
        self.posts: list[SampledPost] = []

    def offer(self, title: str, post_key: bytes, sentence_keys: list[bytes]) -> None:
        """Offer the next post of the stream, with the cache keys of its vectors."""
        self._seen += 1
        if len(self.posts) < self._size:
            self.posts.append(SampledPost(title, post_key, sentence_keys))
        elif (position := self._random.randrange(self._seen)) < self._size:
            self.posts[position] = SampledPost(title, post_key, sentence_keys)


@dataclass(frozen=True, slots=True)
class CalibrationQueries:
    """The queries that calibrate the scores of a corpus, with the cache keys of their vectors."""

    title_keys: list[bytes]
    """Cache keys of the titles of the sample as queries; exactly one post answers each."""
    made_up: list[str]
    """Queries that hardly any post answers; see :func:`made_up_queries`."""
    made_up_keys: list[bytes]
    """Cache keys of the made-up queries."""

    @classmethod
    def encode(cls, sample: PostSample, encoder: Encoder, vectors: VectorCache, *, full: bool) -> CalibrationQueries:
        """Make the calibration queries and cache their vectors; ``full`` encodes cached ones again."""
        titles, made_up = [post.title for post in sample.posts], made_up_queries(sample)
        texts = [*titles, *made_up]
        keys = [vectors.key(text, QUERY_TEMPLATE) for text in texts]
        new = np.arange(len(keys)) if full else np.flatnonzero(~vectors.contains(keys))
        for start in range(0, len(new), _QUERIES_PER_BATCH):
            batch = new[start : start + _QUERIES_PER_BATCH].tolist()
            vectors.add([keys[n] for n in batch], encoder.encode_queries([texts[n] for n in batch]))
        return cls(keys[: len(titles)], made_up, keys[len(titles) :])


def made_up_queries(sample: PostSample) -> list[str]:
    """Make up queries that hardly any post answers, of two to twenty words, each from a title drawn at random.

    Their lengths are those of titles, and each word occurs in a post, rare words too. A query whose words are all in
    one title is left out, since that post would answer it: many are if titles are alike, as those of release notes.
    Equal samples give equal queries. Returns none if too few titles have several words.
    """
    titles = [words for post in sample.posts if len(words := post.title.split()) > 1]
    if len(titles) < _MIN_TITLES:
        return []
    rng = random.Random(1)  # noqa: S311  (not cryptographic)
    words_of_titles = [frozenset(words) for words in titles]
    queries = []
    for _ in range(_MADE_UP_QUERIES):
        length = min(len(rng.choice(titles)), _MAX_WORDS)
        words = [rng.choice(rng.choice(titles)) for _ in range(length)]
        if not any(title.issuperset(words) for title in words_of_titles):
            queries.append(" ".join(words))
    return queries


def calibrate_similarity(sample: PostSample, title_keys: Sequence[bytes], vectors: VectorCache) -> Calibration:
    """Measure the similarity of unrelated queries and posts, with the sample's titles as queries."""
    return similarity_background(
        vectors.get(title_keys),
        vectors.get([post.post_key for post in sample.posts]),
        [vectors.get(post.sentence_keys) for post in sample.posts],
    )


def calibrate_confidence(snapshot: Snapshot, queries: CalibrationQueries, vectors: VectorCache) -> Calibration:
    """Return the calibration of a snapshot, with the best scores of unanswerable queries in each mode added.

    The scores of made-up queries are shrunk towards a prior, which depends on the number of posts. The fewer titles and
    queries, the more the prior counts, since a post may well answer a query made up of a few titles.
    """
    analyzed = [analyze_query(ParsedQuery.plain(text), snapshot, lambda _: True) for text in queries.made_up]
    queries_with_vectors = list(zip(analyzed, vectors.get(queries.made_up_keys), strict=True))
    observations = len(queries.title_keys) * len(analyzed) / _MADE_UP_QUERIES
    best_scores = {}
    for mode, weights in _MODES.items():
        prior = BEST_SCORES[mode].of(len(snapshot))
        found = [
            Ranker(Matches(snapshot, query, weights), vector).best_evidence() for query, vector in queries_with_vectors
        ]
        best_scores[mode] = blend(_robust_background(found, prior), prior, observations, _TITLES_FOR_HALF_WEIGHT)
    return replace(snapshot.manifest.calibration, **best_scores)


def similarity_background(
    queries: NDArray[np.float32], posts: NDArray[np.float32], sentences: Sequence[NDArray[np.float32]]
) -> Calibration:
    """Measure how similar titles are to posts that are not theirs, and how similar two posts are.

    ``queries`` and ``posts``: shape (n, dimension), row i of both for post i. ``sentences``: for each post, shape (its
    sentences, dimension), possibly empty. As in search, a similarity is the mean of that to the post vector and that to
    the best sentence.
    """
    post_scores = queries @ posts.T
    best_scores = [
        (queries @ rows.T).max(axis=1) if len(rows) else post_scores[:, post] for post, rows in enumerate(sentences)
    ]
    return Calibration(
        search=_pair_background((post_scores + np.stack(best_scores, axis=1)) / 2, SIMILARITY),
        posts=_pair_background(posts @ posts.T, POSTS),
    )


def _robust_background(scores: Sequence[float], prior: Background) -> Background:
    """Return the median and the scaled interquartile range; the prior if there are no scores."""
    if not scores:
        return prior
    low, middle, high = np.quantile(scores, [0.25, 0.5, 0.75])
    return Background(mean=float(middle), deviation=max(float(high - low) / 1.349, _MIN_SCORE_DEVIATION))


def _pair_background(scores: NDArray[np.float32], prior: Background) -> Background:
    """Return the median and the scaled median absolute deviation of all pairs except a post with itself, shrunk towards
    the prior if there are few.

    These are robust: the few related pairs in a random sample hardly change them.
    """
    pairs = scores[~np.eye(len(scores), dtype=np.bool_)]
    if not len(pairs):
        return prior
    mean = float(np.median(pairs))
    deviation = max(1.4826 * float(np.median(np.abs(pairs - mean))), _MIN_SIMILARITY_DEVIATION)
    return blend(Background(mean, deviation), prior, len(pairs), _PAIRS_FOR_HALF_WEIGHT)
