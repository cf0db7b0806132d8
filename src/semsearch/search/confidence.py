"""How surely is a related post no chance? Likeness against the background of the corpus, between 0 and 1."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def confidence(deviations: NDArray[np.float64], posts: int) -> NDArray[np.float64]:
    """The probability that not one of ``posts`` unrelated posts would score this high, shape as given.

    The score of an unrelated post is taken as normal, and posts as independent: the distribution function of the
    largest of n draws. It grows with the score, and a larger corpus asks for a higher one.
    """
    tail = _erfc(np.asarray(deviations, dtype=np.float64) / math.sqrt(2)) / 2
    with np.errstate(divide="ignore"):
        sureness: NDArray[np.float64] = np.exp(posts * np.log1p(-np.minimum(tail, 1.0)))
    return sureness
