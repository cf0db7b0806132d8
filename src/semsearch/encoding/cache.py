"""Which vectors are known already? One append-only file a model; a vector once written survives a kill at any moment.

The file is a header and records of one size: the SHA-256 of what was encoded, its vector in half precision (the cosine
to single precision is above 0.999999), and a checksum. A record that a kill cut short is cut off by whoever comes next.
One that the disk damaged is passed over, so that its vector is computed anew; a million checks take a second.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import logging
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from semsearch.encoding.encoder import Vectors, unit

log = logging.getLogger(__name__)

KEY_BYTES = 32
_MAGIC = b"semsearch vectors 1\n"
_CHECKED_AT_ONCE = 8_192


class VectorCache:
    """Vectors by content for one model.

    Several processes may have one file open, as when indexes share a cache: they append in turn, and each knows what
    was there when it opened the file and what it added itself.
    """

    def __init__(self, folder: Path, *, fingerprint: str, dimension: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._fingerprint = fingerprint
        self._record = np.dtype(
            [("key", f"V{KEY_BYTES}"), ("vector", np.float16, (dimension,)), ("checksum", np.uint32)]
        )
        path = folder / f"{fingerprint[:32]}.vectors"
        self._lock = FileLock(path.with_suffix(".lock"))
        self._rows: dict[bytes, int] = {}
        with self._lock:
            self._file = _open(path)
            self._count = self._end()
        self._read_keys()

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
        records["checksum"] = self._checksums(records)
        with self._lock:
            first = self._end()
            _write(self._file, records.tobytes())
        self._count = first + len(keys)
        self._rows.update(zip(keys, itertools.count(first), strict=False))

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

    def _checksums(self, records: NDArray[np.void]) -> NDArray[np.uint32]:
        """What the checksums of records ought to be: the CRC-32 of all bytes before them."""
        rows = records.view(np.uint8).reshape(len(records), self._record.itemsize)[:, : -np.uint32().itemsize]
        return np.fromiter(map(zlib.crc32, rows), dtype=np.uint32, count=len(rows))

    def _end(self) -> int:
        """How many records the file holds, once what a killed process left half-written is cut off. Needs the lock."""
        count, rest = divmod(self._file.seek(0, os.SEEK_END) - len(_MAGIC), self._record.itemsize)
        if rest:
            self._file.truncate(len(_MAGIC) + count * self._record.itemsize)
        return count

    def _read_keys(self) -> None:
        damaged = 0
        for start in range(0, self._count, _CHECKED_AT_ONCE):
            records = np.array(self._mapped()[start : start + _CHECKED_AT_ONCE])
            intact = records["checksum"] == self._checksums(records)
            rows = np.flatnonzero(intact)
            self._rows.update(zip(records["key"][rows].tolist(), (rows + start).tolist(), strict=True))
            damaged += len(records) - len(rows)
        if damaged:
            log.warning("%s: %d of %d vectors are damaged and not used", self._file.name, damaged, self._count)


def _open(path: Path) -> io.FileIO:
    """Opens a file to read and append, with its header; one that is not ours is moved out of the way."""
    file = path.open("a+b", buffering=0)
    file.seek(0)
    header = file.read(len(_MAGIC))
    if header == _MAGIC:
        return file
    if _MAGIC.startswith(header):  # new, or a kill cut it short
        file.truncate(0)
        _write(file, _MAGIC)
        return file
    file.close()
    aside = path.with_suffix(".unknown")
    log.warning("%s is not a file of vectors; it is kept as %s", path, aside.name)
    path.replace(aside)
    return _open(path)


def _write(file: io.FileIO, data: bytes) -> None:
    """Hands all of it to the operating system, which may take a part at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
