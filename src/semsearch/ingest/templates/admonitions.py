"""Admonitions and content tabs → their text. Three notations: directives, indented blocks, alerts.

=========================  ==============================================
``:::note Title`` … ``:::``  directives: Docusaurus, Starlight, VitePress
``!!! note "Title"``         indented blocks: Python-Markdown; ``???`` for collapsible ones, ``===`` for tabs
``> [!NOTE] Title``          alerts: GitHub, Obsidian
=========================  ==============================================
"""

from __future__ import annotations

import re

from semsearch.ingest.occurrence import has_any
from semsearch.ingest.templates import fences

_ATTRIBUTES = r"(?:\{[^{}\n]*\})?"
_LABEL = r"\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]"
_OPENING_DIRECTIVE = re.compile(
    rf"^(?P<indent>[ \t>]*):::+[ \t]*(?P<kind>[A-Za-z][\w-]*){_ATTRIBUTES}"
    rf"[ \t]*(?:{_LABEL}{_ATTRIBUTES}|(?P<title>[^\n{{]*){_ATTRIBUTES})[ \t]*$",
    re.MULTILINE,
)
_CLOSING_DIRECTIVE = re.compile(r"^[ \t>]*:::+[ \t]*$", re.MULTILINE)
_LEAF_DIRECTIVE = re.compile(
    rf"^(?P<indent>[ \t]*)::[A-Za-z][\w-]*(?=[\[{{])(?:{_LABEL})?{_ATTRIBUTES}[ \t]*$", re.MULTILINE
)
_TITLE_ATTRIBUTE = re.compile(r"\{[^{}\n]*?\btitle=(?:\"([^\"\n]*)\"|'([^'\n]*)')")
_ALERT = re.compile(
    r"^(?P<quote>[ \t]*(?:>[ \t]?)+)\[![A-Za-z][\w -]*(?:\|[^\]\n]*)?\][+-]?[ \t]*(?P<title>[^\n]*)$", re.MULTILINE
)
_INDENTED_BLOCK = re.compile(
    r"(?:(?:!!!|\?\?\?\+?)[ \t]*[\w-]+(?:[ \t]+[\w-]+)*|={3}[!+]?)[ \t]*(?:\"(?P<title>[^\n]*)\")?[ \t]*"
)
_TAB_WITHOUT_TITLE = re.compile(r"={3,}[!+]?\s*")
_LIST_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]")
_FENCE = re.compile(r"(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?(`{3,}(?=[^`]*$)|~{3,})")


def without_directives(text: str) -> str:
    """Take the markers of ``:::`` directives away; their titles become paragraphs."""
    return fences.outside_blocks(text, _without_directives) if has_any(text, "::") else text


def without_alerts(text: str) -> str:
    """Take ``[!NOTE]`` out of quotes; a title becomes a paragraph of the quote."""
    return fences.outside_blocks(text, lambda part: _ALERT.sub(_alert_title, part)) if has_any(text, "[!") else text


def without_indented_blocks(text: str) -> str:
    """Take the markers of ``!!!``, ``???`` and ``===`` blocks away, and the indentation of what is in them."""
    if not has_any(text, "!!!", "???", "==="):
        return text
    return _IndentedBlocks().read(text)


def _without_directives(part: str) -> str:
    part = _OPENING_DIRECTIVE.sub(_directive_title, part)
    part = _CLOSING_DIRECTIVE.sub("", part)
    return _LEAF_DIRECTIVE.sub(lambda match: match["indent"] + (match["label"] or ""), part)


def _directive_title(match: re.Match[str]) -> str:
    attribute = _TITLE_ATTRIBUTE.search(match[0])
    title = (match["label"] or match["title"] or "").strip() or (attribute and (attribute[1] or attribute[2])) or ""
    return f"{match['indent']}{title}\n" if title else ""


def _alert_title(match: re.Match[str]) -> str:
    quote, title = match["quote"], match["title"].strip()
    return f"{quote}{title}\n{quote.rstrip()}" if title else quote.rstrip()


class _IndentedBlocks:
    """Goes through the lines of a text and keeps the indentation of the open blocks."""

    def __init__(self) -> None:
        self._margins: list[int] = []
        """Columns from which the content of each open block begins in the source."""
        self._fence = ""
        self._in_list = False

    def read(self, text: str) -> str:
        return "\n".join(self._line(line.expandtabs(4) if line.startswith("\t") else line) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        content = line.lstrip(" ")
        if not content:
            return ""
        indent = len(line) - len(content)
        while self._margins and indent < self._margins[-1]:
            self._margins.pop()
            self._fence = ""
        left = line[4 * len(self._margins) :]
        if self._fence:
            if content.startswith(self._fence) and not content.strip(self._fence[0] + " "):
                self._fence = ""
            return left
        depth = indent - (self._margins[-1] if self._margins else 0)
        if depth == 0:
            self._in_list = _LIST_ITEM.match(content) is not None
        if opening := _FENCE.match(content):
            self._fence = opening[1]
            return left
        if depth < 4 or self._in_list:  # else indented code
            block = _INDENTED_BLOCK.fullmatch(content)
            if block is not None and not _TAB_WITHOUT_TITLE.fullmatch(content):
                self._margins.append(indent + 4)
                title = (block["title"] or "").strip()
                return f"\n{left[: len(left) - len(content)]}{title}\n" if title else ""
        return left
