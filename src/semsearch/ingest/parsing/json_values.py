"""A JSON file → its value, within limits."""

from __future__ import annotations

import json
from typing import Any

from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.parsing.decoding import decode

MAX_BYTES = 64 * 1024 * 1024


class InvalidJson(Exception):
    """A text is not JSON, or nested too deeply."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.line = line
        """From 1."""
        super().__init__(reason)


def load_file(files: Files, path: str, limit: int = MAX_BYTES) -> Any:
    """Parse a whole file. Raises InvalidJson, also for one above ``limit`` bytes; OSError."""
    try:
        content = read_bytes(files, path, limit)
    except TooLarge as error:
        raise InvalidJson(str(error)) from error
    return load(decode(content)[0])


def load(text: str) -> Any:
    """Parse a text. Raises InvalidJson."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(f"not JSON: {error.msg}", error.lineno) from error
    except RecursionError as error:
        raise InvalidJson("nested too deeply") from error
    except ValueError as error:  # a number of more than 4,300 digits
        raise InvalidJson(f"not JSON: {error}") from error
