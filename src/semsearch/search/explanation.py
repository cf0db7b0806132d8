"""What is relatedness made of? The parts it is computed from, and the computation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

NEGATIVE_WEIGHT = 0.5
"""What likeness to a negative example takes away, against what likeness to a positive one gives."""

Number = TypeVar("Number", float, NDArray[np.float64])


def relatedness(positive: Number, negative: Number) -> Number:
    """Likeness to the positive examples, less some of that to the negative ones."""
    return positive - NEGATIVE_WEIGHT * negative


@dataclass(frozen=True, slots=True)
class RelatedExplanation:
    """The parts of a relatedness score, as mean cosines."""

    positive: float
    negative: float
    """0 where there is no negative example."""

    @property
    def score(self) -> float:
        return relatedness(self.positive, self.negative)
