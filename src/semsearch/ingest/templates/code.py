"""A text → the same with its code taken out, so that templates are replaced elsewhere only; and back.

Code is what Markdown and HTML show literally: fenced and indented blocks, inline code, ``pre`` and ``code`` elements.
Time is linear in the text, whatever it holds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MAX_CHARACTERS = 2 * 1024 * 1024
"""Of a text with templates. They are taken out of a longer one without looking for code."""
RESERVED = "\ue000\ue001\ue002\ue003"
"""Private characters with a meaning here. They are taken out of texts."""
_OPEN, _CLOSE = RESERVED[1], RESERVED[2]
_RESERVED = re.compile(f"[{RESERVED}]")
_PIECE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_CODE = (
    r"(?<=`)(?P<ticks>`*)"
    r"|(?<=~)(?P<tildes>~~+)"
    r"|(?<=<)(?P<element>pre|code|script|style|svg)\b"
    r"|(?<=\n)(?P<indented>[ \t]*\n(?= {4}|\t))"
)
"""After its first character."""
_FENCE_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?")
_MAX_FENCE_PREFIX = 60
_RUN_OF_TICKS = re.compile("`+")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_INDENTED_LINES = re.compile(r"(?:(?: {4}|\t)[^\n]*(?:\n|\Z)|[ \t]*\n)+")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a template language whose content is not a template."""

    start: str
    """A regular expression for what follows the first brace; named groups are its own."""
    end: str
    replacement: Callable[[re.Match[str], str], str]
    """Opening match and content → text."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text without code. Private characters stand where code was."""

    text: str
    pieces: tuple[str, ...]

    def restored(self, text: str) -> str:
        """Put the code back into a text made of this one."""
        return _PIECE.sub(lambda match: self.pieces[int(match[1])] if int(match[1]) < len(self.pieces) else "", text)


def take_out(text: str, blocks: Sequence[Block] = (), in_code: Callable[[str], str] = str) -> Pieces:
    """Take code out of a text, and blocks. ``in_code`` changes code, as by taking out marks around it."""
    text = _RESERVED.sub("", text)
    own = (rf"|(?<=\{{)(?P<b{index}>{block.start})" for index, block in enumerate(blocks))
    opener = re.compile(rf"[`~<{{\n](?:{_CODE}{''.join(own)})")  # a set of first characters is found fast
    ends = _Ends(text)
    pieces: list[str] = []
    result: list[str] = []
    done = position = 0
    while match := opener.search(text, position):
        start, end, piece = _span(match, text, blocks, ends)
        if end <= start:
            position = max(match.end(), position + 1)
            continue
        result += (text[done:start], f"{_OPEN}{len(pieces)}{_CLOSE}")
        pieces.append(in_code(text[start:end]) if piece is None else piece)
        done = position = end
    result.append(text[done:])
    return Pieces("".join(result), tuple(pieces))


def fenced(content: str, language: str = "") -> str:
    """Return a code block."""
    ticks = max((len(run) for run in _RUN_OF_TICKS.findall(content)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"\n{fence}{language}\n{content.strip(chr(10))}\n{fence}\n"


class _Ends:
    """Finds where code ends. Remembers what does not occur any more, so that no part is searched twice in vain."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ticks: dict[int, list[int]] = {}
        for run in _RUN_OF_TICKS.finditer(text):
            self._ticks.setdefault(len(run[0]), []).append(run.start())
        self._blank_lines = [match.start() for match in _BLANK_LINE.finditer(text)]
        self._absent: set[str] = set()

    def of_inline(self, start: int, length: int) -> int:
        """Return the end of inline code; -1 if it has none in its paragraph."""
        runs = self._ticks.get(length, [])
        index = bisect_left(runs, start + length)
        if index == len(runs):
            return -1
        blank = bisect_left(self._blank_lines, start)
        if blank < len(self._blank_lines) and self._blank_lines[blank] < runs[index]:
            return -1
        return runs[index] + length

    def of_pattern(self, pattern: str, start: int) -> re.Match[str] | None:
        """Return the first match from a place on."""
        if pattern in self._absent:
            return None
        match = re.compile(pattern, re.MULTILINE | re.IGNORECASE).search(self._text, start)
        if match is None:
            self._absent.add(pattern)
        return match


def _span(match: re.Match[str], text: str, blocks: Sequence[Block], ends: _Ends) -> tuple[int, int, str | None]:
    """Return start and end of what an opening begins, and its replacement (None: itself); an empty span for nothing."""
    for index, block in enumerate(blocks):
        if match[f"b{index}"] is not None:
            end = ends.of_pattern(block.end, match.end())
            if end is None:
                return 0, 0, None
            return match.start(), end.end(), block.replacement(match, text[match.end() : end.start()])
    if match["ticks"] is not None or match["tildes"] is not None:
        return _ticks(match, text, ends)
    if element := match["element"]:
        end = ends.of_pattern(f"</{element}\\s*>", match.end())
        return match.start(), -1 if end is None else end.end(), None
    return _indented(match, text)


def _ticks(match: re.Match[str], text: str, ends: _Ends) -> tuple[int, int, None]:
    """A fence at the start of a line, else inline code."""
    start, end = match.span()
    line = text.rfind("\n", max(0, start - _MAX_FENCE_PREFIX), start) + 1
    is_at_start = line > 0 or start <= _MAX_FENCE_PREFIX
    rest = text[end : text.find("\n", end) % (len(text) + 1)]
    if end - start >= 3 and is_at_start and _FENCE_PREFIX.fullmatch(text, line, start) and (
        text[start] == "~" or "`" not in rest
    ):  # fmt: skip
        closing = ends.of_pattern(rf"^[ \t>]*{text[start]}{{{end - start},}}[ \t]*$", end)
        return start, len(text) if closing is None else closing.end(), None
    if text[start] == "~":
        return 0, 0, None
    return start, ends.of_inline(start, end - start), None


def _indented(match: re.Match[str], text: str) -> tuple[int, int, None]:
    """An indented block is code, but not where it goes on with a list."""
    before = text.rfind("\n", 0, match.start()) + 1
    line = text[before : match.start()]
    if line.startswith((" ", "\t")) or _LIST_ITEM.match(line):
        return 0, 0, None
    lines = _INDENTED_LINES.match(text, match.end())
    return match.end(), lines.end() if lines else -1, None
