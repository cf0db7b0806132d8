"""CSV and TSV files whose first row names the columns, as one file or a folder of such files."""

from __future__ import annotations

from collections.abc import Iterator

from semsearch.errors import SourceUnreadable
from semsearch.ingest.contents import holds_only
from semsearch.ingest.entries import Note, Place, Record, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.text_lines import MAX_LINE, TextLines
from semsearch.ingest.tables.csv_rows import CsvRows
from semsearch.ingest.tables.row_count import check_row_count
from semsearch.ingest.tables.rows import RowReader
from semsearch.ingest.tables.table import because, columns_of, understood

_SUFFIXES = (".csv", ".tsv", ".tab")


class CsvKind:
    """A table with a header, one post a row."""

    name = "csv"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        paths = files.paths(*_SUFFIXES)
        if not holds_only(files, *_SUFFIXES):
            return None
        lines = TextLines(files, paths[0])
        try:
            reason = because(paths[0], CsvRows(lines).header)
        finally:
            lines.close()
        if reason:
            return Evidence(Certainty.LIKELY, reason)
        return Evidence(Certainty.POSSIBLE, f"{paths[0]} is a table by its name")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        paths = files.paths() if files.is_file else files.paths(*_SUFFIXES)
        if not paths:
            raise SourceUnreadable(files.location, "no file there ends in .csv or .tsv")
        for path in paths:
            check_row_count(files, path, b"\n")
            lines = TextLines(files, path)
            try:
                yield from _read(files, path, lines, options)
            finally:
                lines.close()


def _read(files: Files, path: str, lines: TextLines, options: Options) -> Iterator[Record]:
    rows = CsvRows(lines)
    columns = columns_of(files, path, rows.header, options.fields)
    yield understood(path, columns)
    reader = RowReader(columns, options)
    for row in rows:
        place = Place(path, row.line)
        if row.problem:
            yield Note(place, Severity.BROKEN, "broken row", row.problem)
        else:
            yield from reader.records(dict(zip(rows.header, row.cells, strict=True)), place)
    yield from _line_notes(path, lines)


def _line_notes(path: str, lines: TextLines) -> Iterator[Note]:
    if lines.wrong_line is not None:
        place = Place(path, lines.wrong_line)
        yield Note(place, Severity.WARNING, "not UTF-8", "lines that are not UTF-8 were read as Windows-1252")
    if lines.long_line is not None:
        detail = f"the line was cut at {MAX_LINE // 1024**2} MiB"
        yield Note(Place(path, lines.long_line), Severity.WARNING, "line too long", detail)


KIND = CsvKind()
