"""What names and numbers in a query say about the confidence of a hit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from semsearch.index.attributes import Mask

_SHARE_OF_ANSWERS = 0.99
"""The probability that a post which answers a query has a name or number of it."""
_CERTAIN = 3.0
"""Words and meaning alone make no hit surer than these log-odds (0.95), nor less sure than minus as much."""

Floats = NDArray[np.float64]


def specific_log_odds(has_it: Mask, holders: int, posts: int) -> Floats:
    """Return the log-odds that a specific part of a query adds for some posts, in the shape of ``has_it``.

    ``has_it``: which of the posts have it. ``holders``: how many of all ``posts`` have it. It is the logarithm of the
    likelihood ratio: how probable it is that an answer has the part, or lacks it, against how probable it is for other
    posts. For a post that has it, the latter is the share of the others that have it, so that a part that only this
    post has says most.
    """
    share_with = (max(holders - 1, 0) + 0.5) / posts
    share_without = 1 - (holders + 0.5) / (posts + 1)
    present = math.log(_SHARE_OF_ANSWERS / min(share_with, _SHARE_OF_ANSWERS))
    absent = math.log((1 - _SHARE_OF_ANSWERS) / max(share_without, 1 - _SHARE_OF_ANSWERS))
    return np.where(has_it, present, absent)


def with_log_odds(confidence: Floats, log_odds: Floats) -> Floats:
    """Return confidences, 0 to 1, with evidence added to them: naive Bayes on the scale of log-odds.

    Words and meaning read the specific parts as well, so their log-odds are limited before the evidence is added: no
    likeness makes up for a name that the post does not have.
    """
    limit = 1 / (1 + math.exp(-_CERTAIN))
    before = np.clip(confidence, 1 - limit, limit)
    updated: Floats = 1 / (1 + np.exp(-(np.log(before / (1 - before)) + log_odds)))
    return updated
