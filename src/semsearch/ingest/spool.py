"""Objects on disk while a source is read: memory holds a number for each, not its texts."""

from __future__ import annotations

import json
import tempfile
from array import array
from pathlib import Path
from typing import Any, Self


class Spool:
    """Appends JSON objects to a temporary file, and reads them in any order. To be used with ``with``."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: where the temporary file is made, by default where the system makes such files."""
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (closed by __exit__)
        self._starts = array("q", [0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def add(self, value: dict[str, Any]) -> int:
        """Append an object. Returns its number, from 0. Raises OSError if the disk is full."""
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        self._file.seek(self._starts[-1])
        self._file.write(line)
        self._starts.append(self._starts[-1] + len(line))
        return len(self) - 1

    def get(self, number: int) -> dict[str, Any]:
        """Return the object of a number."""
        self._file.seek(self._starts[number])
        value = json.loads(self._file.read(self._starts[number + 1] - self._starts[number]))
        assert isinstance(value, dict)  # noqa: S101  (only dicts are added)
        return value
