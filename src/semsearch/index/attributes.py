"""Metadata of posts as columns over ordinals: filter masks, facet counts, duplicate groups and works."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.stems import ENGLISH, language_code
from semsearch.index.filters import (
    DAY_COLUMNS,
    KEYWORD_COLUMNS,
    Filter,
    HasAll,
    InLanguage,
    KeywordColumn,
    NotAfter,
    NotBefore,
    Rule,
    day_number,
)
from semsearch.index.grouping.addresses import NO_ADDRESS, address_key
from semsearch.index.grouping.duplicates import DuplicateFinder, FoldedPost
from semsearch.index.grouping.editions import EditionFinder
from semsearch.index.grouping.series import series_key
from semsearch.posts import Post

FILE = "attributes.npz"
MAX_FACET_VALUES = 100
"""How many values of a facet are counted: the most frequent ones."""
MAX_DUPLICATES = 10
"""How many near-duplicates of a candidate are added to the candidates."""
NO_LANGUAGE = -1
_NO_DAY = np.iinfo(np.int32).min
_SERIES = KeywordColumn("series", lambda post: filter(None, [series_key(post)]))
_COLUMNS = (*KEYWORD_COLUMNS, _SERIES)
_DIGESTED = tuple(entry.name for entry in fields(Post) if entry.name not in ("id", "url", "extra"))

Mask = NDArray[np.bool_]
"""Shape (posts,): true for the posts that may be found."""


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a field that may have several values: pairs of post and value, in the order of posts."""

    values: tuple[str, ...]
    """The distinct values."""
    places: Mapping[str, int]
    """The index of each value, by its :meth:`KeywordColumn.key`."""
    posts: NDArray[np.int32]
    """Shape (pairs,): ordinals, ascending."""
    codes: NDArray[np.int32]
    """Shape (pairs,): indexes into ``values``."""

    def mask(self, key: str, posts: int) -> Mask:
        """Return the mask of the posts that have the value of a key; ``posts`` is the number of all posts."""
        mask = np.zeros(posts, dtype=np.bool_)
        if (place := self.places.get(key)) is not None:
            mask[self.posts[self.codes == place]] = True
        return mask

    def has(self, key: str, mask: Mask | None) -> bool:
        """Return whether a post that passes the mask has the value of a key."""
        if (place := self.places.get(key)) is None:
            return False
        return mask is None or bool(mask[self.posts[self.codes == place]].any())

    def values_in(self, mask: Mask | None) -> list[str]:
        """Return the values of the posts that pass the mask."""
        codes = self.codes if mask is None else self.codes[mask[self.posts]]
        return [self.values[code] for code in np.unique(codes).tolist()]

    def counts(self, mask: Mask | None) -> dict[str, int]:
        """Return how many posts have each value, the most frequent values first."""
        codes = self.codes if mask is None else self.codes[mask[self.posts]]
        counts = np.bincount(codes, minlength=len(self.values))
        order = sorted(np.flatnonzero(counts), key=lambda code: (-counts[code], self.values[code]))[:MAX_FACET_VALUES]
        return {self.values[code]: int(counts[code]) for code in order}


