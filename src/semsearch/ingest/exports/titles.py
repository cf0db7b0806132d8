"""An entry that its author gave no title → the entry named by its first words, and a note."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterator, Mapping
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from semsearch.ingest.entries import Entry, Note, Record, Severity, Status
from semsearch.ingest.exports.texts import one_line
from semsearch.ingest.kind import Options
from semsearch.ingest.named_fields import with_named_fields

MAX_CHARACTERS = 60


def titled(entry: Entry, fields: Mapping[str, Any] | None = None, options: Options | None = None) -> Iterator[Record]:
    """Yield an entry with texts in HTML under its title, else under its first words, as sites list such posts.

    An entry without words is left out. ``fields``: the entry as the source has it, for the names of fields that the
    owner gave.
    """
    if options is not None:
        entry, notes = with_named_fields(entry, fields or {}, options)
        yield from notes
    if entry.title:
        yield entry
        return
    title = first_words(entry.body.text) or (first_words(entry.teaser.text) if entry.teaser else "")
    if not title:
        yield Note(entry.place, Severity.LEFT_OUT, "no title", "and no words in the text. Give it a title")
        return
    if entry.status is Status.PUBLISHED:
        yield Note(entry.place, Severity.WARNING, "no title", f"it is named by its first words: {title}")
    yield dataclasses.replace(entry, title=html.escape(title, quote=False))


def first_words(text: str) -> str:
    """Return the first words of an HTML text, at most :data:`MAX_CHARACTERS`, with an ellipsis where they were cut."""
    tree = LexborHTMLParser(text)
    for node in tree.css("script, style, template"):
        node.decompose()
    words = one_line(tree.body.text(separator=" ") if tree.body else "")
    if len(words) <= MAX_CHARACTERS:
        return words
    cut = words[: MAX_CHARACTERS + 1].rpartition(" ")[0] or words[:MAX_CHARACTERS]
    return f"{cut.rstrip(' ,;:.–-')} …"
