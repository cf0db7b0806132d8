"""Markdown with notes and tabs of a generator (``:::note``, ``!!! note``, ``=== "Tab"``) → Markdown with quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from semsearch.ingest.occurrence import has_any

_COLONS = ":::"
_OPENING = re.compile(
    r"(?:\{[^{}]*\}|[.#]?[\w-]+)"
    r"(?:\[(?P<bracketed>[^\]]*)\])?(?:\{(?P<attributes>[^{}]*)\})?(?:[ \t]+(?P<title>[^{}]*))?(?:\{[^{}]*\})?"
)
_TITLE = re.compile(r"""title=["']([^"']*)""")
_INDENTED = re.compile(r'^(?P<mark>!!!|\?\?\?\+?|===[!+]{0,2}) (?P<type>[\w -]*)(?:"(?P<title>[^"]*)")?[ \t]*$')
_MAX_LINE = 300
"""A line that opens a note is shorter."""
_FENCE = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,})")
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class _Container:
    """An open note or tab."""

    is_quote: bool
    is_indented: bool
    """By four spaces a line, else it ends at a line of colons."""


def without_containers(text: str) -> str:
    """Make quotes of notes, and dissolve tabs; their titles become bold lines."""
    if not has_any(text, _COLONS, "!!! ", "??? ", "???+ ", "=== "):
        return text
    lines = _Lines()
    for line in text.split("\n"):
        lines.add(line)
    return "\n".join(lines.done)


class _Lines:
    """Rewrites lines in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._open: list[_Container] = []
        self._fence = ""

    def add(self, line: str) -> None:
        line = self._inner(line)
        if self._fence:
            if line.strip().startswith(self._fence) and not line.strip(" \t`~"):
                self._fence = ""
        elif fence := _FENCE.match(line):
            self._fence = fence["fence"]
        elif self._is_boundary(line):
            return
        self._emit(line)

    def _inner(self, line: str) -> str:
        """The line without the indentation of the notes that it belongs to. Others end before it."""
        for depth, container in enumerate(self._open):
            if not container.is_indented:
                continue
            if line.startswith(("    ", "\t")):
                line = line[1 if line[0] == "\t" else 4 :]
            elif line.strip():
                del self._open[depth:]
                self._fence = ""
                self.done.append("")
                break
        return line

    def _is_boundary(self, line: str) -> bool:
        """Open or close a container at a line that does so."""
        if len(line) > _MAX_LINE:
            return False
        if (stripped := line.strip()).startswith(_COLONS):
            return self._at_colons(stripped.strip(":").strip())
        indented = _INDENTED.match(line)
        if indented is None or len(self._open) >= _MAX_DEPTH or not (indented["type"].strip() or indented["title"]):
            return False
        self._enter(_Container(is_quote=indented["mark"][0] != "=", is_indented=True), indented["title"] or "")
        return True

    def _at_colons(self, rest: str) -> bool:
        if not rest:
            for depth in range(len(self._open) - 1, -1, -1):
                if not self._open[depth].is_indented:
                    del self._open[depth:]
                    self.done.append("")
                    return True
            return False
        opening = _OPENING.fullmatch(rest)
        if opening is None or len(self._open) >= _MAX_DEPTH:
            return False
        title = _TITLE.search(opening["attributes"] or "")
        self._enter(
            _Container(is_quote=True, is_indented=False),
            opening["bracketed"] or opening["title"] or (title[1] if title else ""),
        )
        return True

    def _enter(self, container: _Container, title: str) -> None:
        self._emit("")
        self._open.append(container)
        if title.strip():
            self._emit(f"**{title.strip()}**")
            self._emit("")

    def _emit(self, line: str) -> None:
        self.done.append("> " * sum(container.is_quote for container in self._open) + line)
