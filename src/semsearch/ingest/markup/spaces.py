"""White space and control characters → as a browser shows them."""

from __future__ import annotations

import re
import textwrap

from semsearch.ingest.markup.blocks import LINE_BREAK

_SPACE = re.compile(r"[ \t\n\r\f]+")
_WIDE = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff60"
_LINE_END_IN_WIDE = re.compile(f"(?<=[{_WIDE}])[ \t]*\n[ \t]*(?=[{_WIDE}])")
_INVISIBLE = re.compile("[\u00ad\u2060\ufeff]")
"""Soft hyphens and joiners: nobody sees them, and they split words for a search."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def without_controls(text: str) -> str:
    """Remove control characters and lone surrogates. Line ends and tabs stay."""
    return _CONTROL.sub("", text)


def collapsed(text: str) -> str:
    """Collapse white space as HTML does. A line end between two Chinese or Japanese characters is no space."""
    if LINE_BREAK in text:
        return "\n".join(filter(None, map(collapsed, text.split(LINE_BREAK))))
    if text.isascii():
        return " ".join(text.split())
    if "\n" in text:
        text = _LINE_END_IN_WIDE.sub("", text)
    return _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip(" ")


def dedented(code: str) -> str:
    """Remove empty lines around code, white space at line ends, and the indentation that all lines share."""
    return textwrap.dedent(code.replace("\r", "")).strip("\n").rstrip()
