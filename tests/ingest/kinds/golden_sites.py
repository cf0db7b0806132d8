"""Golden examples of static sites: a small site, and the entries and notes that it gives, as JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semsearch.ingest.entries import HOLE, Entry, Markup, Note, Record
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Kind, Options

NOW = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def records(kind: Kind, folder: Path, **options: Any) -> list[Record]:
    """Read a folder as a kind at the time of the golden examples."""
    return list(kind.read(open_files(folder), Options(now=NOW, **options)))


def entries(kind: Kind, folder: Path, **options: Any) -> dict[str, Entry]:
    """Read a folder as a kind: the entries by file."""
    return {record.place.file: record for record in records(kind, folder, **options) if isinstance(record, Entry)}


def notes(kind: Kind, folder: Path, **options: Any) -> list[Note]:
    """Read a folder as a kind: the notes."""
    return [record for record in records(kind, folder, **options) if isinstance(record, Note)]


def as_json(found: list[Record]) -> str:
    """Write records as JSON, without fields that have their default, and the body by line."""
    return json.dumps([_fields(record) for record in found], indent=1, ensure_ascii=False) + "\n"


def _fields(record: Record) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for declared in dataclasses.fields(record):
        value = getattr(record, declared.name)
        if value not in ("", None, (), {}, frozenset(), False):
            fields[declared.name] = _value(declared.name, value)
    return fields


def _value(name: str, value: Any) -> Any:
    if isinstance(value, Markup):
        lines = [line for line in value.text.replace(HOLE, "<hole>").split("\n") if line.strip()]
        return {"format": value.format, "lines": lines} if name == "body" else "\n".join(lines)
    return str(value) if name == "place" else value


def write_site(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write files, by path, into a folder."""
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder
