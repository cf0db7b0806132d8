"""What stands where? A ranking in, and what an editor, a calendar and copies say of it; posts in their places out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Snapshot
from semsearch.index.attributes import MAX_COPIES, Attributes
from semsearch.index.filters import day_number
from semsearch.ranking.matches import Floats
from semsearch.ranking.ranker import Ranker, Ranking
from semsearch.ranking.score import recency_deviations, reranked_scores
from semsearch.search.requests import SearchRequest

AS_WELL = 1.0
"""Deviations by which the answer of a near-duplicate may be worse than that of another and stand for both."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Posts in the order in which they are shown. Arrays have shape (posts,)."""

    ranking: Ranking
    confidence: Floats
    """Of each post as it was found, whatever moved it since."""
    freshness: Floats
    """What each is worth for being new, 0 to 1; 0 where that was not asked."""
    is_pinned: NDArray[np.bool_]
    """Whether an editor put it there; those stand at the top."""
    copies: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """By ordinal, the near-duplicates that a post stands for."""
    relevance: Floats | None = None
    """What a second stage made of each; nan for those that it did not look at."""
    span: tuple[float, float] = (0.0, 0.0)
    """The least and the greatest score of those that it did."""

    def __len__(self) -> int:
        return len(self.ranking)

    def least(self, confidence: float) -> Arrangement:
        """Those that are so sure, and those that an editor put there."""
        return self.take(np.flatnonzero((self.confidence >= confidence) | self.is_pinned)) if confidence > 0 else self

    @property
    def pinned(self) -> int:
        """How many stand at the top because they were put there."""
        return int(np.count_nonzero(self.is_pinned))

    def take(self, places: NDArray[np.intp]) -> Arrangement:
        """Some of the posts, in the order given."""
        return replace(
            self,
            ranking=self.ranking.take(places),
            confidence=self.confidence[places],
            freshness=self.freshness[places],
            is_pinned=self.is_pinned[places],
            relevance=None if self.relevance is None else self.relevance[places],
        )


def arrange(
    snapshot: Snapshot, ranker: Ranker, request: SearchRequest, pins: Iterable[str] = (), least: int = 0
) -> Arrangement:
    """The posts for a request, at least as many as its page reaches, and ``least``, where so many are found at all.

    ``pins``: ids of posts that come first.
    """
    wanted = max(request.offset + request.limit, least)
    ranking = ranker.rank(wanted)
    found = _arranged(snapshot, ranker, request, pins, ranking)
    if len(found) < wanted <= len(ranking):  # some were collapsed
        found = _arranged(snapshot, ranker, request, pins, ranker.rank(len(snapshot)))
    return found


def _arranged(
    snapshot: Snapshot, ranker: Ranker, request: SearchRequest, pins: Iterable[str], ranking: Ranking
) -> Arrangement:
    attributes = snapshot.attributes
    found = _found(ranker, ranking)
    if request.recency.weight > 0:
        origin = day_number(request.recency.origin or dt.datetime.now(dt.UTC).date())
        scale, decay = request.recency.scale, request.recency.decay
        fresh = freshness(attributes, found.ranking.ordinals, origin=origin, scale=scale, decay=decay)
        found = lifted(found, fresh, request.recency.weight)
    if top := _known(snapshot, pins):
        found = pinned(found, _pins(ranker, top))
    return collapsed(found, attributes) if request.collapse else found


def _pins(ranker: Ranker, pins: Iterable[int]) -> Arrangement:
    """The posts that an editor wants first, in that order, but for those that may not be found."""
    mask = ranker.matches.mask
    places = {pin: place for place, pin in enumerate(pins) if mask is None or mask[pin]}
    top = _found(ranker, ranker.scored(np.fromiter(places, dtype=np.int64)))
    return top.take(np.argsort([places[ordinal] for ordinal in top.ranking.ordinals.tolist()]))


