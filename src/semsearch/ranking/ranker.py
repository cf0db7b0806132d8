"""In which order do posts answer a question? Candidates from both indexes, each scored in full on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.posts import Post
from semsearch.ranking.beside import beside
from semsearch.ranking.confidence import confidence, unanswerable
from semsearch.ranking.matches import DEPTHS, NONE, Floats, Matches
from semsearch.ranking.score import (
    Explanation,
    LexicalPart,
    SemanticPart,
    lexical_deviations,
    semantic_deviations,
)


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
        self, matches: Matches, vector: NDArray[np.float32] | None = None, *, with_copies: bool = False
    ) -> None:
        """``vector``: the question's, shape (dimension,); None where its semantic weight is 0. ``with_copies``
        finds with every post its near-duplicates too."""
        self.matches = matches
        self._snapshot, self._weights, self._vector = matches.snapshot, matches.weights, vector
        self._with_copies = with_copies

    def rank(self, wanted: int) -> Ranking:
        """The best posts, at least ``wanted`` where that many are found at all."""
        candidates = NONE
        order: list[Ranking] = []
        for depth in DEPTHS:
            if depth > DEPTHS[0]:
                self.matches.deepen(depth)
            found = np.setdiff1d(self._candidates(depth), candidates, assume_unique=True)
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
            lexical *= self.matches.best / (self.matches.full or 1.0)
        return confidence(scores, unanswerable(self._snapshot.manifest.calibration, semantic, lexical))

    def explanation(self, ranking: Ranking, place: int, post: Post) -> Explanation:
        """The parts of the score at a place of a ranking, which is their sum; ``post`` is the one there."""
        background, lexical = self._snapshot.manifest.calibration.search, None
        if self._weights.lexical:
            words = self.matches.question.words if ranking.bm25[place] else ()
            ordinal, analyzer = int(ranking.ordinals[place]), self._snapshot.analyzer
            lexical = LexicalPart(self._snapshot.lexical.shares(words, ordinal, post, analyzer), self.matches.full)
        semantic = SemanticPart(
            float(ranking.whole[place]), float(ranking.passage[place]), background.mean, background.deviation
        )
        return Explanation(
            semantic=semantic if self._weights.semantic else None,
            lexical=lexical,
            semantic_weight=self._weights.semantic,
            lexical_weight=self._weights.lexical,
        )

    def total(self) -> int:
        """How many posts match; near-duplicates, where they are found together, count once."""
        return self.matches.total(with_copies=self._with_copies)

    def _candidates(self, depth: int) -> NDArray[np.int64]:
        lists = []
        if self._weights.semantic and self._vector is not None:
            passages = beside(self._snapshot.passage_vectors.search, self._vector, depth, self._passage_mask())
            lists.append(self._snapshot.whole.search(self._vector, depth, self.matches.mask)[0])
            lists.append(self._snapshot.passages.post[passages.result()[0]].astype(np.int64))
        if self._weights.lexical:
            lists.append(self.matches.ordinals[:depth])
        found = np.unique(np.concatenate(lists))
        return self._snapshot.attributes.with_copies(found, self.matches.mask) if self._with_copies else found

    def _passage_mask(self) -> NDArray[np.bool_] | None:
        mask = self.matches.mask
        return None if mask is None else mask[self._snapshot.passages.post]

    def scored(self, ordinals: NDArray[np.int64]) -> Ranking:
        """Some posts in the order of their scores, whether they would have been found or not."""
        zeros = np.zeros(len(ordinals))
        whole, passage, rows, bm25 = zeros, zeros, np.full(len(ordinals), -1, dtype=np.int64), zeros
        if self._weights.semantic and self._vector is not None:
            whole, passage, rows = self._meaning(ordinals, self._vector)
        if self._weights.lexical:
            bm25 = self.matches.bm25(ordinals)
        background = self._snapshot.manifest.calibration.search
        scores = self._weights.semantic * semantic_deviations(whole, passage, background)
        scores += self._weights.lexical * lexical_deviations(bm25, self.matches.full)
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
