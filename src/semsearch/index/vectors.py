"""Which vectors are nearest? The only module that knows FAISS. Scores are cosines: higher is better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

faiss: Any = _faiss  # its own type hints are those of its C++ functions, not of the Python ones over them

WHOLE_FILE = "whole.faiss"
PASSAGES_FILE = "passages.faiss"
KIND = "flat"
"""Every vector is compared with the question: exact, and fast enough to some hundred thousand vectors."""


class VectorIndexWriter:
    """Collects unit vectors row by row."""

    def __init__(self, dimension: int) -> None:
        self._index = faiss.IndexFlatIP(dimension)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Shape (rows, dimension), of length 1."""
        if len(vectors):
            self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def save(self, file: Path) -> None:
        with file.open("wb") as stream:  # FAISS's own writer says nothing where the last bytes find the disk full
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(stream.write))


class VectorIndex:
    """Unit vectors by row, to search and to read back. May be used from many threads."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.dimension: int = index.d

    @classmethod
    def open(cls, file: Path) -> VectorIndex:
        return cls(faiss.read_index(str(file)))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, query: NDArray[np.float32], limit: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The rows nearest to a unit vector, nearest first, and their cosines; only rows that the mask lets pass.

        As many as ``limit`` wherever that many pass.
        """
        limit = min(limit, len(self) if mask is None else int(np.count_nonzero(mask)))
        if limit == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        parameters = None
        if mask is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
            parameters = faiss.SearchParameters(sel=selector)
        scores, rows = self._index.search(query.reshape(1, -1), limit, params=parameters)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def vectors(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """The vectors of some rows, shape (rows, dimension)."""
        if not len(rows):
            return np.empty((0, self.dimension), dtype=np.float32)
        read: NDArray[np.float32] = self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64))
        return read
