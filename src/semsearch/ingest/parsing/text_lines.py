"""A text file of any size and encoding → its lines, within a limit for each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from semsearch.ingest.files import Files
from semsearch.ingest.parsing.decoding import BYTE_ORDER_MARKS

MAX_LINE = 16 * 1024 * 1024
"""Bytes or characters."""


class TextLines:
    """The lines of a file, each with its line end. NULs are dropped. To be read once.

    The byte order mark decides on the encoding, or NULs on UTF-16 without one; else each line is UTF-8, or Windows-1252
    if it is not.
    """

    def __init__(self, files: Files, path: str) -> None:
        self.wrong_line: int | None = None
        """The number of the first line that is not UTF-8, from 1; None if all lines are."""
        self.long_line: int | None = None
        """The number of the first line that was cut to :data:`MAX_LINE` characters; None if none was."""
        self._stream = files.open(path)
        start = self._stream.read(4096)
        self._stream.close()
        self._stream = files.open(path)
        self._encoding = encoding_of(start)
        self._is_old_mac = b"\r" in start and b"\n" not in start

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __iter__(self) -> Iterator[str]:
        lines = self._decoded() if self._encoding or self._is_old_mac else self._utf8()
        for number, line in enumerate(lines, start=1):
            text = line.replace("\0", "")
            yield text.removeprefix("\ufeff") if number == 1 else text

    def _decoded(self) -> Iterator[str]:
        encoding = self._encoding or "utf-8"
        wrapper = io.TextIOWrapper(self._stream, encoding=encoding, errors="replace")
        number = 0
        while line := wrapper.readline(MAX_LINE):
            number += 1
            yield line if self._is_whole(line.endswith("\n"), len(line), number) else _cut(line, wrapper)

    def _utf8(self) -> Iterator[str]:
        number = 0
        while line := self._stream.readline(MAX_LINE):
            number += 1
            if not self._is_whole(line.endswith(b"\n"), len(line), number):
                _skip_line(self._stream)
            try:
                yield line.decode()
            except UnicodeDecodeError:
                self.wrong_line = self.wrong_line or number
                yield line.decode("cp1252", "replace")

    def _is_whole(self, is_ended: bool, length: int, number: int) -> bool:
        if is_ended or length < MAX_LINE:
            return True
        self.long_line = self.long_line or number
        return False


def encoding_of(start: bytes) -> str:
    """The encoding that the start of a file tells; empty for UTF-8 and what is not known."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return "" if encoding == "utf-8" else encoding
    if len(start) >= 4 and start.count(b"\0") > len(start) // 4:
        return "utf-16-le" if start[1] == 0 else "utf-16-be"
    return ""


def _skip_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
        pass


def _cut(line: str, stream: io.TextIOWrapper) -> str:
    while (rest := stream.readline(MAX_LINE)) and not rest.endswith("\n"):
        pass
    return line
