"""Records → a file of the corpus, replaced in one step at the end."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from semsearch.corpus.jsonl import MAX_LINE_BYTES


class NewFile:
    """The next content of a file of the corpus, written beside it. :meth:`commit` puts it in place, in one step."""

    def __init__(self, file: Path, records: Iterable[dict[str, Any]]) -> None:
        """Write the records. Creates the folder. Raises OSError; the old file stays."""
        self.file = file
        self._temporary = file.with_name(f".{file.name}.new")
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._temporary.open("wb") as stream:
                stream.writelines(map(line_of, records))
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            self.discard()
            raise

    @property
    def is_change(self) -> bool:
        """Whether the file would change."""
        return not _are_equal(self.file, self._temporary)

    def commit(self) -> bool:
        """Replace the file, unless it would stay the same. Returns whether it changed."""
        if not self.is_change:
            self.discard()
            return False
        self._temporary.replace(self.file)
        return True

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)


def line_of(record: dict[str, Any]) -> bytes:
    """Return the line of a record. A body that makes it longer than a corpus allows is cut."""
    line = _encoded(record)
    while len(line) > MAX_LINE_BYTES:
        record = record | {"body": record["body"][: len(record["body"]) // 2]}
        length = len(record["body"])
        record["sections"] = [
            section | {"end": min(section["end"], length)}
            for section in record.get("sections", ())
            if section["start"] < length
        ]
        line = _encoded(record)
    return line


def count_lines(file: Path) -> int | None:
    """Count the lines of a file; None if there is none."""
    try:
        with file.open("rb") as stream:
            return sum(chunk.count(b"\n") for chunk in _chunks(stream))
    except FileNotFoundError:
        return None


def _encoded(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(", ", ": ")).encode() + b"\n"


def _are_equal(first: Path, second: Path) -> bool:
    if not first.exists() or first.stat().st_size != second.stat().st_size:
        return False
    with first.open("rb") as one, second.open("rb") as other:
        return all(a == b for a, b in zip(_chunks(one), _chunks(other), strict=True))


def _chunks(stream: Any) -> Iterator[bytes]:
    while chunk := stream.read(1 << 20):
        yield chunk
