"""The related lists of a site as a whole: orphans, hubs, and the lists that a rebuild changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Snapshot
from semsearch.index.related import NONE

LIST_LENGTH = 5
"""Posts in a list, unless another limit is given."""
_HUB_FACTOR = 5
"""A hub is in at least this many times as many lists as the average post."""
_MAX_HUBS = 10
"""Hubs in a report."""
_GONE = -2

Lists = NDArray[np.integer]
"""Shape (posts, LIST_LENGTH): ordinals, NONE at the end of a shorter list."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A post in very many lists."""

    id: str
    title: str
    lists: int


@dataclass(frozen=True, slots=True)
class SiteReport:
    """The default lists of a version, compared with those of the version before."""

    changed: int | None
    """Posts of the version before whose lists are gone or hold other posts now. None if there was no version before."""
    compared: int
    """Posts of the version before."""
    orphans: int
    """Posts in no list."""
    hubs: tuple[Hub, ...]
    """The ten posts in the most lists, of those in at least five times as many as the average."""

    @property
    def churn(self) -> float:
        """The share of lists that changed, 0 to 1."""
        return (self.changed or 0) / max(self.compared, 1)


def report(snapshot: Snapshot, before: Snapshot | None) -> SiteReport:
    """Return the report on the lists of a version; ``before`` is the version that it replaces."""
    lists = related_lists(snapshot)
    changed, compared = (None, 0) if before is None else _changes(snapshot, before)
    return SiteReport(changed, compared, len(orphans(snapshot, lists)), hubs(snapshot, lists)[:_MAX_HUBS])


def related_lists(snapshot: Snapshot) -> Lists:
    """Return the default list of every post."""
    return snapshot.related.lists(LIST_LENGTH)


def appearances(lists: Lists) -> NDArray[np.int64]:
    """Return the number of lists that each post is in, shape (posts,)."""
    counts: NDArray[np.int64] = np.bincount(lists[lists != NONE], minlength=len(lists))
    return counts


def orphans(snapshot: Snapshot, lists: Lists) -> NDArray[np.int64]:
    """Return the ordinals of posts in no list, so that no other post leads to them.

    The editions of a work count as one post: the first one is returned, if none of them is in a list.
    """
    works = snapshot.attributes.work_of
    in_lists = np.bincount(works, appearances(lists), minlength=len(works))
    return np.flatnonzero((in_lists == 0) & (works == np.arange(len(works))))


def hubs(snapshot: Snapshot, lists: Lists) -> tuple[Hub, ...]:
    """Return the posts in at least five times as many lists as the average, those in the most first."""
    counts = appearances(lists)
    average = np.count_nonzero(lists != NONE) / max(len(lists), 1)
    found = np.flatnonzero(counts >= max(_HUB_FACTOR * average, _HUB_FACTOR))
    found = found[np.argsort(-counts[found], kind="stable")]
    posts = snapshot.documents.get(found.tolist())
    return tuple(Hub(post.id, post.title, int(counts[place])) for post, place in zip(posts, found, strict=True))


def _changes(snapshot: Snapshot, before: Snapshot) -> tuple[int, int]:
    """Return how many lists of the version before are gone or hold other posts, and how many it had."""
    new_lists, old_lists = related_lists(snapshot), related_lists(before)
    places = positions(snapshot.documents.ids(), before.documents.ids())
    in_both = np.flatnonzero(places >= 0)
    new_ordinals = np.append(np.where(places < 0, _GONE, places), NONE)  # the last maps NONE, which is -1, to itself
    same = np.sort(new_ordinals[old_lists[in_both]], axis=1) == np.sort(new_lists[places[in_both]], axis=1)
    return len(before) - int(np.count_nonzero(same.all(axis=1))), len(before)


def positions(ids: Sequence[str], wanted: Sequence[str]) -> NDArray[np.int64]:
    """Return the position in ``ids`` of each wanted id, shape (wanted,); -1 if it is not there."""
    position_of = {post_id: position for position, post_id in enumerate(ids)}
    return np.array([position_of.get(post_id, -1) for post_id in wanted], dtype=np.int64)
