from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.index.similarity import similarities


def _unit_vectors(count: int, dimension: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(dimension).standard_normal((count, dimension)).astype(np.float32)
    scaled: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


ROWS = {dimension: _unit_vectors(1_000, dimension) for dimension in (1, 3, 24, 100, 384)}


@pytest.mark.parametrize("dimension", ROWS)
def test_similarities_are_dot_products(dimension: int) -> None:
    rows = ROWS[dimension]
    expected = rows.astype(np.float64) @ rows[0].astype(np.float64)
    found = similarities(rows, rows[0])
    assert found.dtype == np.float64
    assert found == pytest.approx(expected, abs=1e-6)
    assert similarities(rows[:0], rows[0]).shape == (0,)


def test_each_row_may_have_a_vector_of_its_own() -> None:
    rows, vectors = ROWS[24][:500], ROWS[24][500:]
    expected = [float(similarities(rows[place : place + 1], vectors[place])[0]) for place in range(500)]
    assert similarities(rows, vectors).tolist() == expected


@settings(max_examples=80, deadline=None)
@given(dimension=st.sampled_from(sorted(ROWS)), count=st.integers(1, 1_000), seed=st.integers(0, 2**32 - 1))
def test_the_similarity_of_a_row_does_not_depend_on_the_other_rows(dimension: int, count: int, seed: int) -> None:
    """Bit for bit: alone, among any number of rows, in any order, and wherever the rows are in memory."""
    rows, chosen = ROWS[dimension], np.random.default_rng(seed).permutation(1_000)[:count]
    query = rows[seed % 1_000]
    every = similarities(rows, query)
    assert similarities(rows[chosen], query).tolist() == every[chosen].tolist()
    assert similarities(rows[chosen[:1]], query).tolist() == every[chosen[:1]].tolist()
    shifted = np.empty(count * dimension + 1, dtype=np.float32)[1:].reshape(count, dimension)
    shifted[:] = rows[chosen]
    assert similarities(shifted, query).tolist() == every[chosen].tolist()
    assert similarities(np.asfortranarray(rows[chosen]), np.repeat(query, 2)[::2]).tolist() == every[chosen].tolist()


@settings(max_examples=50, deadline=None)
@given(dimension=st.sampled_from(sorted(ROWS)), one=st.integers(0, 999), other=st.integers(0, 999))
def test_similarity_is_symmetric(dimension: int, one: int, other: int) -> None:
    rows = ROWS[dimension]
    assert similarities(rows[[one]], rows[other]).tolist() == similarities(rows[[other]], rows[one]).tolist()
