"""JSON and JSON lines files with one object a post, whatever its keys are called; as one file or a folder of them."""

from __future__ import annotations

from collections.abc import Iterator

from semsearch.errors import SourceUnreadable
from semsearch.ingest.contents import holds_only
from semsearch.ingest.entries import Note, Place, Record, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.json_values import InvalidJson
from semsearch.ingest.tables import json_rows
from semsearch.ingest.tables.row_count import check_row_count
from semsearch.ingest.tables.rows import RowReader
from semsearch.ingest.tables.table import because, columns_of, understood

_SUFFIXES = (".json", ".jsonl", ".ndjson")
_LOOKED_AT = 50
"""Objects that detection reads."""


class JsonTableKind:
    """An array of objects somewhere in a JSON file, JSON lines, or files of one object each."""

    name = "json"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        paths = files.paths(*_SUFFIXES)
        if not holds_only(files, *_SUFFIXES):
            return None
        found, _ = json_rows.tables(files, paths[0], _LOOKED_AT)
        table = json_rows.best(found, {})
        if table is None:
            return None
        if reason := because(paths[0], list(table.names)):
            return Evidence(Certainty.LIKELY, reason)
        return Evidence(Certainty.POSSIBLE, f"{paths[0]} has objects, but none with a title")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        paths = files.paths() if files.is_file else files.paths(*_SUFFIXES)
        if not paths:
            raise SourceUnreadable(files.location, "no file there ends in .json or .jsonl")
        told = None
        for path in paths:
            for record in _read(files, path, options):
                if isinstance(record, Note) and record.severity is Severity.INFO:
                    if record.detail == told:  # a folder of files that are all alike
                        continue
                    told = record.detail
                yield record


def _read(files: Files, path: str, options: Options) -> Iterator[Record]:
    check_row_count(files, path, b"{")
    found, errors = json_rows.tables(files, path)
    table = json_rows.best(found, options.fields)
    if table is None:
        place = Place(path, errors[0].line if errors else None)
        reason = str(errors[0]) if errors else "it has no objects"
        if files.is_file:
            raise SourceUnreadable(files.location, f"{place}: {reason}")
        yield Note(place, Severity.BROKEN, "no JSON", reason)
        return
    columns = columns_of(files, path, list(table.names), options.fields)
    is_post_format = columns.are_ours and path.lower().endswith((".jsonl", ".ndjson"))
    yield understood(f"{path} ({table.path})" if table.path else path, columns)
    reader = RowReader(columns, options, is_post_format)
    for row in json_rows.rows(files, path, table):
        if isinstance(row, InvalidJson):
            yield Note(Place(path, row.line), Severity.BROKEN, "not JSON", f"{row}; all that is whole is kept")
        else:
            yield from reader.records(row.value, Place(path, row.line))


KIND = JsonTableKind()
