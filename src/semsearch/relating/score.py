"""What is relatedness made of? The parts it is computed from, what each is worth, and the computation.

One unit is how much closer the closest post is than one at random, for half of the posts: in meaning, and in words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scale, Tail

TIME = TAGS = AUTHORS = SERIES = 0.5
"""What is added for the same day, the same tags, the same authors and the same series, which are from 0 to 1."""
HUBS = 0.25
"""What is taken away from a post that is close to many, against how much closer they are than is usual."""
YEAR = 365.0
"""Days after which closeness in time is worth a third (one in e)."""
NEGATIVE = 0.5
"""What likeness to a negative example takes away, against what likeness to a positive one gives."""

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)


def units(likeness: Number, scale: Scale) -> Number:
    """How much more alike than posts at random."""
    return (likeness - scale.start) / scale.unit


def closeness(days: Floats) -> Floats:
    """1 for two posts of one day, falling exponentially with the days between; 0 where a day is not known (nan)."""
    near = np.exp(-np.abs(days) / YEAR)
    return np.where(np.isnan(near), 0.0, near)


def beside(days: Floats, same_series: NDArray[np.bool_]) -> Floats:
    """What time and series add, for days between and whether the series is the same; of any shape."""
    return TIME * closeness(days) + SERIES * same_series


def confidence(scores: Floats, tail: Tail, posts: int) -> Floats:
    """The probability that not one of so many unrelated posts would score this high, shape as given.

    The scores of unrelated posts fall off exponentially, and count as independent; a larger corpus asks for more.
    """
    beyond = np.minimum(0.2 * np.exp(-(scores - tail.start) / tail.slope), 1.0)
    with np.errstate(divide="ignore"):
        sureness: Floats = np.exp(posts * np.log1p(-beyond))
    return sureness


@dataclass(frozen=True, slots=True)
class Parts:
    """What is known of two posts together; each is 0 where one of them lacks what is compared."""

    meaning: float
    """Units of :func:`units`, as the next."""
    words: float
    time: float
    """0 to 1, as the next three."""
    tags: float
    authors: float
    series: float
    crowd: float
    """How much closer than usual the posts around the other are to it, in units."""
    unlike: float = 0.0
    """What likeness to negative examples is worth: the score of those of its parts that say what a post is about."""

    @property
    def about(self) -> float:
        """What is said of the same things; not when, or in which series."""
        return self.meaning + self.words + TAGS * self.tags + AUTHORS * self.authors

    @property
    def worth(self) -> Mapping[str, float]:
        """What each part adds to the score, or takes away from it."""
        return {
            "meaning": self.meaning,
            "words": self.words,
            "time": TIME * self.time,
            "tags": TAGS * self.tags,
            "authors": AUTHORS * self.authors,
            "series": SERIES * self.series,
            "crowd": -HUBS * self.crowd,
            "unlike": -NEGATIVE * self.unlike,
        }

    @property
    def score(self) -> float:
        """The sum of what the parts are worth."""
        return math.fsum(self.worth.values())

    @classmethod
    def mean(cls, several: list[Parts], unlike: list[Parts]) -> Parts:
        """The parts of a post beside several examples, and several that it should be unlike."""
        if len(several) == 1 and not unlike:
            return several[0]
        means = {
            entry.name: math.fsum(getattr(parts, entry.name) for parts in several) / len(several)
            for entry in fields(cls)
        }
        away = math.fsum(parts.about for parts in unlike) / len(unlike) if unlike else 0.0
        return cls(**means | {"unlike": max(away, 0.0)})
