"""HTML → HTML that is not nested too deeply for the parser, whose time grows with the depth of each element."""

from __future__ import annotations

import re

MAX_DEPTH = 128
MAX_OPEN_FORMATS = 10
"""The parser repeats every open ``<b>`` in each following paragraph."""
_HARMLESS_LENGTH = 8_000
_HARMLESS_TAGS = 2_000
"""In a text with fewer characters or tags, the worst case takes 0.1 s."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>?")
_FORMATS = frozenset((
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
))  # fmt: skip
_NOT_COUNTED = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "p", "li",
    "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot", "colgroup", "html", "head", "body",
))  # fmt: skip

"""Elements without content, or that end where the next one begins."""


def flattened(html: str) -> str:
    """Remove the tags of elements nested deeper than MAX_DEPTH; their text stays."""
    if len(html) <= _HARMLESS_LENGTH or html.count("<") <= _HARMLESS_TAGS:
        return html
    return _TAG.sub(_Depth().kept, html)


class _Depth:
    """Counts open elements from tag to tag."""

    def __init__(self) -> None:
        self._open = {True: 0, False: 0}
        """For formats, and for other elements."""
        self._removed = {True: 0, False: 0}

    def kept(self, tag: re.Match[str]) -> str:
        """Return the tag, or nothing if it is too deep."""
        name = tag[2].lower()
        if name in _NOT_COUNTED:
            return tag[0]
        is_format = name in _FORMATS
        if tag[1]:
            if self._removed[is_format]:
                self._removed[is_format] -= 1
                return ""
            self._open[is_format] = max(self._open[is_format] - 1, 0)
            return tag[0]
        if self._open[is_format] >= (MAX_OPEN_FORMATS if is_format else MAX_DEPTH):
            self._removed[is_format] += 1
            return ""
        self._open[is_format] += 1
        return tag[0]
