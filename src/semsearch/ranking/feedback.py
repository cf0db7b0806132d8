"""Pseudo-relevance feedback: what the first hits of a query have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEEDBACK_POSTS = 5
"""First hits whose vectors are averaged."""


def feedback_vector(vectors: NDArray[np.float32], scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the weighted mean of the vectors of the first hits as a unit vector, shape (dimension,).

    ``vectors``: shape (hits, dimension), at least one hit; ``scores``: shape (hits,), best first. A hit weighs
    exp(score - best score): one that scores a standard deviation lower weighs a third.
    """
    mean = np.exp(scores - scores[0]) @ vectors.astype(np.float64)
    unit: NDArray[np.float32] = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return unit
