"""What is a score made of? The parts it is computed from, and the computation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Background
from semsearch.index.lexical.query_model import WordShare

LEXICAL_SCALE = 3.0
"""Deviations that the best match in words is worth: about as many as the best match in meaning stands out by, so that
neither drowns the other. The measures hardly move between 3 and 5."""
LEAST_SHARE = 0.25
"""Where the best match in words has less than this share of what is possible, it is worth less: few of the words, or
only common ones, were found at all."""

Number = TypeVar("Number", float, NDArray[np.float64])
"""Scores are computed for many posts at once, and explained for one, by the same functions."""


def semantic_deviations(whole: Number, passage: Number, background: Background) -> Number:
    """How far likeness in meaning stands out from posts at random."""
    return ((whole + passage) / 2 - background.mean) / background.deviation


def lexical_deviations(bm25: Number, full: float) -> Number:
    """What words are worth, on the scale of the semantic part; nothing where no word of the question counts."""
    return LEXICAL_SCALE * (bm25 / (full or 1.0))  # without such a word, BM25 is 0


def full_bm25(best: float, best_possible: float, semantic_weight: float) -> float:
    """The BM25 that is worth LEXICAL_SCALE: the best of the corpus for this question, if it is good enough.

    By words alone there is no other list to be matched: it is the best possible, the same for all questions.
    """
    least = 1 - (1 - LEAST_SHARE) * semantic_weight
    return max(best, least * best_possible)


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
    """Words in common, one by one."""

    words: tuple[WordShare, ...]
    full: float
    """The BM25 that is worth LEXICAL_SCALE deviations for this question; 0 where it has no word that counts."""

    @property
    def bm25(self) -> float:
        """The sum over words and fields."""
        return sum(share.bm25 for share in self.words)

    @property
    def deviations(self) -> float:
        """On the scale of the semantic part."""
        return lexical_deviations(self.bm25, self.full)


@dataclass(frozen=True, slots=True)
class RecencyPart:
    """What a post gains by being new."""

    weight: float
    """Deviations that a sure hit of today gains."""
    freshness: float
    """0 to 1: 1 on the day of origin and after it, less before it."""
    confidence: float
    """Of the post without this part: what is not relevant gains nothing by being new."""

    @property
    def deviations(self) -> float:
        """What is added to the score."""
        return recency_deviations(self.weight, self.freshness, self.confidence)


def recency_deviations(weight: float, freshness: Number, confidence: Number) -> Number:
    """What posts gain by being new, where they are relevant."""
    return weight * (freshness * confidence)


@dataclass(frozen=True, slots=True)
class RerankingPart:
    """What a second stage made of a hit: its relevance, spread over the range of scores that it was to reorder."""

    relevance: float
    """0 to 1."""
    lowest: float
    highest: float

    @property
    def score(self) -> float:
        return float(reranked_scores(self.relevance, self.lowest, self.highest))


def reranked_scores(relevance: Number, lowest: float, highest: float) -> Number:
    """Relevances on the scale of the scores that they take the place of."""
    return lowest + relevance * (highest - lowest)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a search score; one that is None was not computed and has weight 0."""

    semantic: SemanticPart | None
    lexical: LexicalPart | None
    semantic_weight: float
    lexical_weight: float
    recency: RecencyPart | None = None
    reranking: RerankingPart | None = None
    """Takes the place of the sum of the others."""

    @property
    def score(self) -> float:
        """The weighted sum of the parts, unless the post was reranked."""
        if self.reranking is not None:
            return self.reranking.score
        semantic = 0.0 if self.semantic is None else self.semantic_weight * self.semantic.deviations
        lexical = 0.0 if self.lexical is None else self.lexical_weight * self.lexical.deviations
        return semantic + lexical + (0.0 if self.recency is None else self.recency.deviations)
