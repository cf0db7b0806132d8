"""A configuration file → its text."""

from __future__ import annotations

from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.parsing.decoding import decode

_MAX_BYTES = 512 * 1024


def read_text(files: Files, path: str) -> str:
    """Return the text of a configuration file; empty if it cannot be read, so that all has its default."""
    try:
        return decode(read_bytes(files, path, _MAX_BYTES))[0]
    except (OSError, KeyError, TooLarge):
        return ""
