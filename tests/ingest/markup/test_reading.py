"""Markdown and HTML → text."""

from __future__ import annotations

from semsearch.ingest.entries import Format, Markup
from semsearch.ingest.markup import read


def test_inline_elements_are_joined_without_spaces() -> None:
    assert read(Markup("see [getting *involved*](x), and `f`.", Format.MARKDOWN)).text == "see getting involved, and f."
