"""Tables in Parquet → entries."""

from __future__ import annotations

import datetime as dt
import decimal
import sys
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import MissingExtra, SourceUnreadable
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty
from semsearch.ingest.kinds.parquet import KIND
from tests.ingest.reading import check_golden, read

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

GOLDEN = Path(__file__).parent / "golden"
ROWS: list[dict[str, Any]] = [
    {
        "headline": "Salt", "content": "<p>One.</p>", "published_at": dt.datetime(2020, 1, 2, 3, 4, tzinfo=dt.UTC),
        "keywords": ["a", "b"], "writer": "Jo Reed <jo@sea.example>", "price": decimal.Decimal("1.5"),
        "picture_bytes": b"\x00", "reader_email": "x@sea.example", "views": 7,
    },
    {"headline": "Pepper", "content": None, "published_at": None, "keywords": None, "views": None},
]  # fmt: skip


def table(tmp_path: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    file = tmp_path / "posts.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), file, **options)
    return file


def test_a_table_is_read_as_its_golden_file_says(tmp_path: Path) -> None:
    check_golden(KIND, table(tmp_path, ROWS), GOLDEN / "parquet.expected")


def test_a_table_is_detected_by_its_first_bytes(tmp_path: Path) -> None:
    evidence = KIND.detect(open_files(table(tmp_path, ROWS)))
    assert evidence is not None
    assert evidence.certainty is Certainty.CERTAIN
    other = tmp_path / "other.parquet"
    other.write_text("title\nA\n", encoding="utf-8")
    assert KIND.detect(open_files(other)) is None


def test_all_row_groups_are_read_in_order(tmp_path: Path) -> None:
    rows = [{"title": f"T{number}"} for number in range(1_000)]
    entries, _ = read(KIND, table(tmp_path, rows, row_group_size=100))
    assert [entry.title for entry in entries] == [row["title"] for row in rows]


def test_the_owner_may_name_columns_also_inside_of_others(tmp_path: Path) -> None:
    entries, _ = read(KIND, table(tmp_path, [{"kop": {"tekst": "A"}, "title": "B"}]), fields={"title": "kop.tekst"})
    assert entries[0].title == "A"


def test_a_row_group_above_the_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semsearch.ingest.kinds.parquet._MAX_GROUP_BYTES", 10)
    entries, notes = read(KIND, table(tmp_path, [{"title": "A" * 100}]))
    assert entries == []
    assert [note.reason for note in notes] == ["columns", "row group too large"]


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    file = table(tmp_path, ROWS)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(SourceUnreadable, match="damaged"):
        read(KIND, file)


def test_a_file_of_another_format_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "posts.parquet"
    file.write_text("title\nA\n", encoding="utf-8")
    with pytest.raises(SourceUnreadable, match="no Parquet file"):
        read(KIND, file)


def test_without_the_package_the_error_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = table(tmp_path, ROWS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"semsearch\[parquet\]"):
        read(KIND, file)
