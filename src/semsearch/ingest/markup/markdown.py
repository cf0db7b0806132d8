"""Markdown → blocks, by way of the HTML that it stands for."""

from __future__ import annotations

import re

import pyromark

from semsearch.ingest.markup.blocks import Content
from semsearch.ingest.markup.dialects import common_markdown
from semsearch.ingest.markup.html_blocks import read_html
from semsearch.ingest.markup.more import with_marks
from semsearch.ingest.occurrence import has_any

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_GFM
)
_DEFINITION = re.compile(r"^ {0,3}:[ \t]+\S", re.MULTILINE)
_COLON = re.compile(r"^ {0,3}:[^\s:]", re.MULTILINE)
_MATH = re.compile(r'<span class="math math-(?P<style>inline|display)">(?P<formula>.*?)</span>', re.DOTALL)


def read_markdown(text: str, *, makes_anchors: bool = True) -> Content:
    """Read Markdown without control characters."""
    return read_html(with_marks(to_html(text)), makes_anchors=makes_anchors, is_plain=not has_any(text, "<", "{", "[^"))


def to_html(text: str) -> str:
    """Make HTML of Markdown: CommonMark with tables, footnotes, definition lists and ids of headings."""
    text = common_markdown(text)
    options = _OPTIONS
    if "$" in text:
        options |= pyromark.Options.ENABLE_MATH
    if has_any(text, "\n:") and _DEFINITION.search(text) and not _COLON.search(text):
        options |= pyromark.Options.ENABLE_DEFINITION_LIST
    html = pyromark.html(text, options=options)
    return _MATH.sub(_formula, html) if 'class="math' in html else html


def _formula(match: re.Match[str]) -> str:
    """A formula as written, with its dollars."""
    dollars = "$" if match["style"] == "inline" else "$$"
    return f"{dollars}{match['formula']}{dollars}"
