"""What the kinds of tables share: columns or an error that says how to name them, and notes on a table as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Note, Place, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.tables.columns import MAX_COLUMNS, Columns, UnknownColumn, choose

_MAX_LISTED = 12


def columns_of(files: Files, path: str, names: Sequence[str], overrides: Mapping[str, str]) -> Columns:
    """Assign the columns of a table. Raises SourceUnreadable where there is no title, nor a text that has one."""
    if len(names) > MAX_COLUMNS:
        raise SourceUnreadable(files.location, f"{path} has {len(names):,} columns; a table of posts has fewer")
    try:
        columns = choose(names, overrides)
    except UnknownColumn as error:
        raise SourceUnreadable(files.location, f"{path}: {error}") from error
    if not columns.of("title") and not columns.of("body"):
        listed = ", ".join(repr(name[:40]) for name in names[:_MAX_LISTED]) or "none"
        raise SourceUnreadable(
            files.location, f"no column of {path} is a title; name it with --map title=COLUMN; the columns are {listed}"
        )
    return columns


def understood(path: str, columns: Columns) -> Note:
    """Tell which column became what."""
    return Note(Place(path), Severity.INFO, "columns", columns.describe())


def because(path: str, names: Sequence[str]) -> str:
    """Return why a file is taken for a table of posts, as it follows "because"; empty for one without titles.

    What the other columns are, :func:`understood` tells.
    """
    title = choose(names, {}).of("title") if len(names) <= MAX_COLUMNS else ()
    return f"{path} is a table with the column {title[0]}" if title else ""
