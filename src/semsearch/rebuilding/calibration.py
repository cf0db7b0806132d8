"""How does what is unrelated score in this corpus? Random pairs of posts and made-up questions in, backgrounds out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder, VectorCache
from semsearch.index import Background, Calibration, Snapshot
from semsearch.ranking.matches import Matches
from semsearch.ranking.question import understand
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.score import LEXICAL_SCALE
from semsearch.ranking.syntax import ParsedQuery
from semsearch.ranking.weights import WORDS_ALONE, Weights

SAMPLE_POSTS = 256
"""Posts whose pairs are scored: 65,000 pairs, in a fraction of a second."""
PRIOR = Background(mean=0.1, deviation=0.1)
"""Where the corpus has too few pairs to tell: about what sentence encoders give to unrelated English sentences."""
QUESTION = "question, 1"
"""The template of a text that is embedded as a question is."""
_QUESTIONS_AT_ONCE = 32
_MADE_UP = 64
_LEAST_TITLES = 5
_LONGEST = 20
_TITLES_FOR_HALF = 64
"""Titles of which the made-up questions count as much as the expectation."""
_MODES = {
    "hybrid": (Weights(1.0, 1.0), LEXICAL_SCALE / 2),
    "semantic": (Weights(1.0, 0.0), 0.0),
    "lexical": (WORDS_ALONE, LEXICAL_SCALE / 3),
}
"""What meaning and words count, and what words are expected to bring to the best hit of a question without an answer:
half of what they can where the best match is the measure, a third of it where the best possible is."""
_PRIOR_SPREAD = 0.75
_MIN_PAIRS = 20
_LEAST_DEVIATION = 0.01
_LEAST_SPREAD = 0.25


@dataclass(frozen=True, slots=True)
class _Drawn:
    title: str
    whole: bytes
    sentences: list[bytes]


class Sample:
    """A uniform sample of posts of which nobody knows how many will come (reservoir sampling, algorithm R), the same
    for the same posts."""

    def __init__(self, size: int = SAMPLE_POSTS) -> None:
        self._size = size
        self._random = random.Random(0)  # noqa: S311  (no secret: a sample)
        self._seen = 0
        self.drawn: list[_Drawn] = []

    def offer(self, title: str, whole: bytes, sentences: list[bytes]) -> None:
        """A post: its title, and the cache keys of its whole and of its sentences."""
        self._seen += 1
        if len(self.drawn) < self._size:
            self.drawn.append(_Drawn(title, whole, sentences))
        elif (place := self._random.randrange(self._seen)) < self._size:
            self.drawn[place] = _Drawn(title, whole, sentences)


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions that a corpus is measured with, by the cache keys of their vectors."""

    titles: list[bytes]
    """A title of each post of the sample: questions that just one post is about."""
    made_up: list[str]
    made_up_keys: list[bytes]
    """The made-up questions: words of as many titles as there are words, which no post is about."""

    @property
    def keys(self) -> list[bytes]:
        return self.titles + self.made_up_keys

    @classmethod
    def of(cls, sample: Sample, encoder: Encoder, vectors: VectorCache, *, full: bool) -> Asked:
        """``full`` embeds them all, known or not."""
        titles, made_up = [post.title for post in sample.drawn], made_up_questions(sample)
        texts = [*titles, *made_up]
        keys = [vectors.key(text, QUESTION) for text in texts]
        new = np.arange(len(keys)) if full else np.flatnonzero(~vectors.known(keys))
        for start in range(0, len(new), _QUESTIONS_AT_ONCE):
            batch = new[start : start + _QUESTIONS_AT_ONCE].tolist()
            vectors.add([keys[n] for n in batch], encoder.encode_queries([texts[n] for n in batch]))
        return cls(keys[: len(titles)], made_up, keys[len(titles) :])


