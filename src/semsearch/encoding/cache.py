"""Which vectors are known already? One append-only file a model; a vector once written survives a kill at any moment.

The file is a header and records of one size: the SHA-256 of what was encoded, its vector in half precision (the cosine
to single precision is above 0.999999), and a checksum. A record that a kill cut short is cut off by whoever comes next.
One that the disk damaged is passed over, so that its vector is computed anew; a million checks take a second. Once a
third of the file is of no use any more, what is still of use moves to a new file, which takes its place in one step.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from semsearch.encoding.encoder import Vectors, unit
from semsearch.encoding.key_table import KeyTable, Prefixes, prefixes
from semsearch.encoding.uses import Uses

log = logging.getLogger(__name__)

KEY_BYTES = 32
_MAGIC = b"semsearch vectors 1\n"
_CHECKED_AT_ONCE = 8_192
_MAX_UNUSED = 1 / 3
"""Share of the file that may be of no use before it is written anew."""


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
        self._path = folder / f"{fingerprint[:32]}.vectors"
        self._lock = FileLock(self._path.with_suffix(".lock"))
        self._uses = Uses(self._path.with_suffix(".uses"))
        self._count, self._table, self._others_added = 0, KeyTable(), False
        with self._lock:
            self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._table.items()[1])

    def key(self, text: str, template: str) -> bytes:
        """What identifies a vector: SHA-256 of the text, the model and the template that made the text."""
        return hashlib.sha256("\x00".join((self._fingerprint, template, text)).encode()).digest()

    def known(self, keys: Sequence[bytes]) -> NDArray[np.bool_]:
        """Which vectors are here, shape (keys,)."""
        return self._rows(keys) >= 0

    def add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Appends vectors, shape (keys, dimension). When this returns, killing the process loses none of them."""
        records = np.zeros(len(keys), dtype=self._record)
        records["key"] = _keys(keys)
        records["vector"] = vectors
        records["checksum"] = self._checksums(records)
        with self._lock:
            self._follow()
            self._append(records)

    def get(self, keys: Sequence[bytes]) -> Vectors:
        """The vectors of known keys, shape (keys, dimension), of length 1. Raises KeyError for an unknown key."""
        rows = self._rows(keys)
        if len(unknown := np.flatnonzero(rows < 0)):
            raise KeyError(keys[unknown[0]])
        return unit(self._records(rows)["vector"])

    def prune(self, user: Path, used: Prefixes) -> int:
        """Notes what a rebuild used and, once too much of the file is of no use to any last rebuild of any user, writes
        it anew without that. Returns how many vectors went.

        ``user``: the folder that was rebuilt, or on whose behalf. ``used``: the prefixes of the keys. What was added
        since the last time, as by a rebuild that was killed or still runs, stays as long as if this one had used it.
        """
        with self._lock:
            self._follow()
            if self._others_added or self._end() != self._count:
                self._read()
            keys, rows = self._table.items()
            new = keys[rows >= self._uses.pruned_at()]
            self._uses.record(user, np.concatenate((used, new)))
            useful = self._uses.keys()
            if useful is None:
                return 0
            kept = np.sort(rows[np.isin(keys, useful, kind="sort")])
            rewrite = self._count - len(kept) > _MAX_UNUSED * self._count
            if rewrite:
                self._uses.set_pruned_at(0)  # until it is done: a kill between must not make what is new look old
                self._rewrite(kept)
            self._uses.set_pruned_at(self._count)
            return len(rows) - len(kept) if rewrite else 0

    def sync(self) -> None:
        """Makes what was added survive a power failure too."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        if not self._file.closed:
            self.sync()
            self._file.close()

    def _open(self) -> None:
        """Opens the file and reads its keys. Needs the lock."""
        self._file = _open(self._path)
        self._read()

    def _rows(self, keys: Sequence[bytes]) -> NDArray[np.int64]:
        """The row of each key, -1 where it is unknown."""
        rows = self._table.find(prefixes(keys))
        found = np.flatnonzero(rows >= 0)
        if len(found):
            same = self._mapped()["key"][rows[found]] == _keys(keys)[found]
            rows[found[~same]] = -1
        return rows

    def _records(self, rows: NDArray[np.int64]) -> NDArray[np.void]:
        if not len(rows):
            return np.empty(0, dtype=self._record)
        records: NDArray[np.void] = self._mapped()[rows]
        return records

    def _mapped(self) -> NDArray[np.void]:
        return np.memmap(self._file, dtype=self._record, mode="r", offset=len(_MAGIC), shape=(self._count,))

    def _append(self, records: NDArray[np.void]) -> None:
        """Writes records at the end of the file. Needs the lock."""
        first = self._end()
        self._others_added |= first != self._count
        _write(self._file, records.tobytes())
        self._count = first + len(records)
        self._table.put(_prefixes_of(records), np.arange(first, self._count))

    def _follow(self) -> None:
        """Where another process has written the file anew, opens that, and adds what is known here and is not there:
        whoever asks for a vector that this one knew gets it. Needs the lock."""
        if self._path.exists() and os.path.samestat(os.fstat(self._file.fileno()), self._path.stat()):
            return
        keys, rows = self._table.items()
        file, known = self._file, self._mapped() if self._count else np.empty(0, dtype=self._record)
        self._open()
        missing = np.sort(rows[self._table.find(keys) < 0])
        for start in range(0, len(missing), _CHECKED_AT_ONCE):
            self._append(np.array(known[missing[start : start + _CHECKED_AT_ONCE]]))
        file.close()

    def _rewrite(self, rows: NDArray[np.int64]) -> None:
        """Moves some rows to a new file, in their order, and that to the place of the old one. Needs the lock."""
        scratch = self._path.with_suffix(".new")
        try:
            with scratch.open("wb") as stream:
                stream.write(_MAGIC)
                for start in range(0, len(rows), _CHECKED_AT_ONCE):
                    stream.write(self._records(rows[start : start + _CHECKED_AT_ONCE]).tobytes())
                stream.flush()
                os.fsync(stream.fileno())
            scratch.replace(self._path)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
        self._file.close()
        self._open()

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

    def _read(self) -> None:
        """Reads the keys of all intact records. Needs the lock."""
        self._count, self._table, self._others_added, damaged = self._end(), KeyTable(), False, 0
        for start in range(0, self._count, _CHECKED_AT_ONCE):
            records = np.array(self._mapped()[start : start + _CHECKED_AT_ONCE])
            rows = np.flatnonzero(records["checksum"] == self._checksums(records))
            self._table.put(_prefixes_of(records[rows]), rows + start)
            damaged += len(records) - len(rows)
        if damaged:
            log.warning("%s: %d of %d vectors are damaged and not used", self._file.name, damaged, self._count)


def _prefixes_of(records: NDArray[np.void]) -> Prefixes:
    """The prefixes of the keys of records."""
    return np.ascontiguousarray(records["key"]).view(np.uint64).reshape(len(records), KEY_BYTES // 8)[:, 0]


def _keys(keys: Sequence[bytes]) -> NDArray[np.void]:
    return np.frombuffer(b"".join(keys), dtype=f"V{KEY_BYTES}")


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
