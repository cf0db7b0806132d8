from __future__ import annotations

import json
from pathlib import Path

import pytest

from semsearch.corpus.jsonl import MAX_LINE_BYTES
from semsearch.ingest.output import NewFile, count_lines, line_of

RECORDS = [{"id": "a", "title": "Ä"}, {"id": "b", "title": "B"}]


def test_a_file_is_replaced_only_when_it_is_committed(tmp_path: Path) -> None:
    file = tmp_path / "corpus" / "blog.jsonl"
    assert NewFile(file, RECORDS).commit()
    before = file.stat()
    new = NewFile(file, RECORDS[:1])
    assert count_lines(file) == 2
    new.discard()
    assert [path.name for path in file.parent.iterdir()] == ["blog.jsonl"]
    assert not NewFile(file, RECORDS).commit()
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def test_the_old_file_stays_if_a_record_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "blog.jsonl"
    NewFile(file, RECORDS).commit()
    with pytest.raises(ZeroDivisionError):
        NewFile(file, ({"id": str(1 // number)} for number in (1, 0)))
    assert count_lines(file) == 2
    assert len(list(tmp_path.iterdir())) == 1


def test_lines_keep_letters_as_they_are() -> None:
    assert line_of(RECORDS[0]) == '{"id": "a", "title": "Ä"}\n'.encode()


def test_a_line_that_a_corpus_would_refuse_is_cut_with_its_sections() -> None:
    body = "\U0001f600" * 2_300_000
    sections = [
        {"title": "one", "anchor": "", "start": 0, "end": 2_300_000},
        {"title": "two", "anchor": "", "start": 2_299_999, "end": 2_300_000},
    ]
    line = line_of({"id": "a", "title": "A", "sections": sections, "body": body})
    assert len(line) <= MAX_LINE_BYTES
    record = json.loads(line)
    assert [section["title"] for section in record["sections"]] == ["one"]
    assert record["sections"][0]["end"] == len(record["body"])


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert count_lines(tmp_path / "none.jsonl") is None
