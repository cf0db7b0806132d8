"""The members of a tar archive, written to and read from a stream."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from semsearch.errors import InvalidBackup
from semsearch.system_errors import explain

MAX_CHUNK = 1 << 20
"""Bytes that are copied at a time."""
_END = bytes(2 * tarfile.BLOCKSIZE)


class ArchiveWriter:
    """Writes members. The same members make the same archive, whenever and by whomever it is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def start(self, name: str, size: int) -> None:
        """Begin a member of ``size`` bytes, which :meth:`write` and :meth:`finish` must follow."""
        member = tarfile.TarInfo(name)
        member.size = size
        self._padding = -size % tarfile.BLOCKSIZE
        self._stream.write(member.tobuf(tarfile.GNU_FORMAT))

    def write(self, content: bytes) -> None:
        """Write the next bytes of the member."""
        self._stream.write(content)

    def finish(self) -> None:
        """End the member."""
        self._stream.write(bytes(self._padding))

    def close(self) -> None:
        """End the archive."""
        self._stream.write(_END)


class ArchiveReader:
    """Reads members one after the other, whatever bytes the file has. Raises InvalidBackup."""

    def __init__(self, stream: BinaryIO, file: Path) -> None:
        """``file``: of the stream, for errors."""
        self._stream, self._file = stream, file

    def next(self) -> tuple[str, int] | None:
        """Return the name and the size of the next member, whose content must be read; None at the end."""
        header = self._read(tarfile.BLOCKSIZE)
        if not any(header):
            return None
        try:
            member = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise InvalidBackup(self._file, "it is not an archive that semsearch backup writes") from error
        if member.type != tarfile.REGTYPE or member.size < 0:
            raise InvalidBackup(self._file, f"{member.name!r} in it is not a plain file")
        return member.name, member.size

    def content(self, size: int) -> Iterator[bytes]:
        """Yield the content of a member in pieces."""
        for start in range(0, size, MAX_CHUNK):
            yield self._read(min(MAX_CHUNK, size - start))
        self._read(-size % tarfile.BLOCKSIZE)

    def _read(self, size: int) -> bytes:
        try:
            content = self._stream.read(size)
        except OSError as error:
            raise InvalidBackup(self._file, explain(error)) from error
        if len(content) != size:
            raise InvalidBackup(self._file, "it is truncated")
        return content
