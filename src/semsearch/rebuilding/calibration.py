"""How do unrelated texts of this corpus score? Random pairs of posts in, the background of the scores out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder, VectorCache
from semsearch.index import Background, Calibration

SAMPLE_POSTS = 256
"""Posts whose pairs are scored: 65,000 pairs, in a fraction of a second."""
PRIOR = Background(mean=0.1, deviation=0.1)
"""Where the corpus has too few pairs to tell: about what sentence encoders give to unrelated English sentences."""
QUESTION = "question, 1"
"""The template of a text that is embedded as a question is."""
_QUESTIONS_AT_ONCE = 32
_MIN_PAIRS = 20
_LEAST_DEVIATION = 0.01


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


def question_keys(sample: Sample, encoder: Encoder, vectors: VectorCache, *, full: bool) -> list[bytes]:
    """The cache keys of the sample's titles as questions, whose vectors the cache holds from now on.

    ``full`` computes them all, known or not.
    """
    keys = [vectors.key(post.title, QUESTION) for post in sample.drawn]
    new = np.arange(len(keys)) if full else np.flatnonzero(~vectors.known(keys))
    for start in range(0, len(new), _QUESTIONS_AT_ONCE):
        batch = new[start : start + _QUESTIONS_AT_ONCE].tolist()
        vectors.add([keys[n] for n in batch], encoder.encode_queries([sample.drawn[n].title for n in batch]))
    return keys


def calibrate(sample: Sample, questions: Sequence[bytes], vectors: VectorCache) -> Calibration:
    """Measures the backgrounds on a sample; titles stand in for questions, by their keys."""
    return backgrounds(
        vectors.get(questions),
        vectors.get([post.whole for post in sample.drawn]),
        [vectors.get(post.sentences) for post in sample.drawn],
    )


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
        related=_background(whole @ whole.T),
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
