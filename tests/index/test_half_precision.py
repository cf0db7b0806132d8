from __future__ import annotations

import numpy as np
import pytest

from semsearch.index.half_precision import half_to_float32


@pytest.mark.parametrize("rows", [1, 15, 16])
def test_few_rows_are_converted_as_by_numpy(rows: int) -> None:
    halves = np.random.default_rng(rows).normal(size=(rows, 64)).astype(np.float16)
    assert half_to_float32(halves).tobytes() == halves.astype(np.float32).tobytes()


def test_all_finite_numbers_are_converted_as_by_numpy() -> None:
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)].reshape(-1, 32)
    assert half_to_float32(finite).tobytes() == finite.astype(np.float32).tobytes()


def test_the_argument_is_not_changed() -> None:
    halves = np.linspace(-1, 1, 32 * 20, dtype=np.float16).reshape(20, 32)
    before = halves.copy()
    half_to_float32(halves)[:] = 0
    assert halves.tolist() == before.tolist()
