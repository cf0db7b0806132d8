"""Which vectors are nearest? The only module that knows FAISS. Scores are cosines: higher is better."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

faiss: Any = _faiss  # its own type hints are those of its C++ functions, not of the Python ones over them

WHOLE_FILE = "whole.faiss"
PASSAGES_FILE = "passages.faiss"

FLAT = "flat"
EXACT_UP_TO = 3_000
"""Vectors that are simply all compared with the question; `benchmarks/vectors.py` measures both."""
NEIGHBOURS_EXACT_UP_TO = 10_000
"""The same where many questions come at once, which are compared a whole matrix at a time."""
_TRAINING_ROWS = 4_096
_ITERATIONS = 10
_AT_ONCE = 8_192
_CANDIDATES = 4
"""Vectors that are compared in full for each that is asked for, where all are compared in short first."""

_CELLS_SEARCHED = 64
_FEW = 16
"""Vectors that are not worth a detour."""

Read = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""Row numbers to unit vectors, shape (rows, dimension)."""


def search_on_one_thread() -> None:
    """Each search takes the thread that asks, and no other: where many ask at once, more would wait for each other."""
    faiss.omp_set_num_threads(1)


def kind_for(rows: int, dimension: int) -> str:
    """How so many vectors are best indexed: as they are or, beyond ``EXACT_UP_TO``, in short besides.

    In short, each two numbers of a vector are one of sixteen pairs (product quantization): a scan of those in registers
    finds candidates, whose vectors in half precision then decide (André et al., 2019, Quicker ADC). It finds 99.9 % of
    the 100 nearest of 100,000, in a tenth of the time, and has no cells or graph in which an odd question gets lost.
    Vectors of an odd dimension have no pairs: they are all compared, in half precision.
    """
    if rows <= EXACT_UP_TO:
        return FLAT
    return f"PQ{dimension // 2}x4fs,Refine(SQfp16)" if dimension % 2 == 0 else "SQfp16"


def write_vectors(file: Path, dimension: int, rows: int, read: Read) -> str:
    """Writes an index of vectors that are read a chunk at a time, and returns its kind."""
    kind = kind_for(rows, dimension)
    index = faiss.index_factory(dimension, "Flat" if kind == FLAT else kind, faiss.METRIC_INNER_PRODUCT)
    if kind != FLAT:
        if kind.startswith("PQ"):
            faiss.downcast_index(index.base_index).pq.cp.niter = _ITERATIONS
        sample = np.random.default_rng(0).choice(rows, min(rows, _TRAINING_ROWS), replace=False, shuffle=False)
        index.train(np.ascontiguousarray(read(sample), dtype=np.float32))
    for start in range(0, rows, _AT_ONCE):
        vectors = read(np.arange(start, min(start + _AT_ONCE, rows)))
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    with file.open("wb") as stream:  # FAISS's own writer says nothing where the last bytes find the disk full
        faiss.write_index(index, faiss.PyCallbackIOWriter(stream.write))
    return kind


class VectorIndex:
    """Unit vectors by row, to search and to read back. May be used from many threads."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._full, self._short = index, None
        """Where the vectors themselves are, and where they are in short, if they are."""
        if isinstance(index, faiss.IndexRefine):
            index.k_factor = _CANDIDATES
            self._short = faiss.downcast_index(index.base_index)
            self._full = faiss.downcast_index(index.refine_index)
        self.dimension: int = index.d
        codes = faiss.rev_swig_ptr(self._full.codes.data(), self._full.codes.size())
        kind = np.float32 if isinstance(self._full, faiss.IndexFlat) else np.float16
        self._rows = codes.view(kind).reshape(-1, index.d)
        """The vectors where FAISS keeps them: to read some takes a fraction of the time that FAISS would take."""

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
        question = query.reshape(1, -1)
        if mask is None:
            scores, rows = self._index.search(question, limit)
        elif (candidates := self._nearest_in_short(question, limit, mask)) is not None:
            cosines = self.vectors(candidates) @ query
            order = np.argsort(-cosines, kind="stable")[:limit]
            return candidates[order], cosines[order]
        else:
            selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
            scores, rows = self._full.search(question, limit, params=faiss.SearchParameters(sel=selector))
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def _nearest_in_short(
        self, question: NDArray[np.float32], limit: int, mask: NDArray[np.bool_]
    ) -> NDArray[np.int64] | None:
        """The candidates that the mask lets pass, as many as are compared in full without one.

        A scan in short cannot pass over rows: it gives twice as many as should be needed. None where those are more
        than pass, or where too few of them do: to compare in full all that pass is faster then.
        """
        passing = int(np.count_nonzero(mask))
        wanted = min(_CANDIDATES * limit, passing)
        scanned = 2 * wanted * len(self) // passing
        if self._short is None or scanned > passing:
            return None
        rows = self._short.search(question, scanned)[1][0]
        candidates: NDArray[np.int64] = rows[mask[rows]][:wanted]
        return candidates if len(candidates) == wanted else None

    def vectors(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """The vectors of some rows, shape (rows, dimension)."""
        if not len(rows):
            return np.empty((0, self.dimension), dtype=np.float32)
        found = self._rows.take(np.asarray(rows, dtype=np.int64), axis=0)
        return found if found.dtype == np.float32 else single(found)


def single(halves: NDArray[np.float16]) -> NDArray[np.float32]:
    """Finite numbers of half precision in single: the same that numpy makes of them, in a third of the time.

    Sign, exponent and fraction are moved to their places in all at once. The exponent then counts from another zero,
    which a multiplication makes up for.
    """
    if len(halves) < _FEW:
        return halves.astype(np.float32)
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13  # the sign fills the bits above the exponent, too
    bits &= ~0x70000000
    numbers = bits.view(np.float32)
    numbers *= np.float32(2.0**112)
    return numbers


class Neighbours:
    """Unit vectors, to find the ones near each of very many: quickly, and up to ``NEIGHBOURS_EXACT_UP_TO`` exactly.

    Beyond, vectors are compared in short, and only those of the cells around (an inverted file, Jégou et al., 2011):
    most neighbours are found, in a fraction of the time.
    """

    def __init__(self, dimension: int, rows: int, read: Read) -> None:
        kind = "Flat"
        if rows > NEIGHBOURS_EXACT_UP_TO:
            cells = int(rows**0.5)
            kind = f"IVF{cells},PQ{dimension // 2}x4fs" if dimension % 2 == 0 else f"IVF{cells},SQfp16"
        self._index = faiss.index_factory(dimension, kind, faiss.METRIC_INNER_PRODUCT)
        if kind != "Flat":
            self._index.nprobe = _CELLS_SEARCHED
            sample = np.random.default_rng(0).choice(rows, min(rows, 64 * cells), replace=False, shuffle=False)
            self._index.train(np.ascontiguousarray(read(np.sort(sample)), dtype=np.float32))
        for start in range(0, rows, _AT_ONCE):
            self._index.add(np.ascontiguousarray(read(np.arange(start, min(start + _AT_ONCE, rows)))))

    def near(self, vectors: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
        """Rows near each vector, shape (vectors, at most ``limit``), -1 where no more were found."""
        limit = min(limit, int(self._index.ntotal))
        if not limit or not len(vectors):
            return np.empty((len(vectors), limit), dtype=np.int64)
        rows: NDArray[np.int64] = self._index.search(np.ascontiguousarray(vectors), limit)[1]
        return rows
