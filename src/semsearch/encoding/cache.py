"""Which vectors are known already? One append-only file a model; a vector once written survives a kill at any moment.

The file is a header and records of one size: the SHA-256 of what was encoded, its vector in half precision (the cosine
to single precision is above 0.999999), and a checksum. A record cut short by a crash fails its checksum and is dropped
the next time the file is opened.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.encoder import Vectors, unit

KEY_BYTES = 32
_MAGIC = b"semsearch vectors 1\n"


class VectorCache:
    """Vectors by content for one model; one writer at a time (the index's lock sees to that)."""

    def __init__(self, folder: Path, *, fingerprint: str, dimension: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._fingerprint = fingerprint
        self._record = np.dtype(
            [("key", f"V{KEY_BYTES}"), ("vector", np.float16, (dimension,)), ("checksum", np.uint32)]
        )
        self._file = (folder / f"{fingerprint[:32]}.vectors").open("a+b")
        self._rows: dict[bytes, int] = {}
        self._recover()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def key(self, text: str, template: str) -> bytes:
        """What identifies a vector: SHA-256 of the text, the model and the template that made the text."""
        return hashlib.sha256("\x00".join((self._fingerprint, template, text)).encode()).digest()

    def add(self, keys: Iterable[bytes], vectors: Vectors) -> None:
        """Appends vectors, shape (keys, dimension). When this returns, killing the process loses none of them."""
        keys = list(keys)
        records = np.zeros(len(keys), dtype=self._record)
        records["key"] = np.frombuffer(b"".join(keys), dtype=f"V{KEY_BYTES}")
        records["vector"] = vectors
        for record in records:
            record["checksum"] = self._checksum(record)
        self._file.write(records.tobytes())
        self._file.flush()
        for key in keys:
            self._rows[key] = self._count
            self._count += 1

    def get(self, keys: Iterable[bytes]) -> Vectors:
        """The vectors of known keys, shape (keys, dimension), of length 1. Raises KeyError for an unknown key."""
        rows = np.array([self._rows[key] for key in keys], dtype=np.intp)
        if not len(rows):
            return np.empty((0, self._record["vector"].shape[0]), dtype=np.float32)
        return unit(self._mapped()["vector"][rows])

    def sync(self) -> None:
        """Makes what was added survive a power failure too."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        if not self._file.closed:
            self.sync()
            self._file.close()

    def _mapped(self) -> NDArray[np.void]:
        return np.memmap(self._file, dtype=self._record, mode="r", offset=len(_MAGIC), shape=(self._count,))

    def _checksum(self, record: np.void) -> int:
        return zlib.crc32(record.tobytes()[:-4])

    def _recover(self) -> None:
        """Reads the keys; cuts off what a crash left half-written; starts anew where the file is not ours."""
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)
        if self._file.read(len(_MAGIC)) != _MAGIC:
            self._file.truncate(0)
            self._file.write(_MAGIC)
            self._file.flush()
            size = len(_MAGIC)
        self._count = (size - len(_MAGIC)) // self._record.itemsize
        while self._count and not self._intact(self._mapped()[self._count - 1]):
            self._count -= 1
        self._file.truncate(len(_MAGIC) + self._count * self._record.itemsize)
        if self._count:
            joined = np.ascontiguousarray(self._mapped()["key"]).tobytes()
            keys = (joined[start : start + KEY_BYTES] for start in range(0, len(joined), KEY_BYTES))
            self._rows = {key: row for row, key in enumerate(keys)}

    def _intact(self, record: np.void) -> bool:
        return int(record["checksum"]) == self._checksum(record)
