"""In which order do posts answer a question? Candidates from both indexes, each scored in full on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from semsearch.index.attributes import Mask
from semsearch.posts import Post
from semsearch.ranking.background import beside
from semsearch.ranking.confidence import confidence, unanswerable
from semsearch.ranking.matches import DEPTHS, Floats, Matches, Ordinals
from semsearch.ranking.score import (
    Explanation,
    LexicalPart,
    SemanticPart,
    lexical_deviations,
    semantic_deviations,
)

_WORTH_A_THREAD = 30_000
"""Passages whose search takes longer than it takes to begin it on another thread."""


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
    depth: NDArray[np.intp]
    """Which of DEPTHS a post was found at: those of a depth stand before those of the next, whatever their scores."""

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
        """``vector``: the question's, shape (dimension,); without one, only words find posts. ``with_copies`` finds
        with every post its near-duplicates too."""
        self.matches = matches
        self._snapshot, self._weights, self._vector = matches.snapshot, matches.weights, vector
        self._with_copies = with_copies

    def rank(self, wanted: int) -> Ranking:
        """The best posts, at least ``wanted`` where that many are found at all."""
        ranking = self.scored(self._candidates(DEPTHS[0]))
        for place, depth in enumerate(DEPTHS[1:], start=1):
            if len(ranking) >= wanted:
                break
            found = np.setdiff1d(self._candidates(depth), ranking.ordinals, assume_unique=True)
            ranking = Ranking.joined([ranking, self.scored(found, place)])
        return ranking

    def top(self) -> float:
        """The best score of all."""
        ranking = self.rank(1)
        return float(ranking.scores[0]) if len(ranking) else 0.0

    def confidence(self, scores: Floats) -> Floats:
        """How surely posts with these scores are no chance, 0 to 1.

        Where the corpus has few words of the question, they bring little to any post, and less is asked of its hits. A
        question of one word means little to a model: no more is asked than makes the post that matches it best as sure
        as words alone would make it.
        """
        matches, calibration = self.matches, self._snapshot.manifest.calibration
        semantic, lexical = self._weights.semantic, self._weights.lexical
        if not (semantic and matches.best):
            return confidence(scores, unanswerable(calibration, semantic, 0.0 if semantic else lexical))
        background = unanswerable(calibration, semantic, lexical * matches.best / matches.full)
        if len(matches.question.words) == 1:
            alone = unanswerable(calibration, 0.0, 1.0)
            sure = (lexical_deviations(matches.best, matches.possible) - alone.mean) / alone.deviation
            reached = float(self.scored(matches.best_post).scores[0]) - sure * background.deviation
            background = replace(background, mean=min(background.mean, reached))
        return confidence(scores, background)

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
        if self._weights.semantic and self._vector is None:
            return 0
        return self.matches.total(with_copies=self._with_copies)

    def _candidates(self, depth: int) -> Ordinals:
        attributes, mask = self._snapshot.attributes, self.matches.mask
        found = self._found(depth, mask)
        if not (self._with_copies and attributes.are_copied(found).any()):
            return found
        groups = np.unique(attributes.copy_of[found])
        if len(found) >= depth and 2 * len(groups) < len(found):  # mostly copies: others would have had their places
            found = np.union1d(found, self._found(depth, attributes.without_groups(groups, mask)))
        return attributes.with_copies(found, mask)

    def _found(self, depth: int, mask: Mask | None) -> Ordinals:
        """What each index finds, at most so many, of the posts that the mask lets pass."""
        lists = [self.matches.with_most(depth, mask)]
        if self._weights.semantic and self._vector is not None:
            post = self._snapshot.passages.post
            passing = None if mask is None else mask[post]
            if len(post) > _WORTH_A_THREAD:
                passages = beside(self._snapshot.passage_vectors.search, self._vector, depth, passing).result
            else:
                passages = partial(self._snapshot.passage_vectors.search, self._vector, depth, passing)
            lists.append(self._snapshot.whole.search(self._vector, depth, mask)[0])
            lists.append(post[passages()[0]].astype(np.int64))
        return np.unique(np.concatenate(lists))

    def scored(self, ordinals: Ordinals, depth: int = 0) -> Ranking:
        """Some posts in the order of their scores, whether they would have been found or not."""
        zeros = np.zeros(len(ordinals))
        whole, passage, rows = zeros, zeros, np.full(len(ordinals), -1, dtype=np.int64)
        if self._weights.semantic and self._vector is not None:
            whole, passage, rows = self._meaning(ordinals, self._vector)
        bm25 = self.matches.bm25(ordinals)
        background = self._snapshot.manifest.calibration.search
        scores = self._weights.semantic * semantic_deviations(whole, passage, background)
        scores += self._weights.lexical * lexical_deviations(bm25, self.matches.full)
        order = np.lexsort((ordinals, -scores))
        depths = np.full(len(ordinals), depth)
        return Ranking(ordinals, scores, whole, passage, rows, bm25, depths).take(order)

    def _meaning(self, ordinals: Ordinals, vector: NDArray[np.float32]) -> tuple[Floats, Floats, NDArray[np.int64]]:
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
