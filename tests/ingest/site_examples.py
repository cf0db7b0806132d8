"""Small sites for tests: from texts, or from the folders in ``kinds/golden``."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semsearch.ingest.entries import HOLE, Entry, Note, Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Kind, Options

GOLDEN = Path(__file__).parent / "kinds" / "golden"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a site, by their paths."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def read(kind: Kind, source: Path, **options: Any) -> tuple[dict[str, Entry], list[Note]]:
    """Read a source: entries by file, and notes."""
    records = list(kind.read(open_files(source), Options(now=NOW, **options)))
    entries = {record.place.file: record for record in records if isinstance(record, Entry)}
    return entries, [record for record in records if isinstance(record, Note)]


def entry(kind: Kind, folder: Path, files: Mapping[str, str], **options: Any) -> Entry:
    """Read a site that has one entry."""
    entries, _ = read(kind, write(folder, files), **options)
    (only,) = entries.values()
    return only


def reasons(notes: list[Note], severity: Severity | None = None) -> list[str]:
    """The reasons of notes, with their places."""
    return [f"{note.place}: {note.reason}" for note in notes if severity is None or note.severity is severity]


def as_json(kind: Kind, source: Path) -> dict[str, Any]:
    """What a source yields: of each entry, the fields that are not empty."""
    entries, notes = read(kind, source)
    return {
        "entries": [_plain(found) for found in entries.values()],
        "notes": [f"{note.place}: {note.severity}: {note.reason}" for note in notes],
    }


def golden(kind_name: str) -> dict[str, Any]:
    """What the example of a kind should yield."""
    content: dict[str, Any] = json.loads((GOLDEN / kind_name / "expected.json").read_text(encoding="utf-8"))
    return content


def _plain(found: Entry) -> dict[str, Any]:
    values = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    plain = {name: value for name, value in values.items() if _is_told(name, value)}
    texts = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
    teaser = {"teaser": found.teaser.text} if found.teaser else {}
    return {"file": found.place.file, **texts, **teaser, "body": found.body.text.strip().replace(HOLE, "(unknown)")}


def _is_told(name: str, value: Any) -> bool:
    return bool(value) and name not in ("place", "body", "teaser") and value is not Status.PUBLISHED