class ColumnWriter:
    """Collects the pairs of a column."""

    def __init__(self, column: KeywordColumn) -> None:
        self._column = column
        self._codes: dict[str, int] = {}
        """Numbers of the spellings, in the order in which they were seen."""
        self._pairs = array("i")  # post and code alternate

    def add(self, ordinal: int, post: Post) -> None:
        for value in self._column.values(post):
            self._pairs.extend((ordinal, self._codes.setdefault(value, len(self._codes))))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        name = self._column.name
        pairs = np.frombuffer(self._pairs, dtype=np.intc).astype(np.int32).reshape(-1, 2)
        values, numbers = self._merged(np.bincount(pairs[:, 1], minlength=len(self._codes)).tolist())
        encoded = np.frombuffer(json.dumps(values).encode(), dtype=np.uint8)
        return {f"{name}_posts": pairs[:, 0], f"{name}_codes": numbers[pairs[:, 1]], f"{name}_values": encoded}

    def _merged(self, counts: list[int]) -> tuple[list[str], NDArray[np.int32]]:
        """Merge the spellings of each value. ``counts``: posts by spelling.

        Return the values, each in its most frequent spelling (the first seen of several), and for each spelling the
        number of its value.
        """
        spellings: dict[str, list[str]] = {}
        for spelling in self._codes:
            spellings.setdefault(self._column.key(spelling), []).append(spelling)
        numbers = np.empty(len(self._codes), dtype=np.int32)
        for number, group in enumerate(spellings.values()):
            numbers[[self._codes[spelling] for spelling in group]] = number
        return [max(group, key=lambda one: counts[self._codes[one]]) for group in spellings.values()], numbers


class AttributesWriter:
    """Collects the attributes of posts in the order of their ordinals."""

    def __init__(self) -> None:
        self._columns = [ColumnWriter(column) for column in _COLUMNS]
        self._days = {column.name: array("i") for column in DAY_COLUMNS}
        self._addresses, self._digests = array("Q"), array("Q")
        self._duplicates, self._editions = DuplicateFinder(), EditionFinder()

    def add(self, post: Post, folded: FoldedPost | None = None) -> None:
        """Add a post. ``folded``: what :func:`semsearch.index.grouping.duplicates.fold` returns, if that is known."""
        ordinal = len(self._digests)
        for column in self._columns:
            column.add(ordinal, post)
        for day_column in DAY_COLUMNS:
            day = day_column.value(post)
            self._days[day_column.name].append(_NO_DAY if day is None else day_number(day))
        self._addresses.append(address_key(post.url))
        self._digests.append(content_digest(post))
        self._duplicates.add(post, folded)
        self._editions.add(post)

    @property
    def digests(self) -> NDArray[np.uint64]:
        """See :func:`content_digest`; shape (posts,)."""
        return np.array(self._digests, dtype=np.uint64)

    def save(self, folder: Path) -> None:
        duplicate_group = self._duplicates.groups()
        arrays: dict[str, NDArray[np.generic]] = {
            "digest": self.digests,
            "address": np.frombuffer(self._addresses, dtype=np.uint64),
            "copy_of": duplicate_group,
            "work_of": self._editions.works(duplicate_group),
        }
        for name, days in self._days.items():
            arrays[name] = np.frombuffer(days, dtype=np.intc).astype(np.int32)
        for column in self._columns:
            arrays |= column.arrays()
        with (folder / FILE).open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)


