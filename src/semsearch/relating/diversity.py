"""Which of many related posts make a list? Not several of a kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scale
from semsearch.relating.score import Floats, units

DIVERSITY = 0.3
"""By default: 0 lists the most related posts, however alike; towards 1, posts that differ from each other."""
_ALIKE = 2.0
"""Units of two posts that are alike in meaning, for each unit of that: in words they would be about as much so."""


def likeness(vectors: NDArray[np.float32], scale: Scale) -> Floats:
    """How alike the candidates of lists are, on the scale of the scores.

    ``vectors``: shape (lists, candidates, dimension), unit vectors; the likeness has shape (lists, candidates,
    candidates).
    """
    return _ALIKE * units((vectors @ vectors.transpose(0, 2, 1)).astype(np.float64), scale)


def marginal_relevance(scores: Floats, alike: Floats, wanted: int, diversity: float) -> NDArray[np.intp]:
    """Places of ``wanted`` candidates in the order in which they are chosen: the one with the best score, and then the
    best score less what the list has of its kind already (Carbonell and Goldstein, 1998).

    Several lists at once: ``scores`` has shape (lists, candidates), -inf where a place is empty, ``alike`` shape
    (lists, candidates, candidates); the places have shape (lists, at most ``wanted``), -1 where no candidate is left.
    ``diversity`` from 0 (scores alone) to 1.
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
        np.maximum(closest, alike[every, places], out=closest)
        gain = np.where(left, (1 - diversity) * scores - diversity * closest, -np.inf)
    return chosen
