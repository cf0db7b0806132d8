from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from semsearch.encoding.encoder import has_known_token, is_single_token, unit

rows = arrays(
    np.float32, st.tuples(st.integers(0, 8), st.integers(1, 40)), elements=st.floats(-1e6, 1e6, width=32)
).map(lambda found: np.where(np.abs(found) < 1e-6, np.float32(0), found))


@given(rows)
def test_unit_scales_rows_to_length_one(vectors: NDArray[np.float32]) -> None:
    before = vectors.copy()
    scaled = unit(vectors)
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    np.testing.assert_allclose(scaled * lengths, vectors, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(scaled, axis=1), (lengths[:, 0] > 0).astype(float), rtol=1e-5)
    np.testing.assert_array_equal(vectors, before)


@given(rows)
def test_unit_is_idempotent(vectors: NDArray[np.float32]) -> None:
    np.testing.assert_allclose(unit(unit(vectors)), unit(vectors), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_unit_returns_single_precision(dtype: type[np.floating]) -> None:
    rows: NDArray[np.floating] = np.array([[3, 4], [0, 0], [0, -2]], dtype=dtype)
    scaled = unit(rows)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, np.array([[0.6, 0.8], [0, 0], [0, -1]]), rtol=1e-6)


def test_unit_squares_half_precision_in_single_precision() -> None:
    """300 squared overflows half precision."""
    np.testing.assert_allclose(unit(np.full((1, 4), 300, dtype=np.float16)), [[0.5] * 4], rtol=1e-6)


@pytest.mark.parametrize(
    ("word", "tokens", "expected"),
    [
        ("tide", ["tide"], True),
        ("tide", ["\u2581Tide"], True),  # the start-of-word mark of SentencePiece
        ("tide", ["\u0120tide"], True),  # that of byte-level BPE
        ("tides", ["tide", "##s"], False),
        ("tide", ["[UNK]"], False),
        ("tide", ["tides"], False),
        ("", [], False),
    ],
)
def test_is_single_token(word: str, tokens: list[str], expected: bool) -> None:
    assert is_single_token(word, tokens) is expected


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["tide"], True),
        (["[UNK]", "tide"], True),
        (["\u2581tide"], True),
        (["[UNK]"], False),
        (["\u2581", "<unk>"], False),
        (["\u0120"], False),
        ([], False),
    ],
)
def test_has_known_token(tokens: list[str], expected: bool) -> None:
    assert has_known_token(tokens) is expected
