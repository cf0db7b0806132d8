"""Parquet files with one post a row, as one file or a folder of such files. Needs the extra ``parquet``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from semsearch.errors import MissingExtra, SourceUnreadable
from semsearch.ingest.contents import holds_only
from semsearch.ingest.entries import Note, Place, Record, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.tables.columns import Columns
from semsearch.ingest.tables.rows import RowReader
from semsearch.ingest.tables.table import columns_of, understood

_MAGIC = b"PAR1"
_BATCH_ROWS = 256
_MAX_GROUP_BYTES = 256 * 1024 * 1024
"""Of one row group, unpacked, in the columns that are read. Memory stays below 500 MB."""


class ParquetKind:
    """A table in the columnar format of data pipelines."""

    name = "parquet"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        paths = files.paths() if files.is_file else files.paths(".parquet")
        is_alone = files.is_file or holds_only(files, ".parquet")
        if not paths or not is_alone or not _is_parquet(files, paths[0]):
            return None
        return Evidence(Certainty.CERTAIN, f"{paths[0]} begins with {_MAGIC.decode()}")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        paths = files.paths() if files.is_file else files.paths(".parquet")
        if not paths:
            raise SourceUnreadable(files.location, "no file there ends in .parquet")
        for path in paths:
            yield from _read(files, path, options)


def _read(files: Files, path: str, options: Options) -> Iterator[Record]:
    arrow, parquet = _modules()
    if not _is_parquet(files, path):
        raise SourceUnreadable(files.location, f"{path} is no Parquet file")
    with files.open(path) as stream:
        try:
            table = parquet.ParquetFile(stream)
            columns = columns_of(files, path, table.schema_arrow.names, options.fields)
            yield understood(path, columns)
            yield from _rows(table, columns, RowReader(columns, options), path)
        except (arrow.ArrowException, OSError) as error:
            reason = str(error).splitlines()[0] if str(error) else "damaged"
            raise SourceUnreadable(files.location, f"{path} is damaged: {reason}") from error


def _rows(table: Any, columns: Columns, reader: RowReader, path: str) -> Iterator[Record]:
    """Yield the entries of one row group after another. Columns that are not used are not read."""
    used = {name.partition(".")[0] for names in columns.by_field.values() for name in names}
    wanted = [name for name in table.schema_arrow.names if name in used or name in columns.extra]
    for number in range(table.num_row_groups):
        size = _size(table.metadata.row_group(number), wanted)
        if size > _MAX_GROUP_BYTES:
            limits = f"{size / 1e6:,.0f} MB, the limit is {_MAX_GROUP_BYTES / 1e6:,.0f}"
            detail = f"row group {number + 1} unpacks to {limits}; write the file with smaller row groups"
            yield Note(Place(path), Severity.BROKEN, "row group too large", detail)
            continue
        for batch in table.iter_batches(_BATCH_ROWS, row_groups=[number], columns=wanted, use_threads=False):
            for row in batch.to_pylist():
                yield from reader.records(row, Place(path))


def _size(group: Any, wanted: list[str]) -> int:
    chunks = (group.column(index) for index in range(group.num_columns))
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in wanted)


def _is_parquet(files: Files, path: str) -> bool:
    with files.open(path) as stream:
        return stream.read(4) == _MAGIC


def _modules() -> tuple[Any, Any]:
    """pyarrow and pyarrow.parquet. Raises MissingExtra."""
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtra("pyarrow", "parquet") from error


KIND = ParquetKind()
