"""What do posts have besides text? Columns over all posts: for row masks, facet counts and near-duplicates."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.stems import code_of
from semsearch.index.filters import FACETS, Filter, day_number
from semsearch.index.grouping.addresses import NO_ADDRESS, address
from semsearch.index.grouping.duplicates import DuplicateFinder
from semsearch.index.grouping.editions import EditionFinder
from semsearch.index.grouping.series import series_of
from semsearch.posts import Post, language_ranges

FILE = "attributes.npz"
MAX_FACET_VALUES = 100
"""Values of a facet that are counted out, the most frequent; nobody reads more."""
MAX_COPIES = 10
"""Near-duplicates of a post that are looked at besides those that were found: nobody reads more of them."""
NO_LANGUAGE = -1
_NO_DAY = np.iinfo(np.int32).min

Mask = NDArray[np.bool_]
"""Shape (posts,): whether the post may be found."""


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a field that a post may have several of: pairs (post, value), in the order of posts."""

    values: tuple[str, ...]
    posts: NDArray[np.int32]
    codes: NDArray[np.int32]
    """Index into ``values``; as long as ``posts``."""

    def having(self, value: str, posts: int) -> Mask:
        mask = np.zeros(posts, dtype=np.bool_)
        if value in self.values:
            mask[self.posts[self.codes == self.values.index(value)]] = True
        return mask

    def counts(self, mask: Mask | None) -> dict[str, int]:
        codes = self.codes if mask is None else self.codes[mask[self.posts]]
        counts = np.bincount(codes, minlength=len(self.values))
        order = sorted(np.flatnonzero(counts), key=lambda code: (-counts[code], self.values[code]))[:MAX_FACET_VALUES]
        return {self.values[code]: int(counts[code]) for code in order}


