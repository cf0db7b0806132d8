"""Diversification of related lists by maximal marginal relevance (MMR)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scale
from semsearch.relating.score import Floats, units

DIVERSITY = 0.3
"""Default diversity: 0 lists the most related posts, however similar; towards 1, posts that differ from each other."""
_SCORE_PER_UNIT = 2.0
"""Score of two posts that are similar by one semantic unit: they usually share about as much in words."""


def pairwise_similarities(vectors: NDArray[np.float32], scale: Scale) -> Floats:
    """Return how similar the candidates of each list are to each other, on the scale of relatedness scores.

    ``vectors``: shape (lists, candidates, dimension), unit vectors; the result has shape (lists, candidates,
    candidates). It decides only which candidates are listed, and is part of no score. So a matrix product may compute
    it, in a sixth of the time: one for each list, which does not depend on the other lists.
    """
    return _SCORE_PER_UNIT * units((vectors @ vectors.transpose(0, 2, 1)).astype(np.float64), scale)


def marginal_relevance(scores: Floats, similarities: Floats, wanted: int, diversity: float) -> NDArray[np.intp]:
    """Return the places of ``wanted`` candidates in the order in which MMR chooses them.

    The first is the candidate with the best score. Each next one maximizes (1 - diversity) · score - diversity · (its
    greatest similarity to a candidate already chosen) (Carbonell and Goldstein, SIGIR 1998).

    Several lists are chosen at once: ``scores`` has shape (lists, candidates), -inf at places without a candidate,
    ``similarities`` shape (lists, candidates, candidates). The result has shape (lists, at most ``wanted``), -1 where
    no candidate is left. ``diversity`` is from 0 (scores alone) to 1.
    """
    lists, candidates = scores.shape
    every = np.arange(lists)
    left = scores > -np.inf
    gain, scores = scores.copy(), np.where(left, scores, 0.0)
    closest = np.full_like(scores, -np.inf)
    chosen = np.full((lists, min(wanted, candidates)), -1, dtype=np.intp)
    for turn in range(chosen.shape[1]):
        places = np.argmax(gain, axis=1)
        found = left[every, places]
        chosen[found, turn] = places[found]
        left[every, places] = False
        np.maximum(closest, similarities[every, places], out=closest)
        gain = np.where(left, (1 - diversity) * scores - diversity * closest, -np.inf)
    return chosen
