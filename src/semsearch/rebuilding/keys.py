"""Which vector belongs to which row? The cache keys of all rows, in order, 32 bytes each."""

from __future__ import annotations

from collections.abc import Iterator

from semsearch.encoding.cache import KEY_BYTES


class KeyList:
    """A list of cache keys that takes no more room than the keys."""

    def __init__(self) -> None:
        self._joined = bytearray()

    def __len__(self) -> int:
        return len(self._joined) // KEY_BYTES

    def append(self, key: bytes) -> None:
        self._joined += key

    def chunks(self, size: int) -> Iterator[list[bytes]]:
        """All keys in order, ``size`` at a time."""
        for start in range(0, len(self), size):
            rows = range(start, min(start + size, len(self)))
            yield [bytes(self._joined[row * KEY_BYTES : (row + 1) * KEY_BYTES]) for row in rows]
