"""Short ways to read a text."""

from __future__ import annotations

from semsearch.ingest.entries import Format, Markup
from semsearch.ingest.markup import ReadText, read


def markdown(text: str) -> ReadText:
    return read(Markup(text, Format.MARKDOWN))


def html(text: str) -> ReadText:
    return read(Markup(text, Format.HTML))


def rst(text: str) -> ReadText:
    return read(Markup(text, Format.RST))


def plain(text: str) -> ReadText:
    return read(Markup(text, Format.PLAIN))


def blocks(text: ReadText) -> list[str]:
    return text.text.split("\n\n")
