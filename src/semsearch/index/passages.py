"""Which sentence is a vector row? The table from passage rows to posts and places in their text."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = "passages.npy"
FIELDS = ("teaser", "body")
_COLUMNS = 4
_ROW = np.dtype([("post", np.int32), ("field", np.uint8), ("start", np.int32), ("end", np.int32)])


class PassagesWriter:
    """Collects passage rows in the order of posts."""

    def __init__(self) -> None:
        self._rows = array("i")  # four numbers a row, 16 bytes

    def add(self, post: int, spans: Iterable[tuple[str, int, int]]) -> None:
        """``spans``: field name, and ``[start, end)`` in code points of that field."""
        for field, start, end in spans:
            self._rows.extend((post, FIELDS.index(field), start, end))

    def __len__(self) -> int:
        return len(self._rows) // _COLUMNS

    def save(self, folder: Path) -> None:
        columns = np.frombuffer(self._rows, dtype=np.intc).reshape(-1, _COLUMNS).T
        rows = np.empty(len(self), dtype=_ROW)
        for name, column in zip(_ROW.names or (), columns, strict=True):
            rows[name] = column
        np.save(folder / FILE, rows, allow_pickle=False)


class Passages:
    """Rows of the passage vectors: row r is ``text[start[r]:end[r]]`` of a field of a post."""

    def __init__(self, rows: NDArray[np.void], posts: int) -> None:
        self._rows = rows
        self.post: NDArray[np.int32] = np.ascontiguousarray(rows["post"])
        self._first = np.searchsorted(self.post, np.arange(posts + 1))

    @classmethod
    def open(cls, folder: Path, posts: int) -> Passages:
        return cls(np.load(folder / FILE, allow_pickle=False), posts)

    def __len__(self) -> int:
        return len(self._rows)

    def of(self, post: int) -> range:
        """The rows of a post; empty where its teaser is one sentence and it has no body."""
        return range(int(self._first[post]), int(self._first[post + 1]))

    def of_many(self, posts: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """All rows of several posts, and where in them each post's rows begin (shape (posts + 1,))."""
        first, counts = self._first[posts], self._first[posts + 1] - self._first[posts]
        begins = np.concatenate(([0], np.cumsum(counts)))
        return np.arange(begins[-1]) + np.repeat(first - begins[:-1], counts), begins

    def span(self, row: int) -> tuple[str, int, int]:
        """The field of a row, and ``[start, end)`` in it in code points."""
        _, field, start, end = self._rows[row]
        return FIELDS[field], int(start), int(end)
