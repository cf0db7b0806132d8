"""How surely is a hit no chance? A score against what questions reach that nobody could answer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Background, Calibration

ANSWERED = 0.5
"""Confidence from which a hit is taken for an answer: half of the made-up questions find nothing that scores higher."""


def confidence(scores: NDArray[np.float64], unanswerable: Background) -> NDArray[np.float64]:
    """The share of unanswerable questions whose best hit scores lower, shape as given, 0 to 1.

    Their best scores are taken as normal. It grows with the score.
    """
    deviations = (np.asarray(scores, dtype=np.float64) - unanswerable.mean) / (unanswerable.deviation * math.sqrt(2))
    error_function = np.fromiter(map(math.erf, deviations.ravel().tolist()), dtype=np.float64, count=deviations.size)
    sureness: NDArray[np.float64] = (1 + error_function.reshape(deviations.shape)) / 2
    return sureness


def unanswerable(calibration: Calibration, semantic_weight: float, lexical_weight: float) -> Background:
    """What the best hits of unanswerable questions score with these weights, of which one is above 0.

    Measured for meaning alone, for both alike, and for words alone; between those, in proportion to the lesser weight.
    """
    greater = max(semantic_weight, lexical_weight)
    alone = calibration.semantic if semantic_weight >= lexical_weight else calibration.lexical
    both, share = calibration.hybrid, min(semantic_weight, lexical_weight) / greater
    return Background(
        mean=greater * (alone.mean + share * (both.mean - alone.mean)),
        deviation=greater * (alone.deviation + share * (both.deviation - alone.deviation)),
    )
