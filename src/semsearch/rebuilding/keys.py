"""The cache keys of all vector rows, in order, in 32 bytes each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.cache import KEY_BYTES


class KeyList:
    """A list of cache keys in one byte array, without an object per key."""

    def __init__(self) -> None:
        self._joined = bytearray()

    def __len__(self) -> int:
        return len(self._joined) // KEY_BYTES

    def append(self, key: bytes) -> None:
        self._joined += key

    def at(self, rows: NDArray[np.int64]) -> list[bytes]:
        """Return the keys of some rows."""
        return [bytes(self._joined[row * KEY_BYTES : (row + 1) * KEY_BYTES]) for row in rows.tolist()]
