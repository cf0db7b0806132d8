from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from semsearch.ingest.assembly import AssembledPost, assemble
from semsearch.ingest.earlier_posts import EarlierPosts
from semsearch.ingest.entries import Entry, Format, Markup, Note, Place
from semsearch.ingest.sources import Source, parse_source

BLOG, OTHER = parse_source("blog"), parse_source("other")


def entry_of(name: str, text: str = "Text.") -> Entry:
    return Entry(Place(f"{name}.md"), Markup(text, Format.MARKDOWN), title=name)


class Reader:
    """Reads entries of a source, and counts those of which posts are made."""

    def __init__(self) -> None:
        self.earlier, self.made = EarlierPosts(), list[str]()

    def read(self, *entries: Entry, source: Source = BLOG) -> None:
        for entry in entries:
            found = self.earlier.assembled(source, entry, partial(self._assemble, entry))
            assert found == tuple(assemble(entry))
        self.earlier.replace(source, {})

    def _assemble(self, entry: Entry) -> Iterator[AssembledPost | Note]:
        self.made.append(entry.place.file)
        return assemble(entry)


def test_posts_are_made_of_new_and_changed_entries_only() -> None:
    reader = Reader()
    reader.read(entry_of("a"), entry_of("b"))
    reader.read(entry_of("a"), entry_of("b", "Other."), entry_of("c"))
    reader.read(replace(entry_of("a"), tags=("new",)), entry_of("b", "Other."), entry_of("c"))
    assert reader.made == ["a.md", "b.md", "b.md", "c.md", "a.md"]


def test_entries_that_were_gone_are_forgotten() -> None:
    reader = Reader()
    for entries in ([entry_of("a"), entry_of("b")], [entry_of("a")], [entry_of("a"), entry_of("b")]):
        reader.read(*entries)
    assert reader.made == ["a.md", "b.md", "b.md"]


def test_sources_are_kept_apart() -> None:
    reader = Reader()
    reader.read(entry_of("a"))
    reader.read(entry_of("a"), source=OTHER)
    reader.read(entry_of("a"))
    assert reader.made == ["a.md", "a.md"]
