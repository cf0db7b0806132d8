"""In which order do posts answer a question? Candidates from both indexes, each scored in full on one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Snapshot
from semsearch.index.attributes import Mask
from semsearch.search.explanation import (
    Explanation,
    LexicalPart,
    SemanticPart,
    lexical_deviations,
    semantic_deviations,
)
from semsearch.search.requests import SearchRequest

DEPTHS = (200, 1_200)
"""Candidates taken from each index: enough for the first pages, and for the last that can be asked for. The second
depth only adds posts behind those of the first, so that no page repeats or drops a post of another. Where the second
begins, the score may rise once."""

Floats = NDArray[np.float64]
_NONE: NDArray[np.int64] = np.empty(0, dtype=np.int64)


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
    best_bm25: float
    semantic_weight: float
    lexical_weight: float

    def __len__(self) -> int:
        return len(self.ordinals)

    def explanation(self, place: int, snapshot: Snapshot) -> Explanation:
        """The parts of the score at a place, which the score is the sum of."""
        background = snapshot.manifest.calibration.search
        semantic = SemanticPart(
            float(self.whole[place]), float(self.passage[place]), background.mean, background.deviation
        )
        lexical = LexicalPart(float(self.bm25[place]), self.best_bm25)
        return Explanation(
            semantic=semantic if self.semantic_weight else None,
            lexical=lexical if self.lexical_weight else None,
            semantic_weight=self.semantic_weight,
            lexical_weight=self.lexical_weight,
        )


def weights(request: SearchRequest) -> tuple[float, float]:
    """Semantic and lexical weight; the greater is 1, so that scores of every mode are deviations."""
    ratio = {"semantic": 1.0, "lexical": 0.0}.get(request.mode, request.semantic_ratio)
    greater = max(ratio, 1 - ratio)
    return ratio / greater, (1 - ratio) / greater


class Ranker:
    """One question against one snapshot."""

    def __init__(
        self, snapshot: Snapshot, request: SearchRequest, vector: NDArray[np.float32] | None, mask: Mask | None
    ) -> None:
        """``vector``: the question's, shape (dimension,); None where its semantic weight is 0."""
        self._snapshot, self._request, self._vector, self._mask = snapshot, request, vector, mask
        self._weights = weights(request)
        self._terms = snapshot.lexical.terms(request.q)
        self._best_bm25 = snapshot.lexical.best_score(self._terms)

    @property
    def terms(self) -> tuple[str, ...]:
        return self._terms

    def rank(self, wanted: int) -> Ranking:
        """The best posts, at least ``wanted`` where that many are found at all."""
        candidates = _NONE
        order: list[Ranking] = []
        for depth in DEPTHS:
            found = np.setdiff1d(self._candidates(depth), candidates)
            candidates = np.concatenate((candidates, found))
            order.append(self._scored(found))
            if len(candidates) >= wanted:
                break
        return _joined(order)

    def _candidates(self, depth: int) -> NDArray[np.int64]:
        semantic_weight, lexical_weight = self._weights
        lists = []
        if semantic_weight and self._vector is not None:
            lists.append(self._snapshot.whole.search(self._vector, depth, self._mask)[0])
            rows = self._snapshot.passage_vectors.search(self._vector, depth, self._passage_mask())[0]
            lists.append(self._snapshot.passages.post[rows].astype(np.int64))
        if lexical_weight:
            lists.append(self._snapshot.lexical.search(self._terms, depth, self._request.filter)[0])
        return np.unique(np.concatenate(lists))

    def _passage_mask(self) -> NDArray[np.bool_] | None:
        return None if self._mask is None else self._mask[self._snapshot.passages.post]

    def _scored(self, ordinals: NDArray[np.int64]) -> Ranking:
        semantic_weight, lexical_weight = self._weights
        zeros = np.zeros(len(ordinals))
        whole, passage, rows, bm25 = zeros, zeros, np.full(len(ordinals), -1, dtype=np.int64), zeros
        if semantic_weight and self._vector is not None:
            whole, passage, rows = self._meaning(ordinals, self._vector)
        if lexical_weight:
            bm25 = self._snapshot.lexical.score(self._terms, ordinals)
        background = self._snapshot.manifest.calibration.search
        scores = semantic_weight * semantic_deviations(whole, passage, background)
        scores += lexical_weight * lexical_deviations(bm25, self._best_bm25)
        order = np.lexsort((ordinals, -scores))
        return Ranking(
            ordinals=ordinals[order],
            scores=scores[order],
            whole=whole[order],
            passage=passage[order],
            passage_rows=rows[order],
            bm25=bm25[order],
            best_bm25=self._best_bm25,
            semantic_weight=semantic_weight,
            lexical_weight=lexical_weight,
        )

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


def _joined(parts: list[Ranking]) -> Ranking:
    if len(parts) == 1:
        return parts[0]
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("ordinals", "scores", "whole", "passage", "passage_rows", "bm25")
    }
    last = parts[-1]
    return Ranking(
        **joined,
        best_bm25=last.best_bm25,
        semantic_weight=last.semantic_weight,
        lexical_weight=last.lexical_weight,
    )
