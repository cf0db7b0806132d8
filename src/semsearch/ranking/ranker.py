"""In which order do posts answer a question? Candidates from both indexes, each scored in full on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.index.attributes import Mask
from semsearch.posts import Post
from semsearch.ranking.confidence import confidence, unanswerable
from semsearch.ranking.question import Question
from semsearch.ranking.score import (
    Explanation,
    LexicalPart,
    SemanticPart,
    full_bm25,
    lexical_deviations,
    semantic_deviations,
)

DEPTHS = (100, 1_200)
"""Candidates taken from each index: enough for the first pages, and for the last that can be asked for. The second
depth only adds posts behind those of the first, so that no page repeats or drops a post of another. Where the second
begins, the score may rise once."""

WORDS_DEPTH = 20
"""A post's words count where it is among this many times as many that match them best as are candidates: what little
the words of the others are worth would take longer to find out than all else. Whether it is does not depend on what
else was found."""

Floats = NDArray[np.float64]
_NONE: NDArray[np.int64] = np.empty(0, dtype=np.int64)


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


@dataclass(frozen=True, slots=True)
class Ranking:
    """Posts in order, best first, with what their scores are made of. All arrays have shape (posts,)."""

    ordinals: NDArray[np.int64]
    scores: Floats
    whole: Floats
    passage: Floats
    passage_rows: NDArray[np.int64]
    """The passage row that answers best; -1 where the post has none, or none was compared."""
    bm25: Floats

    def __len__(self) -> int:
        return len(self.ordinals)

    @classmethod
    def joined(cls, parts: Sequence[Ranking]) -> Ranking:
        """Several rankings, one behind the other."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__})

    def take(self, places: NDArray[np.intp]) -> Ranking:
        """Some of the posts, in the order given."""
        return Ranking(**{name: getattr(self, name)[places] for name in self.__slots__})


