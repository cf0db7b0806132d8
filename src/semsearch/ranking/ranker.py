"""The ranking of posts for a query: candidates from vector and lexical indexes, each scored in full on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from semsearch.index.attributes import Mask
from semsearch.index.similarity import similarities
from semsearch.posts import Post
from semsearch.ranking.background import run_in_background
from semsearch.ranking.confidence import confidence, unanswerable_background
from semsearch.ranking.feedback import FEEDBACK_POSTS, feedback_vector
from semsearch.ranking.log_odds import with_log_odds
from semsearch.ranking.matches import DEPTHS, Floats, Matches, Ordinals
from semsearch.ranking.score import (
    Explanation,
    FeedbackPart,
    LexicalPart,
    SemanticPart,
    feedback_score,
    lexical_score,
    semantic_score,
)

_MAX_NAME_WORDS = 3
"""A query of more words is a question that a model reads. For it, words alone are weak evidence: if they counted for
every query, 20 instead of 13 % of foreign questions to a part of scifact would be called answerable."""
_MIN_PASSAGES_FOR_THREAD = 30_000
"""Searching fewer passages takes less time than handing the search to another thread."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """What scores are computed from, and the scores before feedback. The first axis of all arrays is that of posts."""

    ordinals: Ordinals
    vectors: NDArray[np.float32]
    """Post vectors, shape (posts, dimension)."""
    whole: Floats
    passage: Floats
    rows: NDArray[np.int64]
    bm25: Floats
    evidence: Floats
    """Semantic and lexical score without hubness."""
    scores: Floats

    def first(self) -> NDArray[np.intp]:
        """Return the places of the best posts, at most FEEDBACK_POSTS, best first."""
        places: NDArray[np.intp] = np.lexsort((self.ordinals, -self.scores))[:FEEDBACK_POSTS]
        return places

    def at(self, places: NDArray[np.intp]) -> _Scored:
        return _Scored(**{name: getattr(self, name)[places] for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class Ranking:
    """Posts in order, best first, with the parts of their scores. All arrays have shape (posts,)."""

    ordinals: NDArray[np.int64]
    scores: Floats
    evidence: Floats
    """The scores without feedback and hubness. These change the order of posts, but an answer need not resemble other
    posts, so the confidence is computed without them."""
    post_similarity: Floats
    """Cosine similarity of the query and the post vector."""
    passage_similarity: Floats
    """Cosine similarity of the query and the best passage; that of the post vector if the post has no passages."""
    passage_rows: NDArray[np.int64]
    """The row of the best passage; -1 if the post has no passages, or none was compared."""
    bm25: Floats
    feedback_similarity: Floats
    """Cosine similarity of the post vector and the mean of the first hits; 0 without feedback."""
    round: NDArray[np.intp]
    """The round of retrieval that found a post, from 0: the depth of a round is in DEPTHS. Posts of one round come
    before those of the next, whatever their scores."""

    def __len__(self) -> int:
        return len(self.ordinals)

    @classmethod
    def concatenate(cls, rankings: Sequence[Ranking]) -> Ranking:
        """Return one ranking with the posts of several, in the order given."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in rankings]) for name in cls.__slots__})

    def take(self, positions: NDArray[np.intp]) -> Ranking:
        """Return the posts at these positions, in the order given."""
        return Ranking(**{name: getattr(self, name)[positions] for name in self.__slots__})


