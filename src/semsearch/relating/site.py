"""How do the lists of a whole site hang together? Which posts are in none, which in very many, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Snapshot
from semsearch.index.related import NONE

LIST = 5
"""Posts of a list, unless another limit is given."""
_HUB = 5
"""A hub is in this many times the lists that a post is in on average."""
_HUBS = 10
"""Hubs that are named."""
_GONE = -2

Lists = NDArray[np.integer]
"""Shape (posts, LIST): ordinals, NONE where a list is shorter."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A post that turns up in very many lists."""

    id: str
    title: str
    lists: int


@dataclass(frozen=True, slots=True)
class SiteReport:
    """The lists of a version, as they are by default."""

    changed: int | None
    """Posts of the version before whose lists are gone, or hold other posts now; None where there was none, or it had
    no lists."""
    compared: int
    """Posts of the version before."""
    orphans: int
    """Posts that are in no list."""
    hubs: tuple[Hub, ...]
    """The ten that are in the most lists, of those that are in five times as many as is usual."""

    @property
    def churn(self) -> float:
        """The share of lists that changed."""
        return (self.changed or 0) / max(self.compared, 1)


def report(snapshot: Snapshot, before: Snapshot | None) -> SiteReport:
    """What is to be said of the lists of a version, and of what became of those of the one before."""
    lists = lists_of(snapshot)
    changed, compared = (None, 0) if before is None or before.related is None else _changes(snapshot, before)
    return SiteReport(changed, compared, len(orphans(snapshot, lists)), hubs(snapshot, lists)[:_HUBS])


def lists_of(snapshot: Snapshot) -> Lists:
    """The list of every post, as it is by default."""
    if snapshot.related is None:
        return np.full((len(snapshot), LIST), NONE)
    return snapshot.related.lists(LIST)


def appearances(lists: Lists) -> NDArray[np.int64]:
    """In how many lists each post is, shape (posts,)."""
    counts: NDArray[np.int64] = np.bincount(lists[lists != NONE], minlength=len(lists))
    return counts


def orphans(snapshot: Snapshot, lists: Lists) -> NDArray[np.int64]:
    """The posts that are in no list: nobody is led to them. Near-duplicates and translations stand for each other; none
    where there are no lists."""
    if snapshot.related is None:
        return np.empty(0, dtype=np.int64)
    works = snapshot.attributes.work_of
    in_lists = np.bincount(works, appearances(lists), minlength=len(works))
    return np.flatnonzero((in_lists == 0) & (works == np.arange(len(works))))


def hubs(snapshot: Snapshot, lists: Lists) -> tuple[Hub, ...]:
    """The posts that are in five times as many lists as is usual, those in the most first."""
    counts = appearances(lists)
    usual = np.count_nonzero(lists != NONE) / max(len(lists), 1)
    found = np.flatnonzero(counts >= max(_HUB * usual, _HUB))
    found = found[np.argsort(-counts[found], kind="stable")]
    posts = snapshot.documents.get(found.tolist())
    return tuple(Hub(post.id, post.title, int(counts[place])) for post, place in zip(posts, found, strict=True))


def _changes(snapshot: Snapshot, before: Snapshot) -> tuple[int, int]:
    """How many of the lists that there were are gone or hold other posts, and how many there were."""
    now, then = lists_of(snapshot), lists_of(before)
    place_now = places_in(snapshot.documents.ids(), before.documents.ids())
    both = np.flatnonzero(place_now >= 0)
    known = np.append(np.where(place_now < 0, _GONE, place_now), NONE)  # NONE, the last, stays what it is
    same = np.sort(known[then[both]], axis=1) == np.sort(now[place_now[both]], axis=1)
    return len(before) - int(np.count_nonzero(same.all(axis=1))), len(before)


def places_in(ids: Sequence[str], others: Sequence[str]) -> NDArray[np.int64]:
    """For each of the others its place among the ids, -1 where it is not among them."""
    places = {post_id: place for place, post_id in enumerate(ids)}
    return np.array([places.get(post_id, -1) for post_id in others], dtype=np.int64)
