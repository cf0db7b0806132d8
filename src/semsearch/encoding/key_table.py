"""Where is a key's record? A table from keys to row numbers in 16 bytes a key, asked about many keys at a time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Prefixes = NDArray[np.uint64]
"""The first eight bytes of keys that are SHA-256: of a million, two are alike once in forty million such tables."""
Rows = NDArray[np.int64]

_MERGED_AT = 65_536


def prefixes(keys: Iterable[bytes]) -> Prefixes:
    """The prefixes of keys, in their order."""
    return np.frombuffer(b"".join(key[:8] for key in keys), dtype=np.uint64)


class KeyTable:
    """Rows by prefix. Most of it is a sorted array; what came last waits in a dictionary until it is worth merging."""

    def __init__(self) -> None:
        self._prefixes: Prefixes = np.empty(0, dtype=np.uint64)
        self._rows: Rows = np.empty(0, dtype=np.int64)
        self._recent: dict[int, int] = {}

    def put(self, keys: Prefixes, rows: Rows) -> None:
        """Sets the rows of keys, shape (keys,); of equal keys the last counts."""
        self._recent.update(zip(keys.tolist(), rows.tolist(), strict=True))
        if len(self._recent) >= _MERGED_AT:
            self._merge()

    def find(self, keys: Prefixes) -> Rows:
        """The rows of keys, shape (keys,); -1 where a key is unknown."""
        places = np.searchsorted(self._prefixes, keys)
        places[places == len(self._prefixes)] = 0
        rows = np.full(len(keys), -1, dtype=np.int64)
        if len(self._prefixes):
            found = self._prefixes[places] == keys
            rows[found] = self._rows[places[found]]
        if self._recent:
            recent = np.fromiter((self._recent.get(key, -1) for key in keys.tolist()), dtype=np.int64, count=len(keys))
            rows = np.where(recent >= 0, recent, rows)
        return rows

    def items(self) -> tuple[Prefixes, Rows]:
        """All keys, sorted, and their rows."""
        self._merge()
        return self._prefixes, self._rows

    def _merge(self) -> None:
        keys = np.concatenate((self._prefixes, np.fromiter(self._recent.keys(), dtype=np.uint64)))
        rows = np.concatenate((self._rows, np.fromiter(self._recent.values(), dtype=np.int64)))
        self._recent.clear()
        order = np.argsort(keys, kind="stable")
        keys, rows = keys[order], rows[order]
        last = np.append(keys[1:] != keys[:-1], True)[: len(keys)]
        self._prefixes, self._rows = keys[last], rows[last]
