"""One array → a file in NumPy's format."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray


def save_array(file: Path, array: NDArray[Any]) -> None:
    """Write an array to a file. Raises OSError, also if only the last bytes cannot be written.

    Given a file, ``np.save`` writes by C's buffered streams and ignores errors of the last flush: on a full disk, it
    would leave a file that is cut short. Given anything else that has ``write``, it calls that.
    """
    with file.open("wb") as stream:
        np.save(SimpleNamespace(write=stream.write), array, allow_pickle=False)