class Ranker:
    """Ranks the posts of a snapshot for one query.

    The score of a post depends on the query, the post and the snapshot, but not on the other candidates: it is bit for
    bit the same on every page, behind every filter, and for a pinned post. The posts that give feedback are therefore
    the best of all posts that the query allows, whatever the filter.
    """

    def __init__(self, matches: Matches, vector: NDArray[np.float32] | None = None, *, collapse: bool = False) -> None:
        """``vector``: the query vector, shape (dimension,); without one the search is lexical. ``collapse``: whether
        near-duplicates will be collapsed into one hit. Up to ten of each group are then candidates, and a group counts
        once in :meth:`total`."""
        self.matches = matches
        self._snapshot, self._weights, self._vector = matches.snapshot, matches.weights, vector
        self._collapse = collapse
        self._retrieved: Ordinals | None = None
        """What the first round of retrieval found, if it was not filtered."""
        self._feedback_vector: NDArray[np.float32] | None = None

    def rank(self, wanted: int) -> Ranking:
        """Return the best posts, at least ``wanted`` if that many are found at all."""
        ranking = self.score(self._candidates(DEPTHS[0]))
        for number, depth in enumerate(DEPTHS[1:], start=1):
            if len(ranking) >= wanted:
                break
            found = np.setdiff1d(self._candidates(depth), ranking.ordinals, assume_unique=True)
            ranking = Ranking.concatenate([ranking, self.score(found, number)])
        return ranking

    def best_evidence(self) -> float:
        """Return the greatest evidence of all posts, 0 if none is found."""
        return float(np.max(self.rank(1).evidence, initial=0.0))

    def confidence(self, ranking: Ranking) -> Floats:
        """Return the confidence of ranked posts, 0 to 1: by words, meaning, and what is specific in the query.

        A post that lacks a name or a number of the query is no sure answer; one that alone has it is.
        """
        confidences = self._confidence(ranking)
        if not self.matches.query.specifics:
            return confidences
        return with_log_odds(confidences, self.matches.log_odds(ranking.ordinals))

    def _confidence(self, ranking: Ranking) -> Floats:
        """Return the confidence of ranked posts, 0 to 1, by words and meaning alone.

        Their evidence is compared with that of unanswerable queries. Less is demanded if even the best lexical match is
        weak, because the corpus has few words of the query. For a query of few words, a post is at least as confident
        as in lexical search: a model learns little from a word, a name or a number, but a post that has it is an
        answer.
        """
        matches, calibration = self.matches, self._snapshot.manifest.calibration
        semantic, lexical = self._weights.semantic, self._weights.lexical
        if not (semantic and matches.best_bm25):
            return confidence(
                ranking.evidence, unanswerable_background(calibration, semantic, 0.0 if semantic else lexical)
            )
        unanswerable = unanswerable_background(calibration, semantic, lexical * matches.best_bm25 / matches.full_bm25)
        by_evidence = confidence(ranking.evidence, unanswerable)
        if matches.query.length > _MAX_NAME_WORDS:
            return by_evidence
        by_words = lexical_score(ranking.bm25, matches.best_possible_bm25)
        return np.maximum(by_evidence, confidence(by_words, unanswerable_background(calibration, 0.0, 1.0)))

    def explanation(self, ranking: Ranking, position: int, post: Post) -> Explanation:
        """Explain the score of the post at a position of a ranking."""
        background, lexical = self._snapshot.manifest.calibration.search, None
        if self._weights.lexical:
            words = self.matches.query.words if ranking.bm25[position] else ()
            ordinal, analyzer = int(ranking.ordinals[position]), self._snapshot.analyzer
            shares = self._snapshot.lexical.contributions(words, ordinal, post, analyzer)
            lexical = LexicalPart(shares, self.matches.full_bm25)
        semantic = SemanticPart(
            float(ranking.post_similarity[position]),
            float(ranking.passage_similarity[position]),
            float(self._snapshot.hubness.excess[ranking.ordinals[position]]),
            background.mean,
            background.deviation,
        )
        pairs = self._snapshot.manifest.calibration.posts
        feedback = FeedbackPart(float(ranking.feedback_similarity[position]), pairs.mean, pairs.deviation)
        return Explanation(
            semantic=semantic if self._weights.semantic else None,
            feedback=feedback if self._feedback_vector is not None else None,
            lexical=lexical,
            semantic_weight=self._weights.semantic,
            lexical_weight=self._weights.lexical,
        )

    def total(self) -> int:
        """Return the number of matching posts; near-duplicates that are collapsed into one hit count once."""
        if self._weights.semantic and self._vector is None:
            return 0
        return self.matches.total(collapse=self._collapse)

    def score(self, ordinals: Ordinals, number: int = 0) -> Ranking:
        """Score the given posts, whether a search would find them or not, and order them by score.

        ``number`` is the number of the round of retrieval that found them.
        """
        found = self._score_without_feedback(ordinals)
        scores, similarity = found.scores, np.zeros(len(ordinals))
        if (mean := self._first_hits_mean(found)) is not None:
            similarity = similarities(found.vectors, mean)
            pairs = self._snapshot.manifest.calibration.posts
            scores = scores + self._weights.semantic * feedback_score(similarity, pairs)
        order = np.lexsort((ordinals, -scores))
        rounds = np.full(len(ordinals), number)
        return Ranking(
            ordinals, scores, found.evidence, found.whole, found.passage, found.rows, found.bm25, similarity, rounds
        ).take(order)

    def _score_without_feedback(self, ordinals: Ordinals) -> _Scored:
        """Score the given posts without feedback."""
        whole = passage = np.zeros(len(ordinals))
        rows, vectors = np.full(len(ordinals), -1, dtype=np.int64), np.empty((len(ordinals), 0), dtype=np.float32)
        bm25 = self.matches.bm25(ordinals)
        evidence = scores = self._weights.lexical * lexical_score(bm25, self.matches.full_bm25)
        if self._weights.semantic and self._vector is not None:
            vectors = self._snapshot.post_vectors.vectors(ordinals)
            whole, passage, rows = self._similarities(ordinals, vectors, self._vector)
        if self._weights.semantic:
            background, hubness = self._snapshot.manifest.calibration.search, self._snapshot.hubness.excess[ordinals]
            scores = evidence + self._weights.semantic * semantic_score(whole, passage, hubness, background)
            evidence = evidence + self._weights.semantic * semantic_score(whole, passage, 0 * hubness, background)
        return _Scored(ordinals, vectors, whole, passage, rows, bm25, evidence, scores)

    def _first_hits_mean(self, scored: _Scored) -> NDArray[np.float32] | None:
        """Return the weighted mean of the vectors of the best posts that the query allows, shape (dimension,).

        None in lexical search, or if the query allows no post. ``scored``: posts that need not be scored again.
        """
        if self._feedback_vector is None and self._weights.semantic and self._vector is not None:
            found = self._retrieve_unfiltered()
            places = np.searchsorted(scored.ordinals, found) if len(scored.ordinals) >= len(found) else found[:0]
            is_scored = len(places) > 0 and np.array_equal(scored.ordinals.take(places, mode="clip"), found)
            unfiltered = scored.at(places) if is_scored else self._score_without_feedback(found)
            if len(found):
                first = unfiltered.first()
                self._feedback_vector = feedback_vector(unfiltered.vectors[first], unfiltered.scores[first])
        return self._feedback_vector

    def _retrieve_unfiltered(self) -> Ordinals:
        """Return the posts that the first round of retrieval finds without a filter, in the order of ordinals."""
        if self._retrieved is None:
            self._retrieved = self._retrieve(DEPTHS[0], self.matches.query_mask, self.matches.best_unfiltered())
        return self._retrieved

    def _candidates(self, depth: int) -> Ordinals:
        attributes, mask = self._snapshot.attributes, self.matches.mask
        if depth == DEPTHS[0] and mask is self.matches.query_mask:
            found = self._retrieve_unfiltered()
        else:
            found = self._retrieve(depth, mask, self.matches.best(depth, mask))
        if not (self._collapse and attributes.are_duplicated(found).any()):
            return found
        groups = np.unique(attributes.duplicate_group[found])
        if len(found) >= depth and 2 * len(groups) < len(found):  # mostly duplicates, which took the place of others
            others = attributes.one_per_group(mask, excluded=groups)
            found = np.union1d(found, self._retrieve(depth, others, self.matches.best(depth, others)))
        return attributes.with_duplicates(found, mask)

    def _retrieve(self, depth: int, mask: Mask | None, by_words: Ordinals) -> Ordinals:
        """Return the posts found by words, and those that each vector index finds, at most ``depth`` of each, of those
        that the mask lets pass. They are in the order of ordinals."""
        found = [by_words]
        if self._weights.semantic and self._vector is not None:
            post_of_row = self._snapshot.passages.post
            row_mask = None if mask is None else mask[post_of_row]
            search = partial(self._snapshot.passage_vectors.search, self._vector, depth, row_mask)
            get_rows = run_in_background(search).result if len(post_of_row) > _MIN_PASSAGES_FOR_THREAD else search
            found.append(self._snapshot.post_vectors.search(self._vector, depth, mask)[0])
            found.append(post_of_row[get_rows()[0]].astype(np.int64))
        return np.unique(np.concatenate(found))

    def _similarities(
        self, ordinals: Ordinals, vectors: NDArray[np.float32], vector: NDArray[np.float32]
    ) -> tuple[Floats, Floats, Ordinals]:
        """Return the similarities of the query to each post vector and to the post's best passage, and the row of that
        passage. ``vectors``: the post vectors; ``vector``: that of the query."""
        whole = similarities(vectors, vector)
        rows, begins = self._snapshot.passages.rows_of_many(ordinals)
        passage, best = whole.copy(), np.full(len(ordinals), -1, dtype=np.int64)
        if len(rows):
            by_row = similarities(self._snapshot.passage_vectors.vectors(rows), vector)
            with_passages = np.flatnonzero(np.diff(begins))
            passage[with_passages] = np.maximum.reduceat(by_row, begins[with_passages])
            owner = np.repeat(np.arange(len(ordinals)), np.diff(begins))
            equal = np.flatnonzero(by_row == passage[owner])[::-1]  # reversed: of equal passages, the first is kept
            best[owner[equal]] = rows[equal]
        return whole, passage, best
