"""Vector indexes in FAISS files; the only module that imports FAISS.

Similarities are cosines of unit vectors: higher is better.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

from semsearch.index.half_precision import half_to_float32
from semsearch.index.vector_index import VectorIndex

faiss: Any = _faiss  # its type hints describe its C++ functions, not the Python ones around them

WHOLE_FILE = "whole.faiss"
"""Post vectors; row n is that of the post with ordinal n."""
PASSAGES_FILE = "passages.faiss"

FLAT = "flat"
EXACT_UP_TO = 3_000
"""Up to this many vectors a search compares all of them exactly; ``benchmarks/vectors.py`` times both kinds."""
NEIGHBOURS_EXACT_UP_TO = 10_000
"""The same limit for :class:`NeighbourFinder`, which compares a batch of vectors as one matrix product."""
_TRAINING_ROWS = 4_096
_TRAINING_ITERATIONS = 10
_CHUNK_ROWS = 8_192
_CANDIDATES_PER_RESULT = 4
"""How many compressed candidates are compared in full for each result."""
_PROBED_CELLS = 64

ReadVectors = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""Takes row numbers and returns their unit vectors, shape (rows, dimension)."""


def search_on_one_thread() -> None:
    """Make each search run on its calling thread alone: FAISS's own threads slow concurrent searches down."""
    faiss.omp_set_num_threads(1)


def kind_for(rows: int, dimension: int) -> str:
    """Return the kind of index for a number of vectors: ``flat`` up to ``EXACT_UP_TO``, else a FAISS factory string.

    The compressed kind is product quantization with 4 bits for each pair of dimensions. A scan in SIMD registers finds
    candidates, which are then ranked by their vectors in half precision (André et al., 2019, Quicker ADC). It finds
    99.9 % of the 100 nearest of 100,000 vectors in a tenth of the time. Unlike cells or graphs it scans all rows, so
    unusual queries lose no recall. An odd dimension has no pairs; all vectors are then compared in half precision.
    """
    if rows <= EXACT_UP_TO:
        return FLAT
    return f"PQ{dimension // 2}x4fs,Refine(SQfp16)" if dimension % 2 == 0 else "SQfp16"


def write_vectors(file: Path, dimension: int, rows: int, read: ReadVectors, before: VectorIndex | None = None) -> str:
    """Write an index of ``rows`` vectors, which are read in chunks, and return its kind. Raises OSError.

    ``before``: an index of similar vectors. If it is of the same kind, its compression is used, not trained anew.
    """
    kind = kind_for(rows, dimension)
    index = (before.empty_copy(kind) if isinstance(before, FaissVectors) else None) or _trained(
        kind, dimension, rows, read
    )
    for start in range(0, rows, _CHUNK_ROWS):
        vectors = read(np.arange(start, min(start + _CHUNK_ROWS, rows)))
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    with file.open("wb") as stream:  # FAISS's own writer reports no error if the disk is full at the last bytes
        faiss.write_index(index, faiss.PyCallbackIOWriter(stream.write))
    return kind


def _trained(kind: str, dimension: int, rows: int, read: ReadVectors) -> Any:
    """Return an empty index whose compression, if any, is trained on a sample of the rows."""
    index = faiss.index_factory(dimension, "Flat" if kind == FLAT else kind, faiss.METRIC_INNER_PRODUCT)
    if kind != FLAT:
        if kind.startswith("PQ"):
            faiss.downcast_index(index.base_index).pq.cp.niter = _TRAINING_ITERATIONS
        sample = np.random.default_rng(0).choice(rows, min(rows, _TRAINING_ROWS), replace=False, shuffle=False)
        index.train(np.ascontiguousarray(read(sample), dtype=np.float32))
    return index


