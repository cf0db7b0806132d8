"""Which posts of a corpus need care? A version in; copies, orphans, hubs, thin, undated and untagged posts out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from semsearch.index import Snapshot
from semsearch.posts import Post
from semsearch.relating.site import Hub, hubs, lists_of, orphans

THIN_CHARACTERS = 40
"""A shorter teaser says hardly more than a title."""
_NEIGHBOURS = 10
"""Related posts whose tags are looked at."""
_SUGGESTED = 3
_LEAST_SHARE, _LEAST_NEIGHBOURS = 0.3, 2
"""What of them must have a tag for it to be suggested."""
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Named:
    """A post."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Thin:
    """A post whose teaser says too little."""

    id: str
    title: str
    teaser: str


@dataclass(frozen=True, slots=True)
class TagSuggestion:
    """A tag that neighbours of a post have."""

    tag: str
    confidence: float
    """0 to 1: the share of the related posts that have it, each as much as it is related."""


@dataclass(frozen=True, slots=True)
class Untagged:
    """A post without tags."""

    id: str
    title: str
    suggestions: tuple[TagSuggestion, ...]
    """The surest first; none where its neighbours do not agree."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What to look at, each in the order of the corpus unless said otherwise."""

    posts: int
    index_version: str
    has_lists: bool
    """False for a version that was built before there were related lists: there are neither orphans nor hubs then."""
    duplicates: tuple[tuple[Named, ...], ...]
    """Groups of near-duplicates, the largest first."""
    orphans: tuple[Named, ...]
    """In no related list."""
    hubs: tuple[Hub, ...]
    """In five times as many lists as is usual, those in the most first."""
    thin: tuple[Thin, ...]
    undated: tuple[Named, ...]
    untagged: tuple[Untagged, ...]


def diagnose(snapshot: Snapshot) -> Diagnosis:
    """What of a corpus would make its search and its related lists better."""
    lists, neighbours = lists_of(snapshot), _Neighbours(snapshot)
    thin: list[Thin] = []
    undated: list[Named] = []
    untagged: list[Untagged] = []
    for start in range(0, len(snapshot), _AT_ONCE):
        ordinals = range(start, min(start + _AT_ONCE, len(snapshot)))
        for ordinal, post in zip(ordinals, snapshot.documents.get(ordinals), strict=True):
            if len(post.teaser) < THIN_CHARACTERS:
                thin.append(Thin(post.id, post.title, post.teaser))
            if post.date is None:
                undated.append(_named(post))
            if not post.tags:
                untagged.append(Untagged(post.id, post.title, neighbours.suggestions(ordinal)))
    return Diagnosis(
        posts=len(snapshot),
        index_version=snapshot.version,
        has_lists=snapshot.related is not None,
        duplicates=_groups(snapshot),
        orphans=tuple(map(_named, snapshot.documents.get(orphans(snapshot, lists).tolist()))),
        hubs=hubs(snapshot, lists),
        thin=tuple(thin),
        undated=tuple(undated),
        untagged=tuple(untagged),
    )


def _named(post: Post) -> Named:
    return Named(post.id, post.title)


def _groups(snapshot: Snapshot) -> tuple[tuple[Named, ...], ...]:
    copies = snapshot.attributes.copy_of
    _, group, counts = np.unique(copies, return_inverse=True, return_counts=True)
    members = np.flatnonzero(counts[group] > 1)
    posts = dict(zip(members.tolist(), snapshot.documents.get(members.tolist()), strict=True))
    groups: dict[int, list[Named]] = defaultdict(list)
    for ordinal in members.tolist():
        groups[int(copies[ordinal])].append(_named(posts[ordinal]))
    return tuple(tuple(group) for group in sorted(groups.values(), key=len, reverse=True))


class _Neighbours:
    """The tags of related posts."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._related, self._column = snapshot.related, snapshot.attributes.column("tags")
        self._begins = np.searchsorted(self._column.posts, np.arange(len(snapshot) + 1))

    def suggestions(self, ordinal: int) -> tuple[TagSuggestion, ...]:
        """Tags that the posts most related to one have, where they agree; each counts as much as it is related."""
        if self._related is None:
            return ()
        candidates, scores = self._related.candidates(ordinal)
        worth = np.maximum(scores[:_NEIGHBOURS], 0.0)
        shares: dict[int, float] = defaultdict(float)
        having: dict[int, int] = defaultdict(int)
        for post, share in zip(candidates[:_NEIGHBOURS].tolist(), worth.tolist(), strict=True):
            for code in self._column.codes[self._begins[post] : self._begins[post + 1]].tolist():
                shares[code] += share / float(worth.sum() or 1.0)
                having[code] += 1
        agreed = [code for code, share in shares.items() if share >= _LEAST_SHARE and having[code] >= _LEAST_NEIGHBOURS]
        agreed.sort(key=lambda code: (-shares[code], self._column.values[code]))
        return tuple(TagSuggestion(self._column.values[code], round(shares[code], 3)) for code in agreed[:_SUGGESTED])
