"""Which posts may answer a question, and what are its words worth? All that needs no vector of the question."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.index.attributes import Mask
from semsearch.index.lexical.query_model import Condition, Phrase
from semsearch.ranking.question import Question
from semsearch.ranking.score import full_bm25
from semsearch.ranking.weights import Weights

DEPTHS = (100, 1_200)
"""Candidates taken from each index: enough for the first pages, and for the last that can be asked for. The second
depth only adds posts behind those of the first, so that no page repeats or drops a post of another. Where the second
begins, the score may rise once."""

Floats = NDArray[np.float64]
Ordinals = NDArray[np.int64]


class Matches:
    """The posts of one snapshot that may be found for one question, and what their words are worth."""

    def __init__(
        self,
        snapshot: Snapshot,
        question: Question,
        weights: Weights,
        chosen: Filter = NO_FILTER,
        hidden: Collection[int] = (),
    ) -> None:
        """``hidden``: ordinals of posts that may not be found."""
        self.snapshot, self.question, self.weights = snapshot, question, weights
        self._condition, self._hidden = question.condition(chosen), hidden
        self.mask = self._mask()
        """The posts that may be found; None where all may."""
        words = self._words = question.words if weights.lexical else ()
        self._at_once = DEPTHS[0] + len(hidden)
        self._first, scores = snapshot.lexical.search(words, self._at_once, self._condition)
        snapshot.lexical.look_up(words)  # here, where the model runs meanwhile
        self.best_post = self._first[:1]
        """The post of the corpus that matches best, if one does: whatever the filter, a post is worth the same."""
        if self.mask is not None:
            self.best_post, scores = snapshot.lexical.search(words, 1)
        self.best = float(scores[0]) if len(scores) else 0.0
        """Its BM25."""
        self.possible = snapshot.lexical.best_score(words)
        """The BM25 of a post that could not match better."""
        self.full = full_bm25(self.best, self.possible, weights.semantic)
        """The BM25 that is worth the most that words can be worth; 0 for a question without a word that counts."""

    def with_most(self, depth: int, mask: Mask | None) -> Ordinals:
        """The posts that match best in words, at most ``depth``, of those that the mask lets pass."""
        if not self.weights.lexical:
            return np.empty(0, dtype=np.int64)
        found = self._first
        limit = depth + len(self._hidden) if mask is self.mask else len(self.snapshot)
        if len(found) == self._at_once < limit:
            found = self.snapshot.lexical.search(self.question.words, limit, self._condition)[0]
        return (found if mask is None else found[mask[found]])[:depth]

    def bm25(self, ordinals: Ordinals) -> Floats:
        """The BM25 of some posts; 0 for one without a word of the question."""
        return self.snapshot.lexical.scores(self._words, ordinals)

    def matching(self) -> Mask | None:
        """All posts that match, not only those ranked: by meaning all that may be found do, by words those that have
        one."""
        if self.weights.semantic:
            return self.mask
        found = self._of(self.snapshot.lexical.matching(self.question.words, self._condition))
        return found if self.mask is None else found & self.mask

    def total(self, *, with_copies: bool) -> int:
        """How many posts match; near-duplicates, where they are found together, count once."""
        attributes = self.snapshot.attributes
        if self.weights.semantic or self._hidden or (with_copies and attributes.has_copies):
            return attributes.count(self.matching(), collapse=with_copies)
        return self.snapshot.lexical.count(self.question.words, self._condition)

    def _mask(self) -> Mask | None:
        mask = self.snapshot.attributes.mask(self._condition.filter)
        if mask is None and (self._condition.required or self._condition.excluded or self._hidden):
            mask = np.ones(len(self.snapshot), dtype=np.bool_)
        if mask is None:
            return None
        for phrase in self._condition.required:
            mask &= self._having(phrase)
        for phrase in self._condition.excluded:
            mask &= ~self._having(phrase)
        mask[list(self._hidden)] = False
        return mask

    def _having(self, phrase: Phrase) -> Mask:
        return self._of(self.snapshot.lexical.meeting(Condition(required=(phrase,))))

    def _of(self, ordinals: Ordinals) -> Mask:
        mask = np.zeros(len(self.snapshot), dtype=np.bool_)
        mask[ordinals] = True
        return mask
