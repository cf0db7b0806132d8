from __future__ import annotations

import io
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.index.storage.arrays import save_array


@pytest.mark.parametrize(
    "array", [np.arange(5, dtype=np.float32), np.zeros((0, 3), np.float16), np.asfortranarray(np.eye(3))]
)
def test_an_array_is_saved_as_numpy_saves_it(array: NDArray[Any], tmp_path: Path) -> None:
    expected = io.BytesIO()
    np.save(expected, array)
    save_array(tmp_path / "array.npy", array)
    assert (tmp_path / "array.npy").read_bytes() == expected.getvalue()
    assert np.array_equal(np.load(tmp_path / "array.npy"), array)


def test_an_error_of_the_last_bytes_is_raised(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (130, limits[1]))  # the header has 128 bytes
    try:
        with pytest.raises(OSError, match="File too large"):
            save_array(tmp_path / "array.npy", np.arange(5, dtype=np.float32))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