def _found(ranker: Ranker, ranking: Ranking) -> Arrangement:
    return Arrangement(
        ranking, ranker.confidence(ranking.scores), np.zeros(len(ranking)), np.zeros(len(ranking), dtype=np.bool_)
    )


def _known(snapshot: Snapshot, ids: Iterable[str]) -> list[int]:
    """The ordinals of those ids that the index holds, in their order."""
    return [ordinal for post_id in ids if (ordinal := snapshot.documents.ordinal(post_id)) is not None]


def lifted(found: Arrangement, freshness: Floats, weight: float) -> Arrangement:
    """New posts moved up, by no more than they are relevant: what nobody looks for is not lifted."""
    scores = found.ranking.scores + recency_deviations(weight, freshness, found.confidence)
    fresh = replace(found, ranking=replace(found.ranking, scores=scores), freshness=freshness)
    return fresh.take(np.lexsort((found.ranking.ordinals, -scores, found.ranking.depth)))


def freshness(
    attributes: Attributes, ordinals: NDArray[np.int64], *, origin: int, scale: float, decay: float
) -> Floats:
    """1 from the day of origin on, ``decay`` at ``scale`` days before it, falling exponentially; 0 without a date."""
    days, dated = attributes.days(ordinals)
    age = np.maximum(origin - days, 0)
    return np.where(dated, decay ** (age / scale), 0.0)


def collapsed(found: Arrangement, attributes: Attributes) -> Arrangement:
    """Of near-duplicates only one, which the others are noted under: that which was pinned, or the newest of those that
    answer about as well as the best of them; of posts of one day the first."""
    ordinals = found.ranking.ordinals
    if not attributes.are_copied(ordinals).any():
        return found
    groups = attributes.copy_of[ordinals]
    values, counts = np.unique(groups, return_counts=True)
    keep = np.ones(len(ordinals), dtype=np.bool_)
    copies: dict[int, tuple[int, ...]] = {}
    for group in values[counts > 1].tolist():
        places = np.flatnonzero(groups == group)
        days, _ = attributes.days(ordinals[places])
        scores = found.ranking.scores[places]
        worse = scores < scores.max() - AS_WELL
        best = places[np.lexsort((ordinals[places], -days, worse, ~found.is_pinned[places]))[0]]
        keep[places] = places == best
        copies[int(ordinals[best])] = tuple(sorted(ordinals[places[places != best]].tolist())[:MAX_COPIES])
    return replace(found.take(np.flatnonzero(keep)), copies=copies)


def without(found: Arrangement, ordinals: Collection[int]) -> Arrangement:
    """All posts but some."""
    return found.take(np.flatnonzero(~np.isin(found.ranking.ordinals, list(ordinals)))) if ordinals else found


def pinned(found: Arrangement, pins: Arrangement) -> Arrangement:
    """Some posts first, in their order, and then the others."""
    rest = without(found, pins.ranking.ordinals.tolist())
    return replace(
        rest,
        ranking=Ranking.joined([pins.ranking, rest.ranking]),
        confidence=np.concatenate((pins.confidence, rest.confidence)),
        freshness=np.concatenate((pins.freshness, rest.freshness)),
        is_pinned=np.arange(len(pins) + len(rest)) < len(pins),
    )


def reordered(found: Arrangement, relevances: Floats) -> Arrangement:
    """The first posts that were not put where they are, in the order of their relevances from 0 to 1.

    Their scores are the relevances, spread over the range of the scores that they had.
    """
    start, end = found.pinned, found.pinned + len(relevances)
    scores = found.ranking.scores.copy()
    span = (float(scores[start:end].min()), float(scores[start:end].max()))
    scores[start:end] = reranked_scores(relevances, *span)
    relevance = np.full(len(found), np.nan)
    relevance[start:end] = relevances
    order = np.arange(len(found))
    order[start:end] = start + np.argsort(-relevances, kind="stable")
    return replace(found, ranking=replace(found.ranking, scores=scores), relevance=relevance, span=span).take(order)
