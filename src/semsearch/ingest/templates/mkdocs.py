"""What MkDocs plugins and Python-Markdown extensions put into Markdown → plain Markdown."""

from __future__ import annotations

import re

from semsearch.ingest.entries import HOLE
from semsearch.ingest.templates import code, fences

_MACRO = re.compile(r"\{\{[^{}]*\}\}")
_STATEMENT = re.compile(r"\{%(?:[^%{]|%(?!\})|\{(?!%)){0,2000}%\}|\{#(?=\s)(?:[^#{]|#(?!\})|\{(?!#)){0,5000}#\}")
"""Up to the next beginning of one, so that many without an end are read once."""
_SNIPPET = re.compile(
    r"^[ \t]*-{1,}8<-{1,}[ \t]*(?:[\"'][^\n]*|\n[\s\S]{0,5000}?^[ \t]*-{1,}8<-{1,}[ \t]*)$", re.MULTILINE
)
_ICON = re.compile(r":(?:material|octicons|fontawesome|simple)-[\w-]+:(?:\{[^{}\n]*\})?")
_KEYS = re.compile(r"(?<![+\w])\+\+([a-z0-9\"][\w+\"-]{0,60}?)\+\+(?![+\w])")
_LINES = re.compile(r"^[ \t]*(?:\[TOC\]|\*\[[^\]\n]+\]:[^\n]*|:::[ \t]+[\w.]+[ \t]*)$", re.MULTILINE)
"""A table of contents, the explanation of an abbreviation, an object that mkdocstrings documents."""


def plain_markdown(text: str, *, has_macros: bool = False) -> str:
    """Return the text without snippets, icons, abbreviations and ``[TOC]``; ``++ctrl+c++`` becomes ``ctrl+c``.

    ``has_macros``: ``{{ value }}`` becomes :data:`HOLE`, and statements and comments go. Code stays as it is.
    """

    text = fences.outside_blocks(text, lambda part: _LINES.sub("", _SNIPPET.sub("", part)))
    if not any(mark in text for mark in ("{{", "{%", "{#", "++", ":")):
        return text
    parts = code.take_out(text)
    bare = _MACRO.sub(HOLE, _STATEMENT.sub("", parts.text)) if has_macros else parts.text
    return parts.restored(_KEYS.sub(r"\1", _ICON.sub("", bare)))
