"""The kinds of FAISS index conform to the interface of a vector index."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.index import faiss_vectors
from semsearch.index.faiss_vectors import FLAT, FaissVectors, kind_for, write_vectors
from semsearch.index.vector_index import VectorIndex
from tests.index.vector_index_conformance import ROWS, Build, VectorIndexConformance


def build_in(folder: pytest.TempPathFactory) -> Build:
    def build(rows: NDArray[np.float32]) -> VectorIndex:
        file = folder.mktemp("vectors") / "index"
        write_vectors(file, rows.shape[1], len(rows), rows.__getitem__)
        return FaissVectors.open(file)

    return build


class TestFlat(VectorIndexConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Build:
        assert kind_for(ROWS, cls.dimension) == FLAT
        return build_in(tmp_path_factory)


class TestCompressed(VectorIndexConformance):
    tolerance = 1e-3  # vectors are stored in half precision
    recall = 0.98
    kind = "PQ16x4fs,Refine(SQfp16)"

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(faiss_vectors, "EXACT_UP_TO", 300)
            assert kind_for(ROWS, cls.dimension) == cls.kind
            yield build_in(tmp_path_factory)


class TestHalfPrecision(TestCompressed):
    dimension = 31  # an odd dimension has no pairs to quantize
    kind = "SQfp16"
