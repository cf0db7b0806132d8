from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from semsearch.encoding.encoder import is_whole, unit

rows = arrays(
    np.float32, st.tuples(st.integers(0, 8), st.integers(1, 40)), elements=st.floats(-1e6, 1e6, width=32)
).map(lambda found: np.where(np.abs(found) < 1e-6, np.float32(0), found))


@given(rows)
def test_rows_get_length_one_and_keep_their_direction(vectors: NDArray[np.float32]) -> None:
    before = vectors.copy()
    scaled = unit(vectors)
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    np.testing.assert_allclose(scaled * lengths, vectors, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(scaled, axis=1), (lengths[:, 0] > 0).astype(float), rtol=1e-5)
    np.testing.assert_array_equal(vectors, before)


@given(rows)
def test_scaling_twice_is_scaling_once(vectors: NDArray[np.float32]) -> None:
    np.testing.assert_allclose(unit(unit(vectors)), unit(vectors), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_result_is_in_single_precision(dtype: type[np.floating]) -> None:
    rows: NDArray[np.floating] = np.array([[3, 4], [0, 0], [0, -2]], dtype=dtype)
    scaled = unit(rows)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, np.array([[0.6, 0.8], [0, 0], [0, -1]]), rtol=1e-6)


def test_half_precision_is_squared_in_single_precision() -> None:
    """300 squared is more than half precision holds."""
    np.testing.assert_allclose(unit(np.full((1, 4), 300, dtype=np.float16)), [[0.5] * 4], rtol=1e-6)


@pytest.mark.parametrize(
    ("word", "tokens", "whole"),
    [
        ("tide", ["tide"], True),
        ("tide", ["\u2581Tide"], True),  # as SentencePiece marks where a word begins
        ("tide", ["\u0120tide"], True),  # as byte-level BPE does
        ("tides", ["tide", "##s"], False),
        ("tide", ["[UNK]"], False),
        ("tide", ["tides"], False),
        ("", [], False),
    ],
)
def test_a_word_is_whole_where_it_is_one_token_and_that_word(word: str, tokens: list[str], whole: bool) -> None:
    assert is_whole(word, tokens) is whole
