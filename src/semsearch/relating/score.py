"""The relatedness score: its parts, their weights, and the formulas that it is computed with.

Scores are in units. The semantic part is 0 units for two posts at random, and 1 unit for a post and the most similar
one of the corpus (in the median over posts); the lexical part likewise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scale, Tail

TIME_WEIGHT = TAGS_WEIGHT = AUTHORS_WEIGHT = SERIES_WEIGHT = 0.5
"""Units added for the same day, the same tags, the same authors and the same series. These parts are from 0 to 1."""
BINDING_WEIGHT = 3.0
"""Units added for a tag that two posts share and no other has: more than the most related post has otherwise, which is
one unit of meaning and one of words, and up to half a unit of time."""
BINDING_POSTS = 6
"""With so many posts a tag binds no more than others."""
_RARE_SHARE = 1 / 20
"""Chance of sharing a tag with a random post up to which a tag binds fully, and above which it binds less."""
HUBNESS_WEIGHT = 0.25
"""Units subtracted for each unit of hubness."""
TIME_DECAY_DAYS = 365.0
"""Days between two posts after which the time part has fallen to 1/e."""
NEGATIVE_WEIGHT = 0.5
"""Weight of the similarity to a negative example, against that to a positive one."""
MIN_CONFIDENCE = 0.3
"""Lowest confidence of a post in a list by default."""

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)


def units(similarity: Number, scale: Scale) -> Number:
    """Convert a similarity to units: (similarity - scale.start) / scale.unit."""
    return (similarity - scale.start) / scale.unit


def closeness(days: Floats) -> Floats:
    """Return exp(-|days| / TIME_DECAY_DAYS): 1 for posts of one day; 0 if the date of one is unknown (nan)."""
    near = np.exp(-np.abs(days) / TIME_DECAY_DAYS)
    return np.where(np.isnan(near), 0.0, near)


def time_and_series_score(days: Floats, same_series: NDArray[np.bool_]) -> Floats:
    """Return the units for the days between posts and for a common series, in the shape of ``days``."""
    return TIME_WEIGHT * closeness(days) + SERIES_WEIGHT * same_series


def binding_units(frequencies: NDArray[np.integer], posts: int) -> Floats:
    """Return the units that a tag adds to the score of two posts because few posts share it, shape (tags,).

    ``frequencies``: how many of the ``posts`` have each tag. The units fall with the logarithm of that number, from two
    posts to ``BINDING_POSTS``. In a small corpus, where two posts may share a tag by chance, they are fewer.
    """
    others = np.maximum(frequencies - 1, 1)
    chance = np.clip(others / max(posts - 1, 1), None, 1.0)
    fewness = 1 - np.log((others + 1) / 2) / math.log(BINDING_POSTS / 2)
    surprise = np.log(chance) / math.log(_RARE_SHARE)
    units: Floats = BINDING_WEIGHT * np.clip(fewness, 0.0, 1.0) * np.clip(surprise, 0.0, 1.0)
    return units


def confidence(scores: Floats, tail: Tail, posts: int) -> Floats:
    """Return the probability that none of ``posts`` unrelated posts scores this high, in the shape of ``scores``.

    (1 - p)^posts, where p = 0.2 · exp(-(score - tail.start) / tail.slope) is the probability that one does. The scores
    of unrelated posts are taken as independent, with an exponential tail; a larger corpus demands higher scores.
    """
    one_post = np.minimum(0.2 * np.exp(-(scores - tail.start) / tail.slope), 1.0)
    with np.errstate(divide="ignore"):
        none_of_all: Floats = np.exp(posts * np.log1p(-one_post))
    return none_of_all


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the relatedness of two posts. A part is 0 if either post has no such data."""

    meaning: float
    """Similarity of the vectors, in units."""
    words: float
    """Shared words, in units."""
    time: float
    """Closeness in time, 0 to 1, as are the next three: 1 on the same day, a third after a year."""
    tags: float
    """Shared tags; rare tags weigh more, those of two to five posts up to six times as much."""
    authors: float
    """Shared authors; rare authors weigh more."""
    series: float
    """1 for two posts of one series, else 0."""
    crowd: float
    """Hubness of the related post: how much more related than average its neighbours are to it, in units."""
    unlike: float = 0.0
    """Similarity to negative examples in meaning, words, tags and authors; not below 0."""

    @property
    def about(self) -> float:
        """The sum of the parts that say what a post is about: all but time, series and hubness."""
        return self.meaning + self.words + TAGS_WEIGHT * self.tags + AUTHORS_WEIGHT * self.authors

    @property
    def worth(self) -> Mapping[str, float]:
        """The units that each part adds to the score, below 0 if it subtracts."""
        return {
            "meaning": self.meaning,
            "words": self.words,
            "time": TIME_WEIGHT * self.time,
            "tags": TAGS_WEIGHT * self.tags,
            "authors": AUTHORS_WEIGHT * self.authors,
            "series": SERIES_WEIGHT * self.series,
            "crowd": -HUBNESS_WEIGHT * self.crowd,
            "unlike": -NEGATIVE_WEIGHT * self.unlike,
        }

    @property
    def score(self) -> float:
        """The weighted sum of the parts."""
        return math.fsum(self.worth.values())

    @classmethod
    def mean(cls, positive: list[Parts], negative: list[Parts]) -> Parts:
        """Return the parts of a post against several examples: the mean over the positive ones, and the similarity to
        the negative ones."""
        if len(positive) == 1 and not negative:
            return positive[0]
        means = {
            entry.name: math.fsum(getattr(parts, entry.name) for parts in positive) / len(positive)
            for entry in fields(cls)
        }
        unlike = math.fsum(parts.about for parts in negative) / len(negative) if negative else 0.0
        return cls(**means | {"unlike": max(unlike, 0.0)})
