"""A report on boilerplate and the posts that need care: duplicates, orphans, hubs; thin, undated and untagged posts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from semsearch.index import Snapshot
from semsearch.index.boilerplate import Boilerplate
from semsearch.posts import Post
from semsearch.relating.site import Hub, hubs, orphans, related_lists

THIN_CHARACTERS = 40
"""A shorter teaser says hardly more than a title."""
_NEIGHBOURS = 10
"""Related posts whose tags are considered for suggestions."""
_MAX_SUGGESTIONS = 3
_MIN_CONFIDENCE, _MIN_NEIGHBOURS = 0.3, 2
"""A tag is suggested if its confidence is at least this, and at least so many neighbours have it."""
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class PostRef:
    """The id and title of a post."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ThinPost:
    """A post with a short teaser."""

    id: str
    title: str
    teaser: str


@dataclass(frozen=True, slots=True)
class TagSuggestion:
    """A tag that related posts have."""

    tag: str
    confidence: float
    """0 to 1: the share of the related posts that have the tag, weighted by how related they are."""


@dataclass(frozen=True, slots=True)
class UntaggedPost:
    """A post without tags."""

    id: str
    title: str
    suggestions: tuple[TagSuggestion, ...]
    """Highest confidence first; empty if the related posts do not agree on a tag."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The posts that need care, in the order of the corpus unless said otherwise."""

    posts: int
    index_version: str
    duplicates: tuple[tuple[PostRef, ...], ...]
    """Duplicate groups, the largest first."""
    orphans: tuple[PostRef, ...]
    """Posts in no related list."""
    hubs: tuple[Hub, ...]
    """Posts in at least five times as many lists as the average, those in the most first."""
    thin: tuple[ThinPost, ...]
    undated: tuple[PostRef, ...]
    untagged: tuple[UntaggedPost, ...]
    boilerplate: tuple[Boilerplate, ...]
    """What was left out of the posts, that of the most posts first."""


def diagnose(snapshot: Snapshot) -> Diagnosis:
    """Find the posts of a version whose care would improve search and related lists."""
    lists, tags = related_lists(snapshot), _TagSuggester(snapshot)
    thin: list[ThinPost] = []
    undated: list[PostRef] = []
    untagged: list[UntaggedPost] = []
    for start in range(0, len(snapshot), _BATCH):
        ordinals = range(start, min(start + _BATCH, len(snapshot)))
        for ordinal, post in zip(ordinals, snapshot.documents.get(ordinals), strict=True):
            if len(post.teaser) < THIN_CHARACTERS:
                thin.append(ThinPost(post.id, post.title, post.teaser))
            if post.date is None:
                undated.append(_ref(post))
            if not post.tags:
                untagged.append(UntaggedPost(post.id, post.title, tags.suggest(ordinal)))
    return Diagnosis(
        posts=len(snapshot),
        index_version=snapshot.version,
        duplicates=_duplicate_groups(snapshot),
        orphans=tuple(map(_ref, snapshot.documents.get(orphans(snapshot, lists).tolist()))),
        hubs=hubs(snapshot, lists),
        thin=tuple(thin),
        undated=tuple(undated),
        untagged=tuple(untagged),
        boilerplate=snapshot.boilerplate,
    )


def _ref(post: Post) -> PostRef:
    return PostRef(post.id, post.title)


def _duplicate_groups(snapshot: Snapshot) -> tuple[tuple[PostRef, ...], ...]:
    copies = snapshot.attributes.duplicate_group
    _, group, counts = np.unique(copies, return_inverse=True, return_counts=True)
    members = np.flatnonzero(counts[group] > 1)
    posts = dict(zip(members.tolist(), snapshot.documents.get(members.tolist()), strict=True))
    groups: dict[int, list[PostRef]] = defaultdict(list)
    for ordinal in members.tolist():
        groups[int(copies[ordinal])].append(_ref(posts[ordinal]))
    return tuple(tuple(group) for group in sorted(groups.values(), key=len, reverse=True))


class _TagSuggester:
    """Suggests the tags of related posts."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._related, self._column = snapshot.related, snapshot.attributes.column("tags")
        self._begins = np.searchsorted(self._column.posts, np.arange(len(snapshot) + 1))

    def suggest(self, ordinal: int) -> tuple[TagSuggestion, ...]:
        """Return the tags on which the posts most related to this one agree, highest confidence first."""
        candidates, scores = self._related.candidates(ordinal)
        weights = np.maximum(scores[:_NEIGHBOURS], 0.0)
        shares: dict[int, float] = defaultdict(float)
        neighbours: dict[int, int] = defaultdict(int)
        for post, weight in zip(candidates[:_NEIGHBOURS].tolist(), weights.tolist(), strict=True):
            for code in self._column.codes[self._begins[post] : self._begins[post + 1]].tolist():
                shares[code] += weight / float(weights.sum() or 1.0)
                neighbours[code] += 1
        agreed = [
            code for code, share in shares.items() if share >= _MIN_CONFIDENCE and neighbours[code] >= _MIN_NEIGHBOURS
        ]
        agreed.sort(key=lambda code: (-shares[code], self._column.values[code]))
        return tuple(
            TagSuggestion(self._column.values[code], round(shares[code], 3)) for code in agreed[:_MAX_SUGGESTIONS]
        )
