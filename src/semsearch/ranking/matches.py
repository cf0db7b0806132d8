"""Which posts may answer a question, and which have its words? What can be known before the question is encoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.index.attributes import Mask
from semsearch.ranking.question import Question
from semsearch.ranking.score import full_bm25

DEPTHS = (100, 1_200)
"""Candidates taken from each index: enough for the first pages, and for the last that can be asked for. The second
depth only adds posts behind those of the first, so that no page repeats or drops a post of another. Where the second
begins, the score may rise once."""

WORDS_DEPTH = 20
"""A post's words count where it is among this many times as many that match them best as are candidates: what little
the words of the others are worth would take longer to find out than all else. Whether it is does not depend on what
else was found."""

Floats = NDArray[np.float64]
NONE: NDArray[np.int64] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Weights:
    """What meaning and words count; the greater is 1, so that scores of every mode are deviations."""

    semantic: float
    lexical: float

    @classmethod
    def of_ratio(cls, semantic_ratio: float) -> Weights:
        """``semantic_ratio`` from 0, words alone, to 1, meaning alone."""
        greater = max(semantic_ratio, 1 - semantic_ratio)
        return cls(semantic_ratio / greater, (1 - semantic_ratio) / greater)


class Matches:
    """The posts of one snapshot that may be found for one question, and what their words are worth."""

    def __init__(self, snapshot: Snapshot, question: Question, weights: Weights, chosen: Filter = NO_FILTER) -> None:
        self.snapshot, self.question, self.weights = snapshot, question, weights
        self._condition = question.condition(chosen)
        self.mask = self._mask()
        """The posts that may be found; None where all may."""
        self.ordinals = NONE
        """The posts whose words count, best first."""
        self._scores = np.empty(0)
        self._by_ordinal = NONE
        self.deepen(DEPTHS[0])
        self.best = self._best_bm25()
        """The BM25 of the best post of the corpus: whatever the filter, a post is worth the same."""
        self.full = full_bm25(self.best, snapshot.lexical.best_score(question.words), weights.semantic)
        """The BM25 that is worth the most that words can be worth; 0 for a question without a word that counts."""

    def deepen(self, depth: int) -> None:
        """Looks for the posts whose words count where so many candidates are taken."""
        if self.weights.lexical:
            limit = WORDS_DEPTH * depth
            self.ordinals, self._scores = self.snapshot.lexical.search(self.question.words, limit, self._condition)
            self._by_ordinal = np.argsort(self.ordinals)

    def bm25(self, ordinals: NDArray[np.int64]) -> Floats:
        """The BM25 of some posts; 0 where their words do not count."""
        order = self._by_ordinal
        if not len(order):
            return np.zeros(len(ordinals))
        places = np.searchsorted(self.ordinals, ordinals, sorter=order)
        places = order[np.minimum(places, len(order) - 1)]
        return np.where(self.ordinals[places] == ordinals, self._scores[places], 0.0)

    def matching(self) -> Mask | None:
        """All posts that match, not only those ranked: by meaning all that may be found do, by words those that have
        one."""
        if self.weights.semantic:
            return self.mask
        return self._of(self.snapshot.lexical.matching(self.question.words, self._condition))

    def total(self, *, with_copies: bool) -> int:
        """How many posts match; near-duplicates, where they are found together, count once."""
        attributes = self.snapshot.attributes
        if self.weights.semantic or (with_copies and attributes.has_copies):
            return attributes.count(self.matching(), collapse=with_copies)
        return self.snapshot.lexical.count(self.question.words, self._condition)

    def _mask(self) -> Mask | None:
        if self._condition.required or self._condition.excluded:
            return self._of(self.snapshot.lexical.meeting(self._condition))
        return self.snapshot.attributes.mask(self._condition.filter)

    def _of(self, ordinals: NDArray[np.int64]) -> Mask:
        mask = np.zeros(len(self.snapshot), dtype=np.bool_)
        mask[ordinals] = True
        return mask

    def _best_bm25(self) -> float:
        scores = self._scores
        if self.mask is not None and self.weights.lexical:
            _, scores = self.snapshot.lexical.search(self.question.words, 1)
        return float(scores[0]) if len(scores) else 0.0
