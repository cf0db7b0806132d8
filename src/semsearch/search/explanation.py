"""What is a score made of? The parts it is computed from, and the computation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Background

LEXICAL_SCALE = 8.0
"""Deviations that a post is worth whose words match as well as words can: about what the greatest likeness in meaning
is worth, so that neither drowns the other."""

NEGATIVE_WEIGHT = 0.5
"""What likeness to a negative example takes away, against what likeness to a positive one gives."""

Number = TypeVar("Number", float, NDArray[np.float64])
"""Scores are computed for many posts at once, and explained for one, by the same functions."""


def semantic_deviations(whole: Number, passage: Number, background: Background) -> Number:
    """How far likeness in meaning stands out from posts at random."""
    return ((whole + passage) / 2 - background.mean) / background.deviation


def lexical_deviations(bm25: Number, best_possible: float) -> Number:
    """What the words are worth, on the scale of the semantic part; nothing where no word of the question counts."""
    return LEXICAL_SCALE * (bm25 / (best_possible or 1.0))  # without such a word, BM25 is 0


def relatedness(positive: Number, negative: Number) -> Number:
    """Likeness to the positive examples, less some of that to the negative ones."""
    return positive - NEGATIVE_WEIGHT * negative


@dataclass(frozen=True, slots=True)
class SemanticPart:
    """Likeness in meaning, as cosines, and how far it stands out from posts at random."""

    whole: float
    """The question against title and teaser."""
    passage: float
    """The question against the best sentence; the whole where the post has only one."""
    background_mean: float
    background_deviation: float

    @property
    def deviations(self) -> float:
        """Deviations above the background of this corpus."""
        return semantic_deviations(
            self.whole, self.passage, Background(self.background_mean, self.background_deviation)
        )


@dataclass(frozen=True, slots=True)
class LexicalPart:
    """Words in common."""

    bm25: float
    best_possible: float
    """More than any post can have for these words; 0 where the question has no word that counts."""

    @property
    def share(self) -> float:
        """0 to 1: of what a post that says nothing else would have."""
        return self.bm25 / self.best_possible if self.best_possible else 0.0

    @property
    def deviations(self) -> float:
        """On the scale of the semantic part."""
        return lexical_deviations(self.bm25, self.best_possible)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a search score; one that is None was not computed and has weight 0."""

    semantic: SemanticPart | None
    lexical: LexicalPart | None
    semantic_weight: float
    lexical_weight: float

    @property
    def score(self) -> float:
        """The weighted sum of the parts."""
        semantic = 0.0 if self.semantic is None else self.semantic_weight * self.semantic.deviations
        lexical = 0.0 if self.lexical is None else self.lexical_weight * self.lexical.deviations
        return semantic + lexical


@dataclass(frozen=True, slots=True)
class RelatedExplanation:
    """The parts of a relatedness score, as mean cosines."""

    positive: float
    negative: float
    """0 where there is no negative example."""

    @property
    def score(self) -> float:
        return relatedness(self.positive, self.negative)
