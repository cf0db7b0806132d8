from __future__ import annotations

import pytest

from semsearch.ingest.entries import Format, Markup, Note, Place, Severity
from semsearch.ingest.sites.documents import SiteDocument
from semsearch.ingest.sites.read_ahead import ReadAhead, Reading
from semsearch.ingest.sites.values import Fields


class Reader:
    """Reads documents whose text is their path, and counts how often."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def read(self, path: str) -> Reading:
        self.paths.append(path)
        if path == "broken":
            return None, [Note(Place(path), Severity.BROKEN, "unreadable file")]
        return SiteDocument(Place(path), path, Fields(), Markup(path, Format.MARKDOWN), False), []


@pytest.mark.parametrize("path", ["a.md", "broken"])
def test_a_document_that_was_looked_into_is_read_once(path: str) -> None:
    reader = Reader()
    documents = ReadAhead(reader.read)
    assert documents.look_into(path) == documents.look_into(path)
    assert documents.take(path) == Reader().read(path)
    assert reader.paths == [path]


def test_a_document_is_forgotten_after_its_turn() -> None:
    reader = Reader()
    documents = ReadAhead(reader.read)
    documents.look_into("a.md")
    assert documents.take("a.md") == documents.take("a.md")
    assert reader.paths == ["a.md", "a.md"]


def test_what_finds_no_room_is_read_again_until_there_is_room() -> None:
    reader = Reader()
    documents = ReadAhead(reader.read, max_characters=5_000)
    for path in ("a.md", "b.md", "c.md"):
        documents.look_into(path)
    for path in ("a.md", "c.md"):
        documents.take(path)
    documents.look_into("d.md")
    documents.take("d.md")
    assert reader.paths == ["a.md", "b.md", "c.md", "c.md", "d.md"]