class ColumnWriter:
    """Collects the pairs of a column, each value once."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._pairs = array("i")  # post and code in turn

    def add(self, post: int, values: Iterable[str]) -> None:
        for value in values:
            self._pairs.extend((post, self._codes.setdefault(value, len(self._codes))))

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        pairs = np.frombuffer(self._pairs, dtype=np.intc).astype(np.int32).reshape(-1, 2)
        values = np.frombuffer(json.dumps(list(self._codes)).encode(), dtype=np.uint8)
        return {f"{name}_posts": pairs[:, 0], f"{name}_codes": pairs[:, 1], f"{name}_values": values}


class AttributesWriter:
    """Collects the attributes of posts in the order of their ordinals."""

    def __init__(self) -> None:
        self._columns = {name: ColumnWriter() for name in (*FACETS, "ranges", "series")}
        self._days, self._addresses, self._digests = array("i"), array("Q"), array("Q")
        self._duplicates, self._editions = DuplicateFinder(), EditionFinder()

    def add(self, post: Post) -> None:
        ordinal = len(self._days)
        day = post.day
        self._days.append(_NO_DAY if day is None else day_number(day))
        self._addresses.append(address(post.url))
        self._digests.append(digest(post))
        self._duplicates.add(post)
        self._editions.add(post)
        self._columns["tags"].add(ordinal, post.tags)
        self._columns["authors"].add(ordinal, post.authors)
        self._columns["series"].add(ordinal, filter(None, [series_of(post)]))
        self._columns["year"].add(ordinal, [] if day is None else [f"{day.year:04}"])
        if post.language:
            self._columns["language"].add(ordinal, [post.language])
            self._columns["ranges"].add(ordinal, language_ranges(post.language))

    def save(self, folder: Path) -> None:
        copy_of = self._duplicates.firsts()
        arrays: dict[str, NDArray[np.generic]] = {
            "day": np.frombuffer(self._days, dtype=np.intc).astype(np.int32),
            "digest": np.frombuffer(self._digests, dtype=np.uint64),
            "address": np.frombuffer(self._addresses, dtype=np.uint64),
            "copy_of": copy_of,
            "work_of": self._editions.firsts(copy_of),
        }
        for name, column in self._columns.items():
            arrays |= column.arrays(name)
        with (folder / FILE).open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)


class Attributes:
    """The attributes of all posts of a version, by ordinal."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self.day: NDArray[np.int32] = arrays["day"].astype(np.int32)
        self.copy_of: NDArray[np.int32] = arrays["copy_of"].astype(np.int32)
        """The first post of the group of near-duplicates that each is in (in format 1, of exact copies)."""
        self.work_of: NDArray[np.int32] = arrays["work_of"].astype(np.int32) if "work_of" in arrays else self.copy_of
        """The same of near-duplicates and of translations: two posts with one value are one work."""
        self.digest: NDArray[np.uint64] | None = arrays["digest"].astype(np.uint64) if "digest" in arrays else None
        """Of all that related posts are found by; None in format 2."""
        addresses = arrays["address"] if "address" in arrays else np.full(len(self.day), NO_ADDRESS)  # none in format 2
        self._address: NDArray[np.uint64] = addresses.astype(np.uint64)
        self._columns = {name: _column(arrays, name) for name in (*FACETS, "ranges", "series")}
        language = self._columns["language"]
        self.language: NDArray[np.int32] = np.full(len(self.day), NO_LANGUAGE, dtype=np.int32)
        """Index into the values of the column; NO_LANGUAGE where nobody said."""
        self.language[language.posts] = language.codes
        works = np.bincount(self.work_of, minlength=len(self.work_of))
        self._in_works: NDArray[np.int64] = np.flatnonzero(works[self.work_of] > 1)
        """The posts whose work has another."""
        counts = np.bincount(self.copy_of, minlength=len(self.copy_of))
        self._is_copied: Mask = counts[self.copy_of] > 1
        self._copied: NDArray[np.int64] = np.flatnonzero(self._is_copied)
        """The posts that have a near-duplicate."""

    @classmethod
    def open(cls, folder: Path) -> Attributes:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(arrays)

    def __len__(self) -> int:
        return len(self.day)

    def mask(self, condition: Filter) -> Mask | None:
        """The posts that pass a filter; None where all do because it asks nothing."""
        if not condition:
            return None
        mask = np.ones(len(self), dtype=np.bool_)
        for tag in condition.tags:
            mask &= self._columns["tags"].having(tag, len(self))
        for author in condition.authors:
            mask &= self._columns["authors"].having(author, len(self))
        if condition.language is not None:
            mask &= self._columns["ranges"].having(condition.language.lower(), len(self))
        if condition.date_from is not None:
            mask &= self.day >= day_number(condition.date_from)
        if condition.date_to is not None:
            mask &= (self.day <= day_number(condition.date_to)) & (self.day != _NO_DAY)
        return mask

    def column(self, name: str) -> Column:
        """``tags``, ``authors``, ``language``, ``year`` or ``series``."""
        return self._columns[name]

    def days(self, ordinals: NDArray[np.int64]) -> tuple[NDArray[np.int64], Mask]:
        """The days of some posts, as numbers, and whether they have one; without one it is before all others."""
        days = self.day[ordinals].astype(np.int64)
        return days, days != _NO_DAY

    def at(self, urls: Iterable[str]) -> NDArray[np.int64]:
        """The posts at some addresses."""
        wanted = np.array([at for url in urls if (at := address(url)) != NO_ADDRESS], dtype=np.uint64)
        return np.flatnonzero(np.isin(self._address, wanted)) if len(wanted) else np.empty(0, dtype=np.int64)

    def are_copied(self, ordinals: NDArray[np.int64]) -> Mask:
        """Whether some posts have near-duplicates."""
        return self._is_copied[ordinals]

    def with_copies(self, ordinals: NDArray[np.int64], mask: Mask | None) -> NDArray[np.int64]:
        """The posts and, of those that pass, their near-duplicates, the newest ten of each group; sorted, each once."""
        groups = self.copy_of[ordinals[self.are_copied(ordinals)]]
        if not len(groups):
            return ordinals
        copies = self._copied[np.isin(self.copy_of[self._copied], groups)]
        copies = copies if mask is None else copies[mask[copies]]
        copies = copies[np.lexsort((copies, -self.day[copies].astype(np.int64), self.copy_of[copies]))]
        _, first = np.unique(self.copy_of[copies], return_index=True)
        rank = np.arange(len(copies)) - np.repeat(first, np.diff(np.append(first, len(copies))))
        return np.union1d(ordinals, copies[rank < MAX_COPIES])

    def without_groups(self, groups: NDArray[np.int32], mask: Mask | None) -> Mask:
        """One post, the first that passes, of each group of near-duplicates but some."""
        passing = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        _, first = np.unique(self.copy_of[passing], return_index=True)
        chosen = np.zeros(len(self), dtype=np.bool_)
        chosen[passing[first]] = True
        return chosen & ~np.isin(self.copy_of, groups)

    def one_of_each_work(self, passing: Mask, language: int = NO_LANGUAGE) -> Mask:
        """Of the posts that pass, one for each work: the first in a language, or else the first."""
        chosen, several = passing.copy(), self._in_works[passing[self._in_works]]
        works = self.work_of[several]
        elsewhere = (self.language[several] != language) & (language != NO_LANGUAGE)
        order = np.lexsort((several, elsewhere, works))
        _, first = np.unique(works[order], return_index=True)
        chosen[several] = False
        chosen[several[order[first]]] = True
        return chosen

    def language_of(self, code: str) -> int:
        """The language of posts that an ISO 639 code is of, the first that comes; NO_LANGUAGE where none is."""
        values = self._columns["language"].values
        return next((n for n, value in enumerate(values) if code_of(value) == code), NO_LANGUAGE)

    def have_others(self, ordinals: NDArray[np.int64]) -> Mask:
        """Whether there are other posts of the same works as some."""
        return np.isin(ordinals, self._in_works)

    @property
    def has_editions(self) -> bool:
        """Whether a work has posts in several languages."""
        return bool(np.any(self.work_of != self.copy_of) or np.any(self.language != self.language[self.work_of]))

    @property
    def has_copies(self) -> bool:
        """Whether any two posts are near-duplicates."""
        return len(self._copied) > 0

    def count(self, mask: Mask | None, *, collapse: bool) -> int:
        """How many posts pass; ``collapse`` counts near-duplicates once."""
        passing = len(self) if mask is None else int(np.count_nonzero(mask))
        if not collapse:
            return passing
        copies = self._copied if mask is None else self._copied[mask[self._copied]]
        return passing - len(copies) + len(np.unique(self.copy_of[copies]))

    def facet(self, name: str, mask: Mask | None) -> dict[str, int]:
        """How many of the posts have each value of a facet, the hundred most frequent first.

        ``name`` is one of FACETS.
        """
        return self._columns[name].counts(mask)


def digest(post: Post) -> int:
    """A number of 64 bits that is another where a post says anything else, but for its address."""
    said = (post.title, post.teaser, post.body, post.date, post.tags, post.authors, post.language, dict(post.extra))
    return int.from_bytes(hashlib.blake2b(repr(said).encode(), digest_size=8).digest())


def _column(arrays: Mapping[str, NDArray[np.generic]], name: str) -> Column:
    if f"{name}_values" not in arrays:  # until format 2 nobody asked for series
        return Column((), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32))
    values = json.loads(arrays[f"{name}_values"].tobytes())
    posts, codes = arrays[f"{name}_posts"], arrays[f"{name}_codes"]
    return Column(tuple(values), posts.astype(np.int32), codes.astype(np.int32))
