"""Markdown → the heading that a text begins with, for generators that take it as the title."""

from __future__ import annotations

import re

_ATX = re.compile(r"#[ \t]+(?P<title>[^\n]+?)(?:[ \t]+#+)?[ \t]*(?:\n|\Z)")
_SETEXT = re.compile(r"(?P<title>[^\n>#\-*+`|=][^\n]*)\n=+[ \t]*(?:\n|\Z)")
_COMMENT = re.compile(r"<!--[\s\S]*?-->")
_FIRST = re.compile(r"^#[ \t]+(?P<title>[^\n]+?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"[ \t]*\{[^{}\n]*\}[ \t]*$")
_LINK = re.compile(r"!?\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
_MARKUP = re.compile(r"<[^>\n]*>|[*`]|(?<!\w)_+|_+(?!\w)")


def leading_heading(text: str) -> str:
    """Return the first-level heading that is the first thing in a text, as plain text; empty if there is none."""
    text = _COMMENT.sub("", text[:20_000]).lstrip()
    match = _ATX.match(text) or _SETEXT.match(text)
    return _plain(match["title"]) if match else ""


def first_heading(text: str) -> str:
    """Return the first first-level heading, wherever it stands, as plain text; empty if there is none."""
    leading = leading_heading(text)
    match = None if leading else _FIRST.search(text)
    return _plain(match["title"]) if match else leading


def _plain(title: str) -> str:
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", _ATTRIBUTES.sub("", title))).split())
