"""The table of passages: for each passage vector its post, and the field and span of its sentence."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.index.storage.arrays import save_array

FILE = "passages.npy"
FIELDS = ("teaser", "body")
_COLUMNS = 4
_ROW = np.dtype([("post", np.int32), ("field", np.uint8), ("start", np.int32), ("end", np.int32)])


class PassagesWriter:
    """Collects passage rows, post by post."""

    def __init__(self) -> None:
        self._rows = array("i")  # four numbers for each row: 16 bytes

    def add(self, post: int, spans: Iterable[tuple[str, int, int]]) -> None:
        """Add the passages of a post; posts come in the order of their ordinals.

        ``spans``: field name, and ``[start, end)`` in code points of that field.
        """
        for field, start, end in spans:
            self._rows.extend((post, FIELDS.index(field), start, end))

    def __len__(self) -> int:
        return len(self._rows) // _COLUMNS

    def save(self, folder: Path) -> None:
        columns = np.frombuffer(self._rows, dtype=np.intc).reshape(-1, _COLUMNS).T
        rows = np.empty(len(self), dtype=_ROW)
        for name, column in zip(_ROW.names or (), columns, strict=True):
            rows[name] = column
        save_array(folder / FILE, rows)


class Passages:
    """The passages of a version: row r is ``text[start[r]:end[r]]`` of a field of post ``post[r]``."""

    def __init__(self, rows: NDArray[np.void], posts: int) -> None:
        self._rows = rows
        self.post: NDArray[np.int32] = np.ascontiguousarray(rows["post"])
        """Shape (passages,): the ordinal of the post of each row, ascending."""
        self._begins = np.searchsorted(self.post, np.arange(posts + 1))

    @classmethod
    def open(cls, folder: Path, posts: int) -> Passages:
        return cls(np.load(folder / FILE, allow_pickle=False), posts)

    def __len__(self) -> int:
        return len(self._rows)

    def rows_of(self, post: int) -> range:
        """Return the rows of a post; empty for a post without body whose teaser is a single sentence."""
        return range(int(self._begins[post]), int(self._begins[post + 1]))

    def rows_of_many(self, posts: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows of several posts, concatenated, and the offset at which those of each post begin.

        The offsets have shape (posts + 1,).
        """
        begins, counts = self._begins[posts], self._begins[posts + 1] - self._begins[posts]
        offsets = np.concatenate(([0], np.cumsum(counts)))
        return np.arange(offsets[-1]) + np.repeat(begins - offsets[:-1], counts), offsets

    def span(self, row: int) -> tuple[str, int, int]:
        """Return the field of a row, and ``[start, end)`` in it in code points."""
        _, field, start, end = self._rows[row]
        return FIELDS[field], int(start), int(end)
