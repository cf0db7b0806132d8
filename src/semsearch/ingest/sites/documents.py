"""A document file of a site → its fields and body, and notes on what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from semsearch.ingest.entries import Format, Markup, Note, Place, Severity
from semsearch.ingest.files import TooLarge, read_bytes
from semsearch.ingest.parsing import front_matter
from semsearch.ingest.parsing.decoding import decode
from semsearch.ingest.paths import suffix_of
from semsearch.ingest.sites.site import Site
from semsearch.ingest.sites.values import Fields

FORMATS = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkdown", ".mkdn", ".mkd", ".mdtext", ".mdx"), Format.MARKDOWN),
    **dict.fromkeys((".html", ".htm", ".xhtml"), Format.HTML),
    ".rst": Format.RST,
    ".txt": Format.PLAIN,
}
UNREAD = {
    ".adoc": "AsciiDoc",
    ".asciidoc": "AsciiDoc",
    ".ad": "AsciiDoc",
    ".org": "Org mode",
    ".textile": "Textile",
    ".pdc": "Pandoc",
    ".pandoc": "Pandoc",
}
"""Suffixes of documents that generators render and that are not read here."""


@dataclass(frozen=True, slots=True)
class SiteDocument:
    """A document of a site."""

    place: Place
    path: str
    """In the site."""
    fields: Fields
    """Top-level keys in lower case; see :class:`semsearch.ingest.parsing.front_matter.Document`."""
    body: Markup
    has_front_matter: bool

    def with_fields(self, fields: Mapping[str, Any]) -> SiteDocument:
        """Return the document with other fields, whose names are in lower case."""
        return replace(self, fields=Fields(fields))

    def with_text(self, text: str) -> SiteDocument:
        """Return the document with another text of its body."""
        return self if text is self.body.text else replace(self, body=Markup(text, self.body.format))


def read_document(site: Site, path: str) -> tuple[SiteDocument | None, list[Note]]:
    """Read a document by its path in the source. None: it cannot be read, which a note says."""
    place = Place(path)
    suffix = suffix_of(path).lower()
    if suffix in UNREAD:
        detail = f"it is written in {UNREAD[suffix]}; convert it to Markdown, reStructuredText or HTML"
        return None, [Note(place, Severity.BROKEN, f"{UNREAD[suffix]} is not supported", detail)]
    try:
        content = read_bytes(site.source, path)
    except (OSError, KeyError, TooLarge) as error:
        return None, [Note(place, Severity.BROKEN, "unreadable file", str(error))]
    if b"\0" in content[:1024] and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return None, [Note(place, Severity.BROKEN, "not a text file", "it holds zero bytes; save it as UTF-8")]
    text, wrong_line = decode(content)
    notes = []
    if wrong_line is not None:
        detail = "bytes that are not UTF-8 were read as Windows-1252; save the file as UTF-8"
        notes.append(Note(Place(path, wrong_line), Severity.WARNING, "not UTF-8", detail))
    parts = front_matter.split(text)
    if parts.problem:
        notes.append(
            Note(Place(path, parts.problem_line), Severity.BROKEN, "invalid front matter", _mend(parts.problem))
        )
        return None, notes
    notes += _odd_keys(place, parts)
    body = Markup(parts.body, FORMATS.get(suffix, Format.MARKDOWN))
    return SiteDocument(place, site.path_in_site(path), Fields(parts.fields), body, parts.has_front_matter), notes


def _mend(problem: str) -> str:
    """Add to what a parser says how such mistakes are usually mended."""
    if "closing" in problem:
        return f"{problem}; add that line after the last field"
    if "mapping values are not allowed" in problem:
        return f"{problem}; put a text with a colon in quotes"
    if problem.startswith("not YAML") and ("character" in problem or "token" in problem or "expected" in problem):
        return f"{problem}; put texts with special characters in quotes, and indent with spaces"
    return f"{problem}; correct this line"


def _odd_keys(place: Place, parts: front_matter.Document) -> Iterator[Note]:
    for key in parts.odd_keys[:3]:
        shown = key if len(key) <= 60 else f"{key[:60]}…"
        detail = f"{shown!r} looks like a sentence; put a blank line or --- before it, or put the text in quotes"
        yield Note(place, Severity.WARNING, "odd key", detail)
