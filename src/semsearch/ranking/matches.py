"""The candidates of a query and their BM25: everything of a search that does not need the query vector."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.index.attributes import Mask
from semsearch.index.lexical.query_model import Condition, Phrase
from semsearch.ranking.analyzed_query import AnalyzedQuery
from semsearch.ranking.log_odds import specific_log_odds
from semsearch.ranking.score import full_bm25
from semsearch.ranking.specifics import Specific
from semsearch.ranking.weights import Weights

DEPTHS = (100, 1_200)
"""Candidates taken from each index: the first depth serves the first pages, the second the last page that may be
requested. The second depth only appends posts to those of the first, so no page repeats or drops a post of another.
Scores may rise once, where the second depth begins."""

Floats = NDArray[np.float64]
Ordinals = NDArray[np.int64]


class Matches:
    """The posts of a snapshot that may be hits of a query, and their BM25."""

    def __init__(
        self,
        snapshot: Snapshot,
        query: AnalyzedQuery,
        weights: Weights,
        filter_: Filter = NO_FILTER,
        hidden: Collection[int] = (),
        visibility: Filter = NO_FILTER,
    ) -> None:
        """``hidden``: ordinals of posts that must not be hits. ``visibility``: the posts that the client may see, of
        which the filter selects some. Other posts count nowhere, except in statistics of the whole corpus."""
        self.snapshot, self.query, self.weights = snapshot, query, weights
        self._condition, self._hidden, self._visibility = query.condition(filter_), hidden, visibility
        self._visible = snapshot.attributes.mask(visibility)
        self.query_mask = self._query_mask()
        """The visible posts that the query itself allows by its phrases and exclusions; None if these are all posts."""
        self.mask = self._mask()
        """The posts that may be hits; None if all may."""
        words = self._words = query.words if weights.lexical else ()
        self._first_limit = DEPTHS[0] + len(hidden)
        self._first, scores = snapshot.lexical.search(words, self._first_limit, self._condition)
        snapshot.lexical.prefetch(words)  # fills a cache now, while the model encodes the query
        self._unfiltered = self._first
        if self.mask is not self.query_mask and weights.semantic:
            self._unfiltered = snapshot.lexical.search(words, DEPTHS[0], query.condition(visibility))[0]
        if self.mask is not None:
            scores = snapshot.lexical.search(words, 1, Condition(visibility))[1]
        self.best_bm25 = float(scores[0]) if len(scores) else 0.0
        """The highest BM25 of a visible post. Other filters do not apply: they must not change the score of a post."""
        self.best_possible_bm25 = snapshot.lexical.max_score(words)
        """The BM25 of a post that matches every word as well as possible."""
        self.full_bm25 = full_bm25(self.best_bm25, self.best_possible_bm25, weights.semantic)
        """The BM25 that scores LEXICAL_SCALE; 0 for a query without a word that counts."""

    def best_unfiltered(self) -> Ordinals:
        """Return the posts with the highest BM25 that the query allows, whether they pass the filter or not."""
        return self._unfiltered if self.weights.lexical else np.empty(0, dtype=np.int64)

    def best(self, depth: int, mask: Mask | None) -> Ordinals:
        """Return the posts with the highest BM25, at most ``depth``, of those that the mask lets pass."""
        if not self.weights.lexical:
            return np.empty(0, dtype=np.int64)
        found = self._first
        limit = depth + len(self._hidden) if mask is self.mask else len(self.snapshot)
        if len(found) == self._first_limit < limit:
            found = self.snapshot.lexical.search(self.query.words, limit, self._condition)[0]
        return (found if mask is None else found[mask[found]])[:depth]

    def bm25(self, ordinals: Ordinals) -> Floats:
        """Return the BM25 score of each post, or 0 if it contains no word of the query.

        The score of a post does not depend on which other posts are given.
        """
        return self.snapshot.lexical.scores(self._words, ordinals)

    def matching(self) -> Mask | None:
        """Return a mask of all posts that match, ranked or not; None if all do.

        In semantic and hybrid search every post that may be a hit matches; in lexical search, those with a word of the
        query.
        """
        if self.weights.semantic:
            return self.mask
        found = self._to_mask(self.snapshot.lexical.matching(self.query.words, self._condition))
        return found if self.mask is None else found & self.mask

    def total(self, *, collapse: bool) -> int:
        """Return the number of matching posts; ``collapse`` counts a duplicate group once."""
        attributes = self.snapshot.attributes
        if self.weights.semantic or self._hidden or (collapse and attributes.has_duplicates):
            return attributes.count(self.matching(), collapse=collapse)
        return self.snapshot.lexical.count(self.query.words, self._condition)

    def log_odds(self, ordinals: Ordinals) -> Floats:
        """Return what the specific parts of the query add to the log-odds that each post is an answer, shape (posts,).

        See :func:`specific_log_odds`. What a post has does not make up for what it lacks: ".NET 8" is no answer to
        ".NET 9". The query must have specific parts.
        """
        has = [holders[ordinals] for holders in self.holders]
        visible = len(self.snapshot) if self._visible is None else int(self._visible.sum())
        parts = [
            specific_log_odds(has_it, int(holders.sum()), visible)
            for has_it, holders in zip(has, self.holders, strict=True)
        ]
        absent = np.sum([np.where(has_it, 0.0, part) for has_it, part in zip(has, parts, strict=True)], axis=0)
        log_odds: Floats = np.where(np.all(has, axis=0), np.sum(parts, axis=0), absent)
        return log_odds

    def missing(self) -> tuple[str, ...]:
        """Return what is specific in the query, as typed, and in no post that the filter lets pass."""
        if not self.query.specifics:
            return ()
        visible = self.snapshot.attributes.mask(self._condition.filter)
        return tuple(
            specific.text
            for specific, holders in zip(self.query.specifics, self.holders, strict=True)
            if not (holders if visible is None else holders & visible).any()
        )

    @cached_property
    def holders(self) -> tuple[Mask, ...]:
        """For each specific part of the query, the visible posts that have it, whether they may be hits or not."""
        return tuple(map(self._holding, self.query.specifics))

    def _holding(self, specific: Specific) -> Mask:
        mask = np.zeros(len(self.snapshot), dtype=np.bool_)
        for phrase in specific.phrases:
            mask |= self._containing(phrase)
        if specific.year is not None:
            first, last = dt.date(specific.year, 1, 1), dt.date(specific.year, 12, 31)
            in_year = self.snapshot.attributes.mask(Filter(date_from=first, date_to=last))
            if in_year is not None:
                mask |= in_year
        return mask if self._visible is None else mask & self._visible

    def _query_mask(self) -> Mask | None:
        if not (self._condition.required or self._condition.excluded):
            return self._visible
        mask = np.ones(len(self.snapshot), dtype=np.bool_) if self._visible is None else self._visible.copy()
        for phrase in self._condition.required:
            mask &= self._containing(phrase)
        for phrase in self._condition.excluded:
            mask &= ~self._containing(phrase)
        return mask

    def _mask(self) -> Mask | None:
        if self._condition.filter == self._visibility and not self._hidden:
            return self.query_mask
        mask = self.snapshot.attributes.mask(self._condition.filter)
        if mask is None:
            mask = np.ones(len(self.snapshot), dtype=np.bool_)
        if self.query_mask is not None:
            mask &= self.query_mask
        mask[list(self._hidden)] = False
        return mask

    def _containing(self, phrase: Phrase) -> Mask:
        return self._to_mask(self.snapshot.lexical.satisfying(Condition(required=(phrase,))))

    def _to_mask(self, ordinals: Ordinals) -> Mask:
        mask = np.zeros(len(self.snapshot), dtype=np.bool_)
        mask[ordinals] = True
        return mask
