"""Refuse a file that has too many rows for posts, before any row is parsed."""

from __future__ import annotations

from semsearch.errors import SourceUnreadable
from semsearch.ingest.files import Files

MANY_ROWS = 200_000
MIN_ROW_BYTES = 16
"""Minimum size of a row on average, in bytes: about that of a title and a date. Checked for files of many rows only."""
_CHUNK = 1024 * 1024


def check_row_count(files: Files, path: str, mark: bytes) -> None:
    """Raise SourceUnreadable for a file of many rows that are too short for posts. ``mark``: each row has one."""
    size = files.size(path)
    if size <= MANY_ROWS:
        return
    with files.open(path) as stream:
        rows = sum(chunk.count(mark) for chunk in iter(lambda: stream.read(_CHUNK), b""))
    if rows > MANY_ROWS and size < rows * MIN_ROW_BYTES:
        location = files.location if files.is_file else files.location / path
        reason = f"it has about {rows:,} rows of {size / rows:.0f} characters on average; these are no posts"
        raise SourceUnreadable(location, reason)
