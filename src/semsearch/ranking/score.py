"""The score of a search hit: its parts, and the formulas that it is computed with.

Scores are computed for many posts at once, and explained for one post, by the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Background
from semsearch.index.lexical.query_model import WordContribution
from semsearch.ranking.confidence import ANSWER_CONFIDENCE

LEXICAL_SCALE = 3.5
"""Lexical score of the best match. The best semantic match is about as many standard deviations above the background,
so neither drowns the other. Quality hardly changes between 3 and 5."""
HUBNESS_WEIGHT = 0.3
"""How much of the hubness of a post is subtracted from its similarity to the query."""
FEEDBACK_WEIGHT = 0.3
"""How much the similarity to the first hits counts, in standard deviations of the similarity of two posts."""
MIN_SHARE = 0.25
"""If the best lexical match reaches less than this share of the best possible BM25, it scores less than LEXICAL_SCALE:
the corpus has few words of the query, or only common ones."""

Number = TypeVar("Number", float, NDArray[np.float64])


def semantic_score(whole: Number, passage: Number, hubness: Number, background: Background) -> Number:
    """Return the z-score of the mean of the two similarities, less hubness: standard deviations above random posts.

    ((whole + passage) / 2 - HUBNESS_WEIGHT * hubness - background.mean) / background.deviation
    """
    return ((whole + passage) / 2 - HUBNESS_WEIGHT * hubness - background.mean) / background.deviation


def feedback_score(similarity: Number, background: Background) -> Number:
    """Return FEEDBACK_WEIGHT times the z-score of the similarity of a post to the first hits.

    This is pseudo-relevance feedback: the first hits are taken as relevant, as Rocchio (1971) does, but the query
    itself is not changed.
    """
    return FEEDBACK_WEIGHT * ((similarity - background.mean) / background.deviation)


def lexical_score(bm25: Number, full: float) -> Number:
    """Return BM25 on the scale of the semantic score: LEXICAL_SCALE · bm25 / full; 0 if no word of the query counts."""
    return LEXICAL_SCALE * (bm25 / (full or 1.0))  # full is 0 only if every BM25 is


def full_bm25(best: float, best_possible: float, semantic_weight: float) -> float:
    """Return the BM25 that scores LEXICAL_SCALE: the best in the corpus for this query, or a lower bound on it.

    The lower bound is ``MIN_SHARE`` of the best possible BM25 in hybrid search. In lexical search, where no semantic
    scores have to be matched, it is the best possible itself, so that scores of all queries are comparable.
    """
    least_share = 1 - (1 - MIN_SHARE) * semantic_weight
    return max(best, least_share * best_possible)


@dataclass(frozen=True, slots=True)
class SemanticPart:
    """The similarities of a post, and the background that they are compared with."""

    whole: float
    """Cosine similarity of the query and the post vector."""
    passage: float
    """Cosine similarity of the query and the best passage; the same as ``whole`` if the post has no passages."""
    hubness: float
    """How much closer than average the post is to its nearest posts, as a difference of cosine similarities. 0.3 of it
    is subtracted: a post that is close to many posts is close to many queries, too."""
    background_mean: float
    """Mean cosine similarity of queries and posts that they are not about, in this corpus."""
    background_deviation: float
    """Standard deviation of that."""

    @property
    def score(self) -> float:
        """Standard deviations above the background of the corpus."""
        background = Background(self.background_mean, self.background_deviation)
        return semantic_score(self.whole, self.passage, self.hubness, background)


@dataclass(frozen=True, slots=True)
class FeedbackPart:
    """The similarity of a post to the first hits of the query."""

    similarity: float
    """Cosine similarity of the post vector and the weighted mean of the vectors of the five best posts of the corpus.
    Filters do not change which posts these are."""
    background_mean: float
    """Mean cosine similarity of two random posts of this corpus."""
    background_deviation: float
    """Standard deviation of that."""

    @property
    def score(self) -> float:
        """0.3 for each standard deviation above two random posts."""
        return feedback_score(self.similarity, Background(self.background_mean, self.background_deviation))


@dataclass(frozen=True, slots=True)
class LexicalPart:
    """The BM25 of a post, by word and field."""

    words: tuple[WordContribution, ...]
    """What each word of the query adds, in each field of the post that contains it."""
    full: float
    """The BM25 that is worth 3.5 standard deviations for this query; 0 if no word of the query counts."""

    @property
    def bm25(self) -> float:
        """The sum over words and fields."""
        return sum(share.bm25 for share in self.words)

    @property
    def score(self) -> float:
        """On the scale of the semantic score."""
        return lexical_score(self.bm25, self.full)


@dataclass(frozen=True, slots=True)
class RecencyPart:
    """The boost of a recent post."""

    weight: float
    """Boost of a post of today with confidence 1."""
    freshness: float
    """0 to 1: 1 from the day of origin on, less before it."""
    confidence: float
    """Confidence of the post before the boost, so that an irrelevant post gains nothing by being recent."""

    @property
    def score(self) -> float:
        return recency_score(self.weight, self.freshness, self.confidence)


@dataclass(frozen=True, slots=True)
class LanguagePart:
    """The boost of a post in the preferred language."""

    weight: float
    """Boost of a post with confidence 1."""
    confidence: float
    """Confidence of the post before the boost, so that a post that is no answer gains nothing by its language."""

    @property
    def score(self) -> float:
        return float(language_score(self.weight, self.confidence))


def language_score(weight: float, confidence: Number) -> Number:
    """Return the boost of posts in the preferred language: weight · confidence, from a confidence of ½ on, else 0."""
    boost: Number = weight * confidence * (confidence >= ANSWER_CONFIDENCE)
    return boost


def recency_score(weight: float, freshness: Number, confidence: Number) -> Number:
    """Return the boost of recent posts: weight · freshness · confidence."""
    return weight * (freshness * confidence)


@dataclass(frozen=True, slots=True)
class RerankingPart:
    """The relevance that a reranker gave to a hit, mapped to the range of the scores of the reranked hits."""

    relevance: float
    """0 to 1."""
    lowest: float
    """Lowest score of the reranked hits before reranking."""
    highest: float
    """Highest score of the reranked hits before reranking."""

    @property
    def score(self) -> float:
        return float(reranked_scores(self.relevance, self.lowest, self.highest))


def reranked_scores(relevance: Number, lowest: float, highest: float) -> Number:
    """Map relevances from 0 to 1 linearly to the range of the scores that they replace."""
    return lowest + relevance * (highest - lowest)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a search score. A part that is None was not computed and has weight 0."""

    semantic: SemanticPart | None
    """None in lexical mode."""
    lexical: LexicalPart | None
    """None in semantic mode."""
    semantic_weight: float
    """0 to 1; the larger of the two weights is 1. It also applies to the feedback."""
    lexical_weight: float
    """0 to 1."""
    recency: RecencyPart | None = None
    """None without a recency boost."""
    reranking: RerankingPart | None = None
    """Replaces the sum of the other parts."""
    feedback: FeedbackPart | None = None
    """None in lexical mode."""
    language: LanguagePart | None = None
    """None for a post that is not in the preferred language, or without one."""

    @property
    def score(self) -> float:
        """The weighted sum of the parts; of a reranked post, the score of its reranking."""
        if self.reranking is not None:
            return self.reranking.score
        score = 0.0 if self.semantic is None else self.semantic_weight * self.semantic.score
        score += 0.0 if self.lexical is None else self.lexical_weight * self.lexical.score
        score += 0.0 if self.feedback is None else self.semantic_weight * self.feedback.score
        return score + sum(part.score for part in (self.recency, self.language) if part is not None)
