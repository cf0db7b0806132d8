"""Count in how many posts each unit is, and decide which units are in so many posts that they are boilerplate."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.stems import language_code
from semsearch.posts import Post
from semsearch.rebuilding.post_memory import Call, compute
from semsearch.rebuilding.units import Keys, UnitList, mixed

MIN_POSTS = 5
"""Boilerplate is in at least so many posts: a corpus of four posts has none."""
MIN_SHARE, MAX_SHARE = 0.01, 0.05
"""Limits of the share of posts in which boilerplate must be; see :func:`min_posts`."""
MIN_NUMBERED_SHARE = 0.25
"""The same for units that differ in numbers. Numbers are facts; what so many posts state in one form is the form."""
MAX_RECURRING = 0.5
"""If more of a post recurs, it is a copy or revision of others, or a form that was filled in, and no evidence."""

_COUNTERS = 1 << 22
_COUNT_BITS = 24
"""Larger counts are not told apart where the rarest unit of a post is chosen."""
_WINDOW_UNITS = 1 << 15
"""Units that are collected before they are counted and written to disk."""


def min_posts(posts: int) -> int:
    """Return in how many of so many posts of one language a unit must be to be boilerplate.

    It is the square root of their number, which is 5 % of 400 posts and 1 % of 10,000. Of fewer posts it is 5 %, but
    at least five; of more it is 1 %.
    """
    return math.ceil(max(MIN_POSTS, min(max(math.sqrt(posts), MIN_SHARE * posts), MAX_SHARE * posts)))


@dataclass(frozen=True, slots=True)
class _Window:
    """The units of some posts that have keys, each once in a post, in the order of posts."""

    keys: Keys
    """Shape (units, 2); 0 is none."""
    sizes: NDArray[np.uint32]
    """Shape (units,): bytes."""
    posts: NDArray[np.uint32]
    """Shape (units,): ordinals."""


class UnitCounts:
    """Collects the posts of a corpus, and then returns the keys that are boilerplate.

    Memory: 16 MB of counters, 9 bytes of each post, and 16 bytes of each occurrence of a unit that recurs. The keys of
    all units, 24 bytes each, are in a temporary file. A context manager, which deletes the file.
    """

    def __init__(self, folder: Path, call: Call = compute) -> None:
        """``folder``: the disk for the temporary file, which has no name there. ``call``: see :class:`UnitList`."""
        self._call = call
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  (closed by __exit__)
        self._units, self._unit_counts = UnitList(self._call), array("I")
        self._windows: list[int] = []
        self._counters = np.zeros(_COUNTERS, dtype=np.uint32)
        """How many posts have a key with these last bits."""
        self._other, self._languages = array("I"), array("I")
        self._codes: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, post: Post) -> None:
        """Add a post; posts come in the order of their ordinals."""
        self._unit_counts.append(self._units.add(post))
        self._other.append(len(post.title.encode()))
        self._languages.append(self._codes.setdefault(language_code(post.language), len(self._codes)))
        if len(self._units) >= _WINDOW_UNITS:
            self._end_window()

    def boilerplate(self) -> tuple[frozenset[int], NDArray[np.bool_]]:
        """Return the keys that are boilerplate, and which posts have any of them, shape (posts,)."""
        self._end_window()
        keys, has_some = self._frequent_keys(), np.zeros(len(self._other), dtype=np.bool_)
        if len(keys):
            for window in self._read_windows():
                has_some[window.posts[np.isin(window.keys, keys).any(axis=1)]] = True
        return frozenset(keys.tolist()), has_some

    def _frequent_keys(self) -> Keys:
        """Return the keys that enough posts have, counting posts with the same rarest unit, as copies have, once."""
        other, required = np.array(self._other, dtype=np.int64), self._required()
        keys, needed, contexts = [], [], []
        for window in self._read_windows():
            enough = np.where(window.keys & np.uint64(1), required[window.posts, 1:], required[window.posts, :1])
            frequent = (window.keys != 0) & (self._counts(window.keys) >= enough)
            if frequent.any():
                evidence, context = self._evidence(window, frequent.any(axis=1), other)
                frequent &= evidence[:, np.newaxis]
                keys.append(window.keys[frequent])
                needed.append(enough[frequent])
                contexts.append(np.repeat(context, 2).reshape(-1, 2)[frequent])
        if not keys:
            return np.empty(0, dtype=np.uint64)
        pairs = np.stack([np.concatenate(keys), np.concatenate(contexts)], axis=1)
        pairs, first = np.unique(pairs, axis=0, return_index=True)
        found, start, counts = np.unique(pairs[:, 0], return_index=True, return_counts=True)
        return found[counts >= np.concatenate(needed)[first[start]]]

    def _required(self) -> NDArray[np.uint32]:
        """Return for each post how many posts in its language must have a unit, and one with numbers: (posts, 2)."""
        languages = np.array(self._languages, dtype=np.intp)
        posts = np.bincount(languages).tolist()
        required = [(min_posts(n), max(min_posts(n), math.ceil(MIN_NUMBERED_SHARE * n))) for n in posts]
        return np.array(required, dtype=np.uint32).reshape(-1, 2)[languages]

    def _evidence(
        self, window: _Window, recurs: NDArray[np.bool_], other: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], Keys]:
        """Return for each unit whether its post is evidence, and a hash of the rarest unit of the post."""
        starts = np.flatnonzero(np.append(True, window.posts[1:] != window.posts[:-1]))
        sizes = window.sizes.astype(np.int64)
        total = np.add.reduceat(sizes, starts) + other[window.posts[starts]]
        evidence = np.add.reduceat(np.where(recurs, sizes, 0), starts) <= MAX_RECURRING * total
        counts = np.minimum(self._counts(window.keys[:, 0]), (1 << _COUNT_BITS) - 1).astype(np.uint64)
        rarity = counts << np.uint64(64 - _COUNT_BITS) | window.keys[:, 0] >> np.uint64(_COUNT_BITS)
        rarity[recurs] = np.iinfo(np.uint64).max
        lengths = np.diff(np.append(starts, len(sizes)))
        return np.repeat(evidence, lengths), np.repeat(np.minimum.reduceat(rarity, starts), lengths)

    def _counts(self, keys: Keys) -> NDArray[np.uint32]:
        """Return in how many posts some keys are; rarely more, since keys share counters."""
        counts: NDArray[np.uint32] = self._counters[(keys >> np.uint64(1)) % np.uint64(_COUNTERS)]
        return counts

    def _end_window(self) -> None:
        units = self._units.units()
        first_post = len(self._other) - len(self._unit_counts)
        posts = np.repeat(np.arange(first_post, len(self._other), dtype=np.uint32), self._unit_counts)
        keyless = units.first == 0
        keyless_sizes = np.bincount(posts[keyless] - first_post, units.sizes[keyless], len(self._unit_counts))
        for post, size in enumerate(keyless_sizes.astype(np.int64).tolist(), start=first_post):
            self._other[post] += size
        is_new = _is_first(mixed(units.first, posts.astype(np.uint64)))  # a refrain counts once
        kept = np.flatnonzero(is_new & ~keyless)
        keys = np.stack([units.first, units.second], axis=1)[kept]
        self._count(keys, posts[kept])
        self._windows.append(len(keys))
        for values in (keys, units.sizes[kept].astype(np.uint32), posts[kept]):
            self._file.write(values.tobytes())
        self._units, self._unit_counts = UnitList(self._call), array("I")

    def _count(self, keys: Keys, posts: NDArray[np.uint32]) -> None:
        """Count each key once in a post."""
        flat = keys.ravel()
        counted = (flat != 0) & _is_first(mixed(flat, np.repeat(posts.astype(np.uint64), 2)))
        np.add.at(self._counters, (flat[counted] >> np.uint64(1)) % np.uint64(_COUNTERS), np.uint32(1))

    def _read_windows(self) -> Iterator[_Window]:
        self._file.seek(0)
        for size in filter(None, self._windows):
            yield _Window(
                np.fromfile(self._file, dtype=np.uint64, count=2 * size).reshape(-1, 2),
                np.fromfile(self._file, dtype=np.uint32, count=size),
                np.fromfile(self._file, dtype=np.uint32, count=size),
            )


def _is_first(values: Keys) -> NDArray[np.bool_]:
    """Return which values are the first of those equal to them."""
    is_first = np.zeros(len(values), dtype=np.bool_)
    is_first[np.unique(values, return_index=True)[1]] = True
    return is_first
