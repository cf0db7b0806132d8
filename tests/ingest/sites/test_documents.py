"""Reading one document: what is wrong with it is said, and nothing good is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Format, Severity
from semsearch.ingest.files import open_files
from semsearch.ingest.sites.documents import read_document
from semsearch.ingest.sites.site import without_configuration


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides_on_the_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.md").write_bytes("---\r\ntitle: Quaï\r\n---\r\nText\r\n".encode(encoding))
    document, notes = read_document(without_configuration(open_files(tmp_path)), "a.md")
    assert document is not None
    assert (document.fields["title"], document.body.text, notes) == ("Quaï", "Text\n", [])


def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"---\ntitle: A\n---\nCaf\xe9\n")
    document, notes = read_document(without_configuration(open_files(tmp_path)), "a.md")
    assert document is not None
    assert document.body.text == "Café\n"
    assert [(str(note.place), note.severity, note.reason) for note in notes] == [
        ("a.md:4", Severity.WARNING, "not UTF-8")
    ]


def test_broken_front_matter_is_named_with_its_line_and_the_mend(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ndate: 2024-01-01\ntitle: Ropes: a start\n---\nText\n")
    document, notes = read_document(without_configuration(open_files(tmp_path)), "a.md")
    assert document is None
    (note,) = notes
    assert (str(note.place), note.severity, note.reason) == ("a.md:3", Severity.BROKEN, "invalid front matter")
    assert "put a text with a colon in quotes" in note.detail


def test_a_paragraph_that_parses_as_a_key_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\n<p>In the films: ships</p>\n---\nText\n")
    document, notes = read_document(without_configuration(open_files(tmp_path)), "a.md")
    assert document is not None
    assert [(note.severity, note.reason) for note in notes] == [(Severity.WARNING, "odd key")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.markdown", Format.MARKDOWN), ("a.mdx", Format.MARKDOWN), ("a.HTML", Format.HTML), ("a.rst", Format.RST)],
)
def test_the_suffix_tells_the_markup(tmp_path: Path, name: str, expected: Format) -> None:
    (tmp_path / name).write_text("Text")
    document, _ = read_document(without_configuration(open_files(tmp_path)), name)
    assert document is not None
    assert document.body.format is expected


def test_a_picture_named_like_a_text_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\x89PNG\0\0\0")
    document, notes = read_document(without_configuration(open_files(tmp_path)), "a.md")
    assert document is None
    assert [note.reason for note in notes] == ["not a text file"]
