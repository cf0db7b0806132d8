"""Reads sources in tests, and shows records as JSON values for golden files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from semsearch.ingest.entries import Entry, Markup, Note, Record
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Kind, Options


def read(kind: Kind, location: Path, **options: Any) -> tuple[list[Entry], list[Note]]:
    """Read a source: its entries, and its notes."""
    records = list(kind.read(open_files(location), Options(**options)))
    return [r for r in records if isinstance(r, Entry)], [r for r in records if isinstance(r, Note)]


def view(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Records as JSON values, without fields that have their default, each with its place as text."""
    return [_view(record) for record in records]


def check_golden(kind: Kind, location: Path, expected: Path, **options: Any) -> None:
    """Compare all records of a source with a golden file; where that is missing, write it and fail."""
    actual = view(kind.read(open_files(location), Options(**options)))
    if not expected.exists():
        expected.write_text(json.dumps(actual, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        raise AssertionError(f"{expected} is new: read it, and commit it if it is right")
    assert actual == json.loads(expected.read_text(encoding="utf-8"))


def _view(record: Record) -> dict[str, Any]:
    shown: dict[str, Any] = {"": type(record).__name__, "place": str(record.place)}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if field.name != "place" and value not in (field.default, None, (), {}):
            shown[field.name] = _value(value)
    return shown


def _value(value: Any) -> Any:
    if isinstance(value, Markup):
        return {value.format.value: value.text}
    return list(value) if isinstance(value, tuple) else value