class Attributes:
    """The attributes of all posts of a version, by ordinal. Arrays have shape (posts,)."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self._days = {column.name: arrays[column.name].astype(np.int32) for column in DAY_COLUMNS}
        self.day: NDArray[np.int32] = self._days["day"]
        self.duplicate_group: NDArray[np.int32] = arrays["copy_of"].astype(np.int32)
        """The duplicate group of each post, named by the ordinal of its first post."""
        self.work_of: NDArray[np.int32] = arrays["work_of"].astype(np.int32)
        """The ordinal of the first post of each post's work: near-duplicates and translations share one."""
        self.digest: NDArray[np.uint64] = arrays["digest"].astype(np.uint64)
        """See :func:`content_digest`."""
        self._address: NDArray[np.uint64] = arrays["address"].astype(np.uint64)
        self._columns = {column.name: _column(arrays, column) for column in _COLUMNS}
        language = self._columns["language"]
        self.language: NDArray[np.int32] = np.full(len(self.day), NO_LANGUAGE, dtype=np.int32)
        """Indexes into the values of the language column; NO_LANGUAGE for posts without a language."""
        self.language[language.posts] = language.codes
        works = np.bincount(self.work_of, minlength=len(self.work_of))
        self._in_shared_works: NDArray[np.int64] = np.flatnonzero(works[self.work_of] > 1)
        """The posts whose work has another edition."""
        groups = np.bincount(self.duplicate_group, minlength=len(self.duplicate_group))
        self._has_duplicate: Mask = groups[self.duplicate_group] > 1
        self._duplicated: NDArray[np.int64] = np.flatnonzero(self._has_duplicate)
        """The posts that have a near-duplicate."""

    @classmethod
    def open(cls, folder: Path) -> Attributes:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(arrays)

    def __len__(self) -> int:
        return len(self.day)

    def mask(self, post_filter: Filter) -> Mask | None:
        """Return the mask of the posts that pass a filter; None for a filter without conditions."""
        if not post_filter:
            return None
        mask = np.ones(len(self), dtype=np.bool_)
        for declared, value in post_filter.conditions():
            mask &= self._rule_mask(declared.rule, value)
        return mask

    def _rule_mask(self, rule: Rule, value: Any) -> Mask:
        """Return the mask of the posts that meet one condition of a filter."""
        mask: Mask
        match rule:
            case HasAll(column):
                mask = np.ones(len(self), dtype=np.bool_)
                for keyword in value:
                    mask &= self._columns[column.name].mask(column.key(keyword), len(self))
            case InLanguage(column):
                mask = self._columns[column.name].mask(value.lower(), len(self))
            case NotBefore(column):
                mask = self._days[column.name] >= day_number(value)
            case NotAfter(column):
                days = self._days[column.name]
                mask = (days <= day_number(value)) & (days != _NO_DAY)
        return mask

    def column(self, name: str) -> Column:
        """Return a column by its name in ``_COLUMNS``."""
        return self._columns[name]

    def spelled(self, column: KeywordColumn, value: str) -> str:
        """Return a value of a column in the spelling of most posts."""
        found = self._columns[column.name]
        place = found.places.get(column.key(value))
        return value if place is None else found.values[place]

    def days(self, ordinals: NDArray[np.int64]) -> tuple[NDArray[np.int64], Mask]:
        """Return the day numbers of some posts and whether each has a date; those without have the lowest number."""
        days = self.day[ordinals].astype(np.int64)
        return days, days != _NO_DAY

    def ordinals_at(self, urls: Iterable[str]) -> NDArray[np.int64]:
        """Return the ordinals of the posts whose address is one of ``urls``."""
        keys = np.array([key for url in urls if (key := address_key(url)) != NO_ADDRESS], dtype=np.uint64)
        return np.flatnonzero(np.isin(self._address, keys)) if len(keys) else np.empty(0, dtype=np.int64)

    # --- duplicate groups -------------------------------------------------------------------------------------------

    @property
    def has_duplicates(self) -> bool:
        """Whether any two posts are near-duplicates."""
        return len(self._duplicated) > 0

    def are_duplicated(self, ordinals: NDArray[np.int64]) -> Mask:
        """Return for each of some posts whether it has a near-duplicate."""
        return self._has_duplicate[ordinals]

    def with_duplicates(self, ordinals: NDArray[np.int64], mask: Mask | None) -> NDArray[np.int64]:
        """Return the posts and their near-duplicates, sorted and distinct.

        Of each group at most the ``MAX_DUPLICATES`` newest posts that pass the mask are added.
        """
        groups = self.duplicate_group[ordinals[self.are_duplicated(ordinals)]]
        if not len(groups):
            return ordinals
        duplicates = self._duplicated[np.isin(self.duplicate_group[self._duplicated], groups)]
        duplicates = duplicates if mask is None else duplicates[mask[duplicates]]
        newest_first = np.lexsort(
            (duplicates, -self.day[duplicates].astype(np.int64), self.duplicate_group[duplicates])
        )
        duplicates = duplicates[newest_first]
        _, begins = np.unique(self.duplicate_group[duplicates], return_index=True)
        rank = np.arange(len(duplicates)) - np.repeat(begins, np.diff(np.append(begins, len(duplicates))))
        return np.union1d(ordinals, duplicates[rank < MAX_DUPLICATES])

    def one_per_group(self, mask: Mask | None, *, excluded: NDArray[np.int32]) -> Mask:
        """Return the mask of one post per duplicate group, the first that passes; none of the ``excluded`` groups."""
        passing = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        _, first = np.unique(self.duplicate_group[passing], return_index=True)
        chosen = np.zeros(len(self), dtype=np.bool_)
        chosen[passing[first]] = True
        return chosen & ~np.isin(self.duplicate_group, excluded)

    def count(self, mask: Mask | None, *, collapse: bool) -> int:
        """Return how many posts pass the mask; ``collapse`` counts a duplicate group once."""
        passing = len(self) if mask is None else int(np.count_nonzero(mask))
        if not collapse:
            return passing
        duplicates = self._duplicated if mask is None else self._duplicated[mask[self._duplicated]]
        return passing - len(duplicates) + len(np.unique(self.duplicate_group[duplicates]))

    # --- works ------------------------------------------------------------------------------------------------------

    @property
    def has_translations(self) -> bool:
        """Whether any work has posts in several languages."""
        return bool(
            np.any(self.work_of != self.duplicate_group) or np.any(self.language != self.language[self.work_of])
        )

    def have_other_editions(self, ordinals: NDArray[np.int64]) -> Mask:
        """Return for each of some posts whether its work has another edition."""
        return np.isin(ordinals, self._in_shared_works)

    def one_per_work(self, passing: Mask, language: int = NO_LANGUAGE) -> Mask:
        """Return the mask of one post per work, of those that pass: the first in ``language``, or else the first."""
        chosen, shared = passing.copy(), self._in_shared_works[passing[self._in_shared_works]]
        works = self.work_of[shared]
        in_other_language = (self.language[shared] != language) & (language != NO_LANGUAGE)
        order = np.lexsort((shared, in_other_language, works))
        _, first = np.unique(works[order], return_index=True)
        chosen[shared] = False
        chosen[shared[order[first]]] = True
        return chosen

    def find_language(self, code: str) -> int:
        """Return the index of the first value of the language column with this ISO 639 code, or NO_LANGUAGE."""
        values = self._columns["language"].values
        return next((n for n, value in enumerate(values) if language_code(value) == code), NO_LANGUAGE)

    def posts_by_language(self, mask: Mask | None) -> dict[str, int]:
        """Return how many posts that pass the mask are in each language, by ISO 639 code, the most frequent first.

        Posts without a language count as English, as everywhere.
        """
        numbers, posts = np.unique(self.language if mask is None else self.language[mask], return_counts=True)
        values, counts = self._columns["language"].values, Counter[str]()
        for number, count in zip(numbers.tolist(), posts.tolist(), strict=True):
            counts[ENGLISH if number == NO_LANGUAGE else language_code(values[number])] += count
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    # --- facets -----------------------------------------------------------------------------------------------------

    def facet(self, name: str, mask: Mask | None) -> dict[str, int]:
        """Return how many posts have each value of a facet, the ``MAX_FACET_VALUES`` most frequent first.

        ``name`` is one of FACETS. Only posts that pass the mask are counted.
        """
        return self._columns[name].counts(mask)


def content_digest(post: Post) -> int:
    """Return a 64-bit digest of all fields that related posts depend on: every field except id and address."""
    values = [getattr(post, name) for name in _DIGESTED] + [dict(post.extra)]
    return int.from_bytes(hashlib.blake2b(repr(values).encode(), digest_size=8).digest())


def _column(arrays: Mapping[str, NDArray[np.generic]], column: KeywordColumn) -> Column:
    values = json.loads(arrays[f"{column.name}_values"].tobytes())
    places = {column.key(value): place for place, value in enumerate(values)}
    posts, codes = arrays[f"{column.name}_posts"], arrays[f"{column.name}_codes"]
    return Column(tuple(values), places, posts.astype(np.int32), codes.astype(np.int32))
