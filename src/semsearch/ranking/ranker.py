"""The ranking of posts for a query: candidates from both indexes, each scored in full on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from semsearch.index.attributes import Mask
from semsearch.index.similarity import similarities
from semsearch.posts import Post
from semsearch.ranking.background import run_in_background
from semsearch.ranking.confidence import confidence, unanswerable_background
from semsearch.ranking.matches import DEPTHS, Floats, Matches, Ordinals
from semsearch.ranking.score import Explanation, LexicalPart, SemanticPart, lexical_score, semantic_score

_MIN_PASSAGES_FOR_THREAD = 30_000
"""Searching fewer passages takes less time than handing the search to another thread."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Posts in order, best first, with the parts of their scores. All arrays have shape (posts,)."""

    ordinals: NDArray[np.int64]
    scores: Floats
    whole: Floats
    """Cosine similarity of the query and the post vector."""
    passage: Floats
    """Cosine similarity of the query and the best passage."""
    passage_rows: NDArray[np.int64]
    """The row of the best passage; -1 if the post has no passages, or none was compared."""
    bm25: Floats
    depth: NDArray[np.intp]
    """The place in DEPTHS at which a post was found. Posts of one depth come before those of the next, whatever their
    scores."""

    def __len__(self) -> int:
        return len(self.ordinals)

    @classmethod
    def concatenate(cls, rankings: Sequence[Ranking]) -> Ranking:
        """Return one ranking with the posts of several, in the order given."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in rankings]) for name in cls.__slots__})

    def take(self, places: NDArray[np.intp]) -> Ranking:
        """Return the posts at these places, in the order given."""
        return Ranking(**{name: getattr(self, name)[places] for name in self.__slots__})


class Ranker:
    """Ranks the posts of a snapshot for one query.

    The score of a post depends on the query, the post and the snapshot, but not on the other candidates: it is bit for
    bit the same on every page, behind every filter, and for a pinned post.
    """

    def __init__(
        self, matches: Matches, vector: NDArray[np.float32] | None = None, *, with_duplicates: bool = False
    ) -> None:
        """``vector``: the query vector, shape (dimension,); without one the search is lexical. ``with_duplicates`` adds
        the near-duplicates of every candidate."""
        self.matches = matches
        self._snapshot, self._weights, self._vector = matches.snapshot, matches.weights, vector
        self._with_duplicates = with_duplicates

    def rank(self, wanted: int) -> Ranking:
        """Return the best posts, at least ``wanted`` if that many are found at all."""
        ranking = self.score(self._candidates(DEPTHS[0]))
        for place, depth in enumerate(DEPTHS[1:], start=1):
            if len(ranking) >= wanted:
                break
            found = np.setdiff1d(self._candidates(depth), ranking.ordinals, assume_unique=True)
            ranking = Ranking.concatenate([ranking, self.score(found, place)])
        return ranking

    def best_score(self) -> float:
        """Return the highest score of all posts, 0 if none is found."""
        ranking = self.rank(1)
        return float(ranking.scores[0]) if len(ranking) else 0.0

    def confidence(self, scores: Floats) -> Floats:
        """Return the confidence of posts with these scores, 0 to 1.

        If the corpus has few words of the query, no post has a high lexical score, and the background is lowered
        accordingly. It is also lowered for a query of one word, which an encoder says little about: the best lexical
        match is then at least as confident as in lexical search.
        """
        matches, calibration = self.matches, self._snapshot.manifest.calibration
        semantic, lexical = self._weights.semantic, self._weights.lexical
        if not (semantic and matches.best_bm25):
            return confidence(scores, unanswerable_background(calibration, semantic, 0.0 if semantic else lexical))
        background = unanswerable_background(calibration, semantic, lexical * matches.best_bm25 / matches.full_bm25)
        if len(matches.query.words) == 1:
            by_word = unanswerable_background(calibration, 0.0, 1.0)
            z_score = (lexical_score(matches.best_bm25, matches.best_possible_bm25) - by_word.mean) / by_word.deviation
            same_confidence = float(self.score(matches.best_match).scores[0]) - z_score * background.deviation
            background = replace(background, mean=min(background.mean, same_confidence))
        return confidence(scores, background)

    def explanation(self, ranking: Ranking, place: int, post: Post) -> Explanation:
        """Return the parts of the score at a place of a ranking; ``post`` is the post there."""
        background, lexical = self._snapshot.manifest.calibration.search, None
        if self._weights.lexical:
            words = self.matches.query.words if ranking.bm25[place] else ()
            ordinal, analyzer = int(ranking.ordinals[place]), self._snapshot.analyzer
            shares = self._snapshot.lexical.contributions(words, ordinal, post, analyzer)
            lexical = LexicalPart(shares, self.matches.full_bm25)
        semantic = SemanticPart(
            float(ranking.whole[place]), float(ranking.passage[place]), background.mean, background.deviation
        )
        return Explanation(
            semantic=semantic if self._weights.semantic else None,
            lexical=lexical,
            semantic_weight=self._weights.semantic,
            lexical_weight=self._weights.lexical,
        )

    def total(self) -> int:
        """Return the number of matching posts; near-duplicates that are collapsed into one hit count once."""
        if self._weights.semantic and self._vector is None:
            return 0
        return self.matches.total(with_duplicates=self._with_duplicates)

    def score(self, ordinals: Ordinals, depth: int = 0) -> Ranking:
        """Score the given posts, whether a search would find them or not, and order them by score.

        ``depth`` is the place in DEPTHS that is noted for all of them.
        """
        zeros = np.zeros(len(ordinals))
        whole, passage, rows = zeros, zeros, np.full(len(ordinals), -1, dtype=np.int64)
        if self._weights.semantic and self._vector is not None:
            whole, passage, rows = self._similarities(ordinals, self._vector)
        bm25 = self.matches.bm25(ordinals)
        background = self._snapshot.manifest.calibration.search
        scores = self._weights.semantic * semantic_score(whole, passage, background)
        scores += self._weights.lexical * lexical_score(bm25, self.matches.full_bm25)
        order = np.lexsort((ordinals, -scores))
        depths = np.full(len(ordinals), depth)
        return Ranking(ordinals, scores, whole, passage, rows, bm25, depths).take(order)

    def _candidates(self, depth: int) -> Ordinals:
        attributes, mask = self._snapshot.attributes, self.matches.mask
        found = self._retrieve(depth, mask)
        if not (self._with_duplicates and attributes.have_duplicates(found).any()):
            return found
        groups = np.unique(attributes.duplicate_group[found])
        if len(found) >= depth and 2 * len(groups) < len(found):  # mostly duplicates, which took the place of others
            found = np.union1d(found, self._retrieve(depth, attributes.one_per_group(mask, excluded=groups)))
        return attributes.with_duplicates(found, mask)

    def _retrieve(self, depth: int, mask: Mask | None) -> Ordinals:
        """Return the posts that each index finds, at most ``depth`` of each, of those that the mask lets pass."""
        found = [self.matches.best(depth, mask)]
        if self._weights.semantic and self._vector is not None:
            post = self._snapshot.passages.post
            passage_mask = None if mask is None else mask[post]
            search = partial(self._snapshot.passage_vectors.search, self._vector, depth, passage_mask)
            passages = run_in_background(search).result if len(post) > _MIN_PASSAGES_FOR_THREAD else search
            found.append(self._snapshot.post_vectors.search(self._vector, depth, mask)[0])
            found.append(post[passages()[0]].astype(np.int64))
        return np.unique(np.concatenate(found))

    def _similarities(self, ordinals: Ordinals, vector: NDArray[np.float32]) -> tuple[Floats, Floats, Ordinals]:
        """Return the similarities of the query to each post vector and to the post's best passage, and the row of that
        passage."""
        whole = similarities(self._snapshot.post_vectors.vectors(ordinals), vector)
        rows, begins = self._snapshot.passages.rows_of_many(ordinals)
        passage, best = whole.copy(), np.full(len(ordinals), -1, dtype=np.int64)
        if len(rows):
            by_row = similarities(self._snapshot.passage_vectors.vectors(rows), vector)
            with_passages = np.flatnonzero(np.diff(begins))
            passage[with_passages] = np.maximum.reduceat(by_row, begins[with_passages])
            post = np.repeat(np.arange(len(ordinals)), np.diff(begins))
            places = np.flatnonzero(by_row == passage[post])[::-1]  # reversed: of equal passages, the first is kept
            best[post[places]] = rows[places]
        return whole, passage, best