def made_up_questions(sample: Sample) -> list[str]:
    """Questions of two to twenty words, as long as titles are, each word from a title drawn at random.

    They are in the words of the corpus, rare ones too, and each word finds its post; but no post is about them. The
    same for the same sample; none where it has too few titles of several words to be mixed.
    """
    titles = [words for post in sample.drawn if len(words := post.title.split()) > 1]
    if len(titles) < _LEAST_TITLES:
        return []
    chance = random.Random(1)  # noqa: S311  (no secret: a sample)
    questions = []
    for _ in range(_MADE_UP):
        length = min(len(chance.choice(titles)), _LONGEST)
        questions.append(" ".join(chance.choice(chance.choice(titles)) for _ in range(length)))
    return questions


def calibrate(sample: Sample, questions: Sequence[bytes], vectors: VectorCache) -> Calibration:
    """Measures likeness in meaning of random pairs; titles stand in for questions, by their keys."""
    return backgrounds(
        vectors.get(questions),
        vectors.get([post.whole for post in sample.drawn]),
        [vectors.get(post.sentences) for post in sample.drawn],
    )


def unanswerable(snapshot: Snapshot, asked: Asked, vectors: VectorCache) -> Calibration:
    """The calibration of a snapshot, with what the best hits of questions score that no post answers.

    Measured with the made-up questions; the fewer titles these are made of, the more what is expected of so many posts
    counts: words of nine titles are about one of nine posts after all.
    """
    questions = [understand(ParsedQuery.plain(text), snapshot, lambda _: True) for text in asked.made_up]
    both = list(zip(questions, vectors.get(asked.made_up_keys), strict=True))
    measured = len(asked.titles) / (len(asked.titles) + _TITLES_FOR_HALF) if both else 0.0
    tops = {}
    for name, (weights, words) in _MODES.items():
        prior = Background(mean=weights.semantic * _largest_of(len(snapshot)) + words, deviation=_PRIOR_SPREAD)
        found = _spread(
            [Ranker(Matches(snapshot, question, weights), vector).top() for question, vector in both], prior
        )
        tops[name] = Background(
            mean=measured * found.mean + (1 - measured) * prior.mean,
            deviation=measured * found.deviation + (1 - measured) * prior.deviation,
        )
    return replace(snapshot.manifest.calibration, **tops)


def _largest_of(posts: int) -> float:
    """The median of the largest of so many independent draws from the standard normal distribution."""
    return NormalDist().inv_cdf(0.5 ** (1 / posts))


def _spread(scores: Sequence[float], prior: Background) -> Background:
    """Median, and the scaled distance between quartiles."""
    if not scores:
        return prior
    low, middle, high = np.quantile(scores, [0.25, 0.5, 0.75])
    return Background(mean=float(middle), deviation=max(float(high - low) / 1.349, _LEAST_SPREAD))


def backgrounds(
    questions: NDArray[np.float32], whole: NDArray[np.float32], sentences: Sequence[NDArray[np.float32]]
) -> Calibration:
    """``questions`` and ``whole``: shape (n, dimension), one of each for a post; ``sentences``: for each post shape
    (its sentences, dimension), perhaps empty."""
    whole_scores = questions @ whole.T
    best_scores = [
        (questions @ rows.T).max(axis=1) if len(rows) else whole_scores[:, post] for post, rows in enumerate(sentences)
    ]
    return Calibration(
        search=_background((whole_scores + np.stack(best_scores, axis=1)) / 2),
    )


def _background(scores: NDArray[np.float32]) -> Background:
    """Median and scaled median absolute deviation of all pairs but a post with itself: the few pairs of a random sample
    that do belong together do not move them."""
    pairs = scores[~np.eye(len(scores), dtype=np.bool_)]
    if len(pairs) < _MIN_PAIRS:
        return PRIOR
    mean = float(np.median(pairs))
    deviation = 1.4826 * float(np.median(np.abs(pairs - mean)))
    return Background(mean=mean, deviation=max(deviation, _LEAST_DEVIATION))
