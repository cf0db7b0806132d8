"""Which vector belongs to which row? The cache keys of all rows, in order, 32 bytes each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.cache import KEY_BYTES
from semsearch.encoding.key_table import Prefixes


class KeyList:
    """A list of cache keys that takes no more room than the keys."""

    def __init__(self) -> None:
        self._joined = bytearray()

    def append(self, key: bytes) -> None:
        self._joined += key

    def at(self, rows: NDArray[np.int64]) -> list[bytes]:
        """The keys of some rows."""
        return [bytes(self._joined[row * KEY_BYTES : (row + 1) * KEY_BYTES]) for row in rows.tolist()]

    def prefixes(self) -> Prefixes:
        """The first eight bytes of each key, in order."""
        prefixes: Prefixes = np.frombuffer(bytes(self._joined), dtype=np.uint64).reshape(-1, KEY_BYTES // 8)[:, 0]
        return prefixes
