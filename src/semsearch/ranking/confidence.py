"""The confidence of a hit: its score against the best scores of queries that the corpus cannot answer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Background, Calibration

ANSWER_CONFIDENCE = 0.5
"""Least confidence of a hit that counts as an answer. Half of the calibration queries have no hit above it."""


def confidence(scores: NDArray[np.float64], unanswerable: Background) -> NDArray[np.float64]:
    """Return the share of unanswerable queries whose best hit scores lower, 0 to 1, in the shape of ``scores``.

    ``unanswerable``: mean and standard deviation of the best scores of unanswerable queries, which are assumed to be
    normally distributed: the confidence is Φ((score - mean) / deviation). It rises with the score.
    """
    z_scores = (np.asarray(scores, dtype=np.float64) - unanswerable.mean) / (unanswerable.deviation * math.sqrt(2))
    error_function = np.fromiter(map(math.erf, z_scores.ravel().tolist()), dtype=np.float64, count=z_scores.size)
    probabilities: NDArray[np.float64] = (1 + error_function.reshape(z_scores.shape)) / 2
    return probabilities


def unanswerable_background(calibration: Calibration, semantic_weight: float, lexical_weight: float) -> Background:
    """Return the distribution of the best score of an unanswerable query, for weights of which one is above 0.

    It is measured for semantic, hybrid (equal weights) and lexical search. In between it is interpolated linearly in
    the ratio of the lesser weight to the greater.
    """
    greater = max(semantic_weight, lexical_weight)
    single_mode = calibration.semantic if semantic_weight >= lexical_weight else calibration.lexical
    hybrid, ratio = calibration.hybrid, min(semantic_weight, lexical_weight) / greater
    return Background(
        mean=greater * (single_mode.mean + ratio * (hybrid.mean - single_mode.mean)),
        deviation=greater * (single_mode.deviation + ratio * (hybrid.deviation - single_mode.deviation)),
    )
