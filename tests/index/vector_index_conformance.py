"""Tests that every implementation of VectorIndex must pass. Subclass the class and define ``build``."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.index.vector_index import VectorIndex

Build = Callable[[NDArray[np.float32]], VectorIndex]
"""Makes an index of unit vectors, shape (rows, dimension)."""

ROWS = 2_000
CLUSTERS = 40


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


class VectorIndexConformance:
    """The contract of :class:`semsearch.index.vector_index.VectorIndex`."""

    dimension = 32
    tolerance = 1e-6
    """How far similarities and vectors may be from exact ones."""
    recall = 1.0
    """The least mean share of the 50 most similar rows that must be among the first 50 results."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls) -> Build:
        raise NotImplementedError("a subclass makes its index here")

    @pytest.fixture(scope="class")
    @classmethod
    def rows(cls) -> NDArray[np.float32]:
        """Clustered vectors, as those of texts are."""
        random = np.random.default_rng(0)
        centres = random.normal(size=(CLUSTERS, cls.dimension))
        return unit(centres[np.arange(ROWS) % CLUSTERS] + 0.6 * random.normal(size=(ROWS, cls.dimension)))

    @pytest.fixture(scope="class")
    @classmethod
    def index(cls, build: Build, rows: NDArray[np.float32]) -> VectorIndex:
        return build(rows)

    def check(
        self,
        rows: NDArray[np.float32],
        query: NDArray[np.float32],
        found: tuple[NDArray[np.int64], NDArray[np.float32]],
        count: int,
    ) -> None:
        ordinals, similarities = found
        assert ordinals.shape == similarities.shape == (count,)
        assert (ordinals.dtype, similarities.dtype) == (np.dtype(np.int64), np.dtype(np.float32))
        assert len(set(ordinals.tolist())) == count
        assert np.all(np.diff(similarities) <= 0)
        assert similarities == pytest.approx(rows[ordinals] @ query, abs=self.tolerance)

    def test_length_and_dimension_are_those_of_the_vectors(self, index: VectorIndex) -> None:
        assert (len(index), index.dimension) == (ROWS, self.dimension)

    @pytest.mark.parametrize("limit", [0, 1, 50, ROWS, ROWS + 1])
    def test_results_are_distinct_rows_with_their_cosines_in_descending_order(
        self, index: VectorIndex, rows: NDArray[np.float32], limit: int
    ) -> None:
        for query in rows[:3]:
            self.check(rows, query, index.search(query, limit), min(limit, ROWS))

    def test_the_most_similar_rows_are_found(self, index: VectorIndex, rows: NDArray[np.float32]) -> None:
        queries = unit(rows[::100] + 0.1 * np.random.default_rng(1).normal(size=rows[::100].shape))
        shares = []
        for query in queries:
            nearest = np.argsort(-(rows @ query))[:50]
            shares.append(len(np.intersect1d(index.search(query, 50)[0], nearest)) / 50)
        assert np.mean(shares) >= self.recall

    @pytest.mark.parametrize("passing", [0, 1, 9, ROWS // 10, ROWS // 2, ROWS])
    @pytest.mark.parametrize("limit", [0, 1, 50, ROWS + 1])
    def test_a_mask_yields_as_many_rows_as_pass_up_to_the_limit(
        self, index: VectorIndex, rows: NDArray[np.float32], passing: int, limit: int
    ) -> None:
        query = rows[0]
        mask = np.zeros(ROWS, dtype=np.bool_)
        mask[np.argsort(rows @ query)[:passing]] = True  # the least similar rows
        found = index.search(query, limit, mask)
        self.check(rows, query, found, min(limit, passing))
        assert mask[found[0]].all()

    def test_the_most_similar_rows_that_pass_a_mask_are_found(
        self, index: VectorIndex, rows: NDArray[np.float32]
    ) -> None:
        for share in (0.1, 0.5, 0.9):
            mask = np.random.default_rng(2).random(ROWS) < share
            passing = np.flatnonzero(mask)
            shares = []
            for query in rows[::100]:
                nearest = passing[np.argsort(-(rows[passing] @ query))[:50]]
                shares.append(len(np.intersect1d(index.search(query, 50, mask)[0], nearest)) / 50)
            assert np.mean(shares) >= self.recall

    def test_rows_of_equal_similarity_are_all_returned_in_any_order(
        self, build: Build, rows: NDArray[np.float32]
    ) -> None:
        twice = np.repeat(rows[:2], ROWS // 2, axis=0)
        index = build(twice)
        found = index.search(rows[0], ROWS // 2)
        self.check(twice, rows[0], found, ROWS // 2)
        assert sorted(found[0].tolist()) == list(range(ROWS // 2))

    def test_an_empty_index_has_no_results(self, build: Build, rows: NDArray[np.float32]) -> None:
        index = build(rows[:0])
        assert (len(index), index.dimension) == (0, self.dimension)
        for mask in (None, np.empty(0, dtype=np.bool_)):
            self.check(rows, rows[0], index.search(rows[0], 5, mask), 0)
        assert index.vectors(np.empty(0, dtype=np.int64)).shape == (0, self.dimension)

    @pytest.mark.parametrize("ordinals", [[], [7], [4, 0, 4, ROWS - 1], list(range(ROWS))[::-1]])
    def test_vectors_come_in_the_order_asked_for(
        self, index: VectorIndex, rows: NDArray[np.float32], ordinals: list[int]
    ) -> None:
        for dtype in (np.int32, np.int64):
            vectors = index.vectors(np.array(ordinals, dtype=dtype))
            assert (vectors.shape, vectors.dtype) == ((len(ordinals), self.dimension), np.dtype(np.float32))
            assert vectors == pytest.approx(rows[ordinals], abs=self.tolerance)

    def test_vectors_are_a_copy(self, index: VectorIndex) -> None:
        before = index.vectors(np.arange(20)).copy()
        index.vectors(np.arange(20))[:] = 0
        assert index.vectors(np.arange(20)).tolist() == before.tolist()

    def test_a_row_beyond_the_last_is_an_error(self, index: VectorIndex) -> None:
        with pytest.raises(IndexError):
            index.vectors(np.array([0, ROWS]))

    def test_arguments_are_not_changed(self, index: VectorIndex, rows: NDArray[np.float32]) -> None:
        query, mask = rows[5].copy(), np.arange(ROWS) % 3 == 0
        index.search(query, 10, mask)
        assert query.tolist() == rows[5].tolist()
        assert mask.tolist() == (np.arange(ROWS) % 3 == 0).tolist()

    def test_searches_on_many_threads_have_the_same_results(
        self, index: VectorIndex, rows: NDArray[np.float32]
    ) -> None:
        cases = [(row, mask) for row in range(20) for mask in (None, np.arange(ROWS) % 2 == 0)]

        def search(case: tuple[int, NDArray[np.bool_] | None]) -> list[int]:
            found: list[int] = index.search(rows[case[0]], 10, case[1])[0].tolist()
            return found

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(search, cases * 4)) == [search(case) for case in cases] * 4