class FaissVectors:
    """A vector index in a FAISS file; implements :class:`semsearch.index.vector_index.VectorIndex`."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._full, self._compressed = index, None
        """The index of the full vectors and, if there is one, that of the compressed vectors."""
        if isinstance(index, faiss.IndexRefine):
            index.k_factor = _CANDIDATES_PER_RESULT
            self._compressed = faiss.downcast_index(index.base_index)
            self._full = faiss.downcast_index(index.refine_index)
        self.dimension: int = index.d
        codes = faiss.rev_swig_ptr(self._full.codes.data(), self._full.codes.size())
        dtype = np.float32 if isinstance(self._full, faiss.IndexFlat) else np.float16
        self._rows = codes.view(dtype).reshape(-1, index.d)
        """A view of FAISS's own memory: reading rows from it takes a fraction of the time of FAISS's reconstruct."""

    @classmethod
    def open(cls, file: Path) -> FaissVectors:
        return cls(faiss.read_index(str(file)))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def empty_copy(self, kind: str) -> Any:
        """Return an empty FAISS index that compresses as this one does; None if this one is not of the given kind."""
        if self._compressed is None or kind != kind_for(len(self), self.dimension):
            return None
        index = faiss.index_factory(self.dimension, kind, faiss.METRIC_INNER_PRODUCT)
        compressed = faiss.downcast_index(index.base_index)
        faiss.copy_array_to_vector(faiss.vector_to_array(self._compressed.pq.centroids), compressed.pq.centroids)
        compressed.is_trained = index.is_trained = True
        return index

    def search(
        self, vector: NDArray[np.float32], limit: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See :meth:`semsearch.index.vector_index.VectorIndex.search`."""
        limit = min(limit, len(self) if mask is None else int(np.count_nonzero(mask)))
        if limit == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        queries = vector.reshape(1, -1)
        if mask is None:
            similarities, rows = self._index.search(queries, limit)
        elif (candidates := self._candidates(queries, limit, mask)) is not None:
            cosines = self.vectors(candidates) @ vector
            order = np.argsort(-cosines, kind="stable")[:limit]
            return candidates[order], cosines[order]
        else:
            selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
            similarities, rows = self._full.search(queries, limit, params=faiss.SearchParameters(sel=selector))
        found = rows[0] >= 0
        return rows[0][found], similarities[0][found]

    def _candidates(
        self, queries: NDArray[np.float32], limit: int, mask: NDArray[np.bool_]
    ) -> NDArray[np.int64] | None:
        """Return the nearest compressed rows that pass the mask, as many as an unmasked search would compare in full.

        A compressed scan cannot skip rows, so it is asked for twice as many as should suffice. Returns None if that is
        more than the rows that pass, or if too few of the found rows pass: comparing all that pass is faster then.
        """
        passing = int(np.count_nonzero(mask))
        wanted = min(_CANDIDATES_PER_RESULT * limit, passing)
        scanned = 2 * wanted * len(self) // passing
        if self._compressed is None or scanned > passing:
            return None
        rows = self._compressed.search(queries, scanned)[1][0]
        candidates: NDArray[np.int64] = rows[mask[rows]][:wanted]
        return candidates if len(candidates) == wanted else None

    def vectors(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """See :meth:`semsearch.index.vector_index.VectorIndex.vectors`."""
        if not len(rows):
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._rows.take(np.asarray(rows, dtype=np.int64), axis=0)
        return vectors if vectors.dtype == np.float32 else half_to_float32(vectors)


class NeighbourFinder:
    """Unit vectors in memory, to find the nearest neighbours of very many vectors.

    Up to ``NEIGHBOURS_EXACT_UP_TO`` rows the neighbours are exact. Beyond, compressed vectors are compared, and only in
    the nearest cells (an inverted file, Jégou et al., 2011): most neighbours are found in a fraction of the time.
    """

    def __init__(self, dimension: int, rows: int, read: ReadVectors) -> None:
        kind = "Flat"
        if rows > NEIGHBOURS_EXACT_UP_TO:
            cells = int(rows**0.5)
            kind = f"IVF{cells},PQ{dimension // 2}x4fs" if dimension % 2 == 0 else f"IVF{cells},SQfp16"
        self._index = faiss.index_factory(dimension, kind, faiss.METRIC_INNER_PRODUCT)
        if kind != "Flat":
            self._index.nprobe = _PROBED_CELLS
            sample = np.random.default_rng(0).choice(rows, min(rows, 64 * cells), replace=False, shuffle=False)
            self._index.train(np.ascontiguousarray(read(np.sort(sample)), dtype=np.float32))
        for start in range(0, rows, _CHUNK_ROWS):
            self._index.add(np.ascontiguousarray(read(np.arange(start, min(start + _CHUNK_ROWS, rows)))))

    def neighbours(self, vectors: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
        """Return the nearest rows for each vector, most similar first, shape (vectors, min(``limit``, rows)).

        Where fewer were found, the rest of a row is -1.
        """
        limit = min(limit, int(self._index.ntotal))
        if not limit or not len(vectors):
            return np.empty((len(vectors), limit), dtype=np.int64)
        rows: NDArray[np.int64] = self._index.search(np.ascontiguousarray(vectors), limit)[1]
        return rows
