"""What is a score made of? The parts it is computed from, and the computation."""

from __future__ import annotations

from dataclasses import dataclass

LEXICAL_SCALE = 8.0
"""Deviations that a post is worth whose words match as well as words can. From 4 to 12, hybrid ranking changes by less
than 0.005 nDCG@10 on scifact and cisi; this is the middle."""

NEGATIVE_WEIGHT = 0.5
"""What likeness to a negative example takes away, against what likeness to a positive one gives."""


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
        return ((self.whole + self.passage) / 2 - self.background_mean) / self.background_deviation


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
        return LEXICAL_SCALE * self.share


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
        return self.positive - NEGATIVE_WEIGHT * self.negative