class Ranker:
    """One question against one snapshot."""

    def __init__(
        self,
        snapshot: Snapshot,
        question: Question,
        vector: NDArray[np.float32] | None,
        weights: Weights,
        chosen: Filter = NO_FILTER,
        *,
        with_copies: bool = False,
    ) -> None:
        """``vector``: the question's, shape (dimension,); None where its semantic weight is 0. ``with_copies``
        finds with every post its near-duplicates too."""
        self._with_copies = with_copies
        self._snapshot, self._question, self._vector, self._weights = snapshot, question, vector, weights
        self._condition = question.condition(chosen)
        self.mask = self._mask()
        """The posts that may be found; None where all may."""
        self._matches = self._match(DEPTHS[0])
        self._best = self._best_bm25()
        self.full = full_bm25(self._best, snapshot.lexical.best_score(question.words), weights.semantic)
        """The BM25 that is worth the most that words can be worth; 0 for a question without a word that counts."""

    def rank(self, wanted: int) -> Ranking:
        """The best posts, at least ``wanted`` where that many are found at all."""
        candidates = _NONE
        order: list[Ranking] = []
        for depth in DEPTHS:
            if depth > DEPTHS[0]:
                self._matches = self._match(depth)
            found = np.setdiff1d(self._candidates(depth), candidates)
            candidates = np.concatenate((candidates, found))
            order.append(self.scored(found))
            if len(candidates) >= wanted:
                break
        return order[0] if len(order) == 1 else Ranking.joined(order)

    def top(self) -> float:
        """The best score of all."""
        ranking = self.rank(1)
        return float(ranking.scores[0]) if len(ranking) else 0.0

    def confidence(self, scores: Floats) -> Floats:
        """How surely posts with these scores are no chance, 0 to 1.

        Where the corpus has few words of the question, they bring little to any post, and less is asked of its hits.
        """
        semantic, lexical = self._weights.semantic, self._weights.lexical
        if semantic:
            lexical *= self._best / (self.full or 1.0)
        return confidence(scores, unanswerable(self._snapshot.manifest.calibration, semantic, lexical))

    def explanation(self, ranking: Ranking, place: int, post: Post) -> Explanation:
        """The parts of the score at a place of a ranking, which is their sum; ``post`` is the one there."""
        background, lexical = self._snapshot.manifest.calibration.search, None
        if self._weights.lexical:
            words = self._question.words if ranking.bm25[place] else ()
            ordinal, analyzer = int(ranking.ordinals[place]), self._snapshot.analyzer
            lexical = LexicalPart(self._snapshot.lexical.shares(words, ordinal, post, analyzer), self.full)
        semantic = SemanticPart(
            float(ranking.whole[place]), float(ranking.passage[place]), background.mean, background.deviation
        )
        return Explanation(
            semantic=semantic if self._weights.semantic else None,
            lexical=lexical,
            semantic_weight=self._weights.semantic,
            lexical_weight=self._weights.lexical,
        )

    def matching(self) -> Mask | None:
        """All posts that match, not only those ranked: by meaning all that may be found do, by words those that have
        one."""
        if self._weights.semantic:
            return self.mask
        return self._of(self._snapshot.lexical.matching(self._question.words, self._condition))

    def total(self) -> int:
        """How many posts match; near-duplicates, where they are found together, count once."""
        attributes = self._snapshot.attributes
        if self._weights.semantic or (self._with_copies and attributes.has_copies):
            return attributes.count(self.matching(), collapse=self._with_copies)
        return self._snapshot.lexical.count(self._question.words, self._condition)

    def _mask(self) -> Mask | None:
        if self._condition.required or self._condition.excluded:
            return self._of(self._snapshot.lexical.meeting(self._condition))
        return self._snapshot.attributes.mask(self._condition.filter)

    def _of(self, ordinals: NDArray[np.int64]) -> Mask:
        mask = np.zeros(len(self._snapshot), dtype=np.bool_)
        mask[ordinals] = True
        return mask

    def _best_bm25(self) -> float:
        """That of the best post of the corpus: whatever the filter, a post is worth the same."""
        lexical, words = self._snapshot.lexical, self._question.words
        _, scores = lexical.search(words, 1) if self.mask is not None and self._weights.lexical else self._matches
        return float(scores[0]) if len(scores) else 0.0

    def _match(self, depth: int) -> tuple[NDArray[np.int64], Floats]:
        """The posts whose words count, best first, and their BM25."""
        if not self._weights.lexical:
            return _NONE, np.empty(0)
        return self._snapshot.lexical.search(self._question.words, WORDS_DEPTH * depth, self._condition)

    def _bm25(self, ordinals: NDArray[np.int64]) -> Floats:
        """The BM25 of some posts; 0 where their words do not count."""
        found, scores = self._matches
        order = np.argsort(found)
        places = np.searchsorted(found, ordinals, sorter=order)
        places = order[np.minimum(places, len(order) - 1)] if len(order) else np.zeros(len(ordinals), dtype=np.intp)
        same = found[places] == ordinals if len(order) else np.zeros(len(ordinals), dtype=np.bool_)
        bm25 = np.zeros(len(ordinals))
        bm25[same] = scores[places[same]]
        return bm25

    def _candidates(self, depth: int) -> NDArray[np.int64]:
        lists = []
        if self._weights.semantic and self._vector is not None:
            lists.append(self._snapshot.whole.search(self._vector, depth, self.mask)[0])
            rows = self._snapshot.passage_vectors.search(self._vector, depth, self._passage_mask())[0]
            lists.append(self._snapshot.passages.post[rows].astype(np.int64))
        if self._weights.lexical:
            lists.append(self._matches[0][:depth])
        found = np.unique(np.concatenate(lists))
        return self._snapshot.attributes.with_copies(found, self.mask) if self._with_copies else found

    def _passage_mask(self) -> NDArray[np.bool_] | None:
        return None if self.mask is None else self.mask[self._snapshot.passages.post]

    def scored(self, ordinals: NDArray[np.int64]) -> Ranking:
        """Some posts in the order of their scores, whether they would have been found or not."""
        zeros = np.zeros(len(ordinals))
        whole, passage, rows, bm25 = zeros, zeros, np.full(len(ordinals), -1, dtype=np.int64), zeros
        if self._weights.semantic and self._vector is not None:
            whole, passage, rows = self._meaning(ordinals, self._vector)
        if self._weights.lexical:
            bm25 = self._bm25(ordinals)
        background = self._snapshot.manifest.calibration.search
        scores = self._weights.semantic * semantic_deviations(whole, passage, background)
        scores += self._weights.lexical * lexical_deviations(bm25, self.full)
        order = np.lexsort((ordinals, -scores))
        return Ranking(ordinals, scores, whole, passage, rows, bm25).take(order)

    def _meaning(
        self, ordinals: NDArray[np.int64], vector: NDArray[np.float32]
    ) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Cosines of the question with each whole post and its best passage, and that passage's row."""
        whole = (self._snapshot.whole.vectors(ordinals) @ vector).astype(np.float64)
        rows, begins = self._snapshot.passages.of_many(ordinals)
        passage, best = whole.copy(), np.full(len(ordinals), -1, dtype=np.int64)
        if len(rows):
            cosines = (self._snapshot.passage_vectors.vectors(rows) @ vector).astype(np.float64)
            having = np.flatnonzero(np.diff(begins))
            passage[having] = np.maximum.reduceat(cosines, begins[having])
            owner = np.repeat(np.arange(len(ordinals)), np.diff(begins))
            places = np.flatnonzero(cosines == passage[owner])[::-1]  # of equal ones, the first is written last
            best[owner[places]] = rows[places]
        return whole, passage, best
