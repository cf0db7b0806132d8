"""In which order are hits shown? A ranking is changed by recency, pins, duplicate groups and a second stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Snapshot
from semsearch.index.attributes import MAX_DUPLICATES, Attributes
from semsearch.index.filters import day_number
from semsearch.ranking.matches import Floats
from semsearch.ranking.ranker import Ranker, Ranking
from semsearch.ranking.score import language_score, recency_score, reranked_scores
from semsearch.search.preferred_language import LanguageMask
from semsearch.search.requests import SearchRequest
from semsearch.search.visibility import known_ordinals

LANGUAGE_WEIGHT = 2.0
"""What the preferred language adds to the score of a post of confidence 1, in standard deviations: about what an answer
in one language may be ahead of an answer in another, since both are scored with words that languages share."""
COLLAPSE_TOLERANCE = 1.0
"""The newest post of a duplicate group represents the group if its score is at most this much below the best of the
group. In standard deviations, the unit of scores."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Posts in the order in which they are shown. Arrays have shape (posts,)."""

    ranking: Ranking
    confidence: Floats
    """0 to 1. Pins, recency and reranking change the order, not the confidence."""
    freshness: Floats
    """0 to 1; 0 where no recency boost was requested."""
    is_pinned: NDArray[np.bool_]
    """Pinned posts come first."""
    is_preferred: NDArray[np.bool_]
    """Posts in the preferred language, which got a boost."""
    duplicates: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Ordinal of a representative → ordinals of the near-duplicates that were collapsed into it."""
    relevance: Floats | None = None
    """Relevance by the second stage, 0 to 1; nan for posts that it did not read. None without a second stage."""
    rerank_range: tuple[float, float] = (0.0, 0.0)
    """Lowest and highest score, before reranking, of the posts that the second stage read."""

    def __len__(self) -> int:
        return len(self.ranking)

    @property
    def pinned_count(self) -> int:
        return int(np.count_nonzero(self.is_pinned))

    def at_least(self, min_confidence: float) -> Arrangement:
        """Keep the posts of at least this confidence, and all pinned posts."""
        return (
            self.take(np.flatnonzero((self.confidence >= min_confidence) | self.is_pinned))
            if min_confidence > 0
            else self
        )

    def take(self, positions: NDArray[np.intp]) -> Arrangement:
        """The posts at these positions, in the order given."""
        return replace(
            self,
            ranking=self.ranking.take(positions),
            confidence=self.confidence[positions],
            freshness=self.freshness[positions],
            is_pinned=self.is_pinned[positions],
            is_preferred=self.is_preferred[positions],
            relevance=None if self.relevance is None else self.relevance[positions],
        )

    def without(self, ordinals: Collection[int]) -> Arrangement:
        """The posts that are not in ``ordinals``."""
        return self.take(np.flatnonzero(~np.isin(self.ranking.ordinals, list(ordinals)))) if ordinals else self


def arrange(
    snapshot: Snapshot,
    ranker: Ranker,
    request: SearchRequest,
    pins: Iterable[str] = (),
    min_hits: int = 0,
    preferred: LanguageMask | None = None,
) -> Arrangement:
    """Rank posts and apply the boosts of recency and language, the pins and the collapsing of duplicates.

    ``pins``: ids of the posts that come first. ``preferred``: the posts in the preferred language. Returns enough posts
    for the requested page, and at least ``min_hits``, where that many are found at all.
    """
    wanted = max(request.offset + request.limit, min_hits)
    ranking = ranker.rank(wanted)
    found = _arranged(snapshot, ranker, request, pins, ranking, preferred)
    if len(found) < wanted <= len(ranking):  # collapsing removed too many
        found = _arranged(snapshot, ranker, request, pins, ranker.rank(len(snapshot)), preferred)
    return found


def _arranged(
    snapshot: Snapshot,
    ranker: Ranker,
    request: SearchRequest,
    pins: Iterable[str],
    ranking: Ranking,
    preferred: LanguageMask | None,
) -> Arrangement:
    attributes = snapshot.attributes
    found = _as_ranked(ranker, ranking)
    if request.recency.weight > 0:
        origin = day_number(request.recency.origin or dt.datetime.now(dt.UTC).date())
        scale, decay = request.recency.scale, request.recency.decay
        fresh = freshness(attributes, found.ranking.ordinals, origin=origin, scale=scale, decay=decay)
        found = boost_recent(found, fresh, request.recency.weight)
    if preferred is not None:
        found = boost_preferred(found, preferred)
    if pinned := known_ordinals(snapshot, pins):
        found = put_first(found, _pinned(ranker, pinned))
    return collapse(found, attributes) if request.collapse else found


def _pinned(ranker: Ranker, ordinals: Iterable[int]) -> Arrangement:
    """The pinned posts, in the order given, without those that the filter or the query excludes."""
    mask = ranker.matches.mask
    places = {ordinal: place for place, ordinal in enumerate(ordinals) if mask is None or mask[ordinal]}
    pinned = _as_ranked(ranker, ranker.score(np.fromiter(places, dtype=np.int64)))
    return pinned.take(np.argsort([places[ordinal] for ordinal in pinned.ranking.ordinals.tolist()]))


def _as_ranked(ranker: Ranker, ranking: Ranking) -> Arrangement:
    none = np.zeros(len(ranking), dtype=np.bool_)
    return Arrangement(ranking, ranker.confidence(ranking), np.zeros(len(ranking)), none, none)


def boost_recent(found: Arrangement, freshness: Floats, weight: float) -> Arrangement:
    """Add ``weight * freshness * confidence`` to each score, and sort again.

    The factor confidence keeps posts that are new but irrelevant from rising.
    """
    scores = found.ranking.scores + recency_score(weight, freshness, found.confidence)
    return _sorted(replace(found, freshness=freshness), scores)


def boost_preferred(found: Arrangement, preferred: LanguageMask) -> Arrangement:
    """Add :func:`language_score` to the scores of the posts in the preferred language, and sort again.

    The others stay: they are hits, too.
    """
    is_preferred = preferred[found.ranking.ordinals]
    scores = found.ranking.scores + is_preferred * language_score(LANGUAGE_WEIGHT, found.confidence)
    return _sorted(replace(found, is_preferred=is_preferred), scores)


def _sorted(found: Arrangement, scores: Floats) -> Arrangement:
    """The same posts with other scores, sorted by them."""
    boosted = replace(found, ranking=replace(found.ranking, scores=scores))
    return boosted.take(np.lexsort((found.ranking.ordinals, -scores, found.ranking.round)))


def freshness(
    attributes: Attributes, ordinals: NDArray[np.int64], *, origin: int, scale: float, decay: float
) -> Floats:
    """The freshness of each post, shape (posts,), 0 to 1.

    1 on the day ``origin`` and later, ``decay`` at ``scale`` days before it, with exponential decay; 0 without a date.
    """
    days, dated = attributes.days(ordinals)
    age = np.maximum(origin - days, 0)
    return np.where(dated, decay ** (age / scale), 0.0)


def collapse(found: Arrangement, attributes: Attributes) -> Arrangement:
    """Keep one representative of each duplicate group, with the others as its ``duplicates``.

    The representative is a pinned post if there is one, else the newest of the posts whose scores are within
    COLLAPSE_TOLERANCE of the best of the group; of several with the same day, the one with the lowest ordinal.
    """
    ordinals = found.ranking.ordinals
    if not attributes.are_duplicated(ordinals).any():
        return found
    groups = attributes.duplicate_group[ordinals]
    values, counts = np.unique(groups, return_counts=True)
    keep = np.ones(len(ordinals), dtype=np.bool_)
    duplicates: dict[int, tuple[int, ...]] = {}
    for group in values[counts > 1].tolist():
        places = np.flatnonzero(groups == group)
        days, _ = attributes.days(ordinals[places])
        scores = found.ranking.scores[places]
        is_worse = scores < scores.max() - COLLAPSE_TOLERANCE
        best = places[np.lexsort((ordinals[places], -days, is_worse, ~found.is_pinned[places]))[0]]
        keep[places] = places == best
        duplicates[int(ordinals[best])] = tuple(sorted(ordinals[places[places != best]].tolist())[:MAX_DUPLICATES])
    return replace(found.take(np.flatnonzero(keep)), duplicates=duplicates)


def put_first(found: Arrangement, pinned: Arrangement) -> Arrangement:
    """The pinned posts in their order, then the remaining posts of ``found``."""
    rest = found.without(pinned.ranking.ordinals.tolist())
    return replace(
        rest,
        ranking=Ranking.concatenate([pinned.ranking, rest.ranking]),
        confidence=np.concatenate((pinned.confidence, rest.confidence)),
        freshness=np.concatenate((pinned.freshness, rest.freshness)),
        is_pinned=np.arange(len(pinned) + len(rest)) < len(pinned),
        is_preferred=np.concatenate((pinned.is_preferred, rest.is_preferred)),
    )


def rerank_hits(found: Arrangement, relevances: Floats) -> Arrangement:
    """Order the first posts that are not pinned by their relevances, shape (reranked posts,), 0 to 1.

    Their new scores are the relevances, scaled linearly to the range of their old scores.
    """
    start, end = found.pinned_count, found.pinned_count + len(relevances)
    scores = found.ranking.scores.copy()
    rerank_range = (float(scores[start:end].min()), float(scores[start:end].max()))
    scores[start:end] = reranked_scores(relevances, *rerank_range)
    relevance = np.full(len(found), np.nan)
    relevance[start:end] = relevances
    order = np.arange(len(found))
    order[start:end] = start + np.argsort(-relevances, kind="stable")
    ranking = replace(found.ranking, scores=scores)
    return replace(found, ranking=ranking, relevance=relevance, rerank_range=rerank_range).take(order)
