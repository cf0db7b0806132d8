"""White space and control characters → as a browser shows them."""

from __future__ import annotations

import re
import textwrap

from semsearch.ingest.markup.blocks import LINE_BREAK
from semsearch.text import may_have_control_characters

_SPACES = re.compile("  +")
_WIDE = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff60"
_LINE_END_IN_WIDE = re.compile(f"(?<=[{_WIDE}])[ \t]*\n[ \t]*(?=[{_WIDE}])")
_INVISIBLE = re.compile("[\u00ad\u2060\ufeff]")
"""Soft hyphens and joiners: nobody sees them, and they split words for a search."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0\ufdd1]")


def without_controls(text: str) -> str:
    """Remove control characters, lone surrogates and the marks of :mod:`semsearch.ingest.markup.blocks`.

    Line ends and tabs stay.
    """
    return _CONTROL.sub("", text) if may_have_control_characters(text) else text


def collapsed(text: str) -> str:
    """Collapse white space as HTML does. A line end between two Chinese or Japanese characters is no space."""
    if LINE_BREAK in text:
        return "\n".join(filter(None, map(collapsed, text.split(LINE_BREAK))))
    if not text.isascii():
        if "\n" in text:
            text = _LINE_END_IN_WIDE.sub("", text)
        text = _INVISIBLE.sub("", text)
    text = text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip(" ")


def dedented(code: str) -> str:
    """Remove empty lines around code, white space at its end, and the indentation that all lines share."""
    code = code.strip("\n").rstrip()
    return textwrap.dedent(code) if code.startswith((" ", "\t")) else code
