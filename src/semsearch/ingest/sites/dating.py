"""Front matter and paths → when a document was published and updated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from semsearch.ingest.entries import Note, Place, Severity
from semsearch.ingest.parsing.dates import date_in_path, parse_date
from semsearch.ingest.paths import folder_of, name_of, stem_of
from semsearch.ingest.sites.values import as_text, found

PUBLISHED = (
    "date", "publishdate", "publish_date", "pubdate", "pub_date", "published", "published_at", "publishedat",
    "published_date", "publisheddate", "date_published", "datepublished", "posted", "created", "created_at",
)  # fmt: skip
UPDATED = (
    "updated", "lastmod", "last_modified_at", "last_modified", "lastmodified", "modified", "modified_date",
    "date_modified", "datemodified", "updated_at", "updatedat", "updated_date", "updateddate", "update_date",
    "date_updated", "last_updated", "lastupdated", "last_update", "revised",
)  # fmt: skip
_IN_PUBLISHED = ("created", "published", "date", "start")
_IN_UPDATED = ("updated", "modified", "date")
_UPDATED_IN_DATE = ("date.updated", "dates.updated")
_PERMALINKS = ("path", "permalink", "url")


@dataclass(frozen=True, slots=True)
class Dates:
    """When a document was published and updated, ISO 8601; see :func:`semsearch.ingest.parsing.dates.parse_date`."""

    date: str | None = None
    updated: str | None = None
    notes: tuple[Note, ...] = ()


def paths_with_date(fields: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield where to look for the day of a document without a date: its permalink, then its path."""
    yield from (as_text(value) for _, value in found(fields, _PERMALINKS))
    yield path


def dates_of(
    fields: Mapping[str, Any],
    place: Place,
    paths: Iterable[str] = (),
    published: tuple[str, ...] = PUBLISHED,
    updated: tuple[str, ...] = UPDATED,
) -> Dates:
    """Return the dates of the front matter; if it has none, the day in the first of the paths that has one.

    An impossible date is dropped with a note.
    """
    date, notes = _first_date(fields, place, published, _IN_PUBLISHED)
    changed, more_notes = _first_date(fields, place, updated, _IN_UPDATED)
    if changed is None:
        changed, _ = _first_date(fields, place, _UPDATED_IN_DATE, _IN_UPDATED)
    if date is None:
        date = next((day for path in paths if (day := date_in_path(path))), None)
    return Dates(date, changed, (*notes, *more_notes))


def file_name_date(path: str) -> str | None:
    """Return the day that a file name, or the folder of an ``index`` file, begins with."""
    return date_in_path(name_of(folder_of(path)) if stem_of(path) == "index" else name_of(path))


def is_after(date: str | None, now: dt.datetime) -> bool:
    """Tell whether a date lies after a moment. Days, and times without a zone, are read as UTC."""
    if date is None:
        return False
    if len(date) == len("2020-01-31"):
        return date > now.astimezone(dt.UTC).date().isoformat()
    moment = dt.datetime.fromisoformat(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)) > now


def _first_date(
    fields: Mapping[str, Any], place: Place, names: tuple[str, ...], parts: tuple[str, ...]
) -> tuple[str | None, list[Note]]:
    notes: list[Note] = []
    for name, entry in found(fields, names):
        value = next((inner for _, inner in found(entry, parts)), None) if isinstance(entry, dict) else entry
        if value is None or value == "" or isinstance(value, bool):
            continue
        if date := parse_date(value):
            return date, notes
        if any(character.isdigit() for character in as_text(value)):
            detail = f"{name}: {as_text(value)[:60]!r} is not a date; write it like 2024-01-31"
            notes.append(Note(place, Severity.WARNING, "impossible date", detail))
    return None, notes
