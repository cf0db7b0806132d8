"""Characters of a broken XML file → characters that a parser takes without losing any, and what was mended where.

A recovering parser drops what it does not understand: ``Q&A`` becomes ``Q``, the text after a bare ``]]>`` loses its
markup. Mending before parsing keeps it. Comments, processing instructions and the document type, with all
entities it declares, are removed.
"""

from __future__ import annotations

import html.entities
import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum

MAX_TEXT_BYTES = 9_000_000
"""Of one text, in UTF-8. libxml2 stops at 10,000,000. What is longer is cut: it holds pictures, not prose."""
MAX_TOLD = 10
"""Of one reason; the others are only counted."""
_LOOKAHEAD = 1024 * 1024
"""How far to look for the end of a CDATA section behind a ``]]>`` that may be part of the text; in characters."""
_HELD = 64
"""The longest ``&name;`` or beginning of markup that may continue in the next chunk; in characters."""
_SPECIAL = re.compile(r"<(?:!\[CDATA\[|!--|\?|!DOCTYPE\b)")
_WRONG_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:(?P<name>[A-Za-z][A-Za-z0-9]{1,31});|#(?P<number>[0-9]{1,8}|[xX][0-9A-Fa-f]{1,7});)?"
)
_SECTION_END = re.compile(r"\]\]>")
_BARE_LESS = re.compile(r"<(?![A-Za-z_:/\u0080-\U0010ffff])")
_TAG = re.compile(r"<(/?)([^\s<>/]{1,200})")


@dataclass(frozen=True, slots=True)
class Problem:
    """What was mended or lost."""

    line: int
    """From 1."""
    reason: str
    """A few words without details."""
    detail: str


class _Mode(Enum):
    """Where in the file it is. The last three are removed up to their end, which is their value."""

    START = "before the first markup"
    MARKUP = "tags and text"
    CDATA = "in a CDATA section"
    DOCTYPE = "document type"
    COMMENT = "-->"
    INSTRUCTION = r"\?>"
    SUBSET = r"\]\s{0,50}>"


class Mender:
    """Mends one file. Feed it chunk by chunk; each call returns UTF-8 for the parser."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        """The first of each reason, in the order of the file."""
        self.counts: Counter[str] = Counter()
        """How many problems there were for each reason."""
        self.line = 1
        """How far the file was read."""
        self.piece_count = 0
        """Tags, attributes, sections and mended places so far, at most: what costs time, and memory in a parser."""
        self._rest = ""
        self._at = 0
        self._mode = _Mode.START
        self._run = 0
        self._run_is_cut = False
        self._end_tag = "</"
        self._pieces: list[bytes] = []

    def feed(self, text: str, is_last: bool = False) -> bytes:
        """Mend the next characters of the file. Some wait for the next call unless these are the last."""
        waiting = self._rest[self._at :]
        self._rest, self._at = waiting + self._mend_characters(text, self.line + waiting.count("\n")), 0
        while self._at < len(self._rest) and self._step(is_last):
            pass
        result = b"".join(self._pieces)
        self._pieces.clear()
        return result

    def _step(self, is_last: bool) -> bool:
        """Consume some of the rest. Returns whether more can be done without further characters."""
        if self._mode is _Mode.MARKUP:
            return self._markup(is_last)
        if self._mode is _Mode.CDATA:
            return self._cdata(is_last)
        if self._mode is _Mode.START:
            return self._start(is_last)
        if self._mode is _Mode.DOCTYPE:
            return self._doctype()
        return self._removed()

    def _take(self, end: int) -> str:
        """Consume the rest up to this position."""
        taken = self._rest[self._at : end]
        self._at = end
        self.line += taken.count("\n")
        return taken

    def _drop(self, end: int) -> None:
        """Remove characters, but no line ends, so that the lines of the parser stay those of the file."""
        if end > self._at:
            self._pieces.append(b"\n" * self._take(end).count("\n"))

    def _start(self, is_last: bool) -> bool:
        """Skip what a program printed before the XML."""
        first = self._rest.find("<")
        if first < 0 and not is_last and len(self._rest) < _LOOKAHEAD:
            return False
        declaration = self._rest.find("<?xml", 0, _LOOKAHEAD)
        before = self._rest[: max(declaration, 0)]
        start = first if "<![CDATA[" in before or "<!--" in before else max(first, declaration)
        if start > 0:
            if self._rest[:start].strip():
                self._tell("text before the XML", f"skipped: {self._rest[:start].strip()[:80]!r}")
            self._drop(start)
        self._mode = _Mode.MARKUP
        return True

    def _markup(self, is_last: bool) -> bool:
        special = _SPECIAL.search(self._rest, self._at)
        if special is None:
            self._emit_markup(self._take(len(self._rest) if is_last else self._safe_end()))
            return False
        self._emit_markup(self._take(special.start()))
        self.piece_count += 1
        opening = special[0]
        if opening == "<![CDATA[":
            self._at = special.end()
            self._mode = _Mode.CDATA
        elif opening == "<!--":
            self._at = special.end()
            self._mode = _Mode.COMMENT
        else:
            self._mode = _Mode.INSTRUCTION if opening == "<?" else _Mode.DOCTYPE
        return True

    def _safe_end(self) -> int:
        """Return the position in the rest up to which there is no beginning of a reference or of special markup."""
        end = len(self._rest)
        start = max(self._at, end - _HELD)
        last = max(self._rest.rfind("<", start), self._rest.rfind("&", start))
        if last < 0:
            last = max(self._at, end - 2) if self._rest.endswith("]", start) else end  # of a bare ]]>
        return last

    def _emit_markup(self, text: str) -> None:
        if not text:
            return
        first_line = self.line - text.count("\n")
        if "&" in text:
            text = _AMPERSAND.sub(lambda match: self._reference(match, first_line), text)
        if "]]>" in text:
            text = _SECTION_END.sub(lambda match: self._section_end(match, first_line), text)
        text = _BARE_LESS.sub(lambda match: self._less(match, first_line), text)
        self.piece_count += text.count("<") + text.count("=")
        last = text.rfind("<")
        if last < 0:
            self._emit_text(text)
            return
        if tag := _TAG.match(text, last):
            self._end_tag = "</" if tag[1] else f"</{tag[2]}"
        if self._run_is_cut:
            text = text[text.index("<") :]
        self._pieces.append(text.encode())
        self._run = len(text) - last
        self._run_is_cut = False

    def _emit_text(self, text: str, is_cdata: bool = False) -> None:
        """Emit a piece of one text, up to the limit of all its pieces together."""
        if self._run_is_cut:
            return
        data = text.encode()
        if self._run + len(data) > MAX_TEXT_BYTES:
            self._run_is_cut = True
            self._tell("text too long", f"a text longer than {MAX_TEXT_BYTES / 1e6:.0f} MB was cut")
            return
        self._run += len(data)
        self._pieces.append(b"<![CDATA[" + data + b"]]>" if is_cdata else data)

    def _cdata(self, is_last: bool) -> bool:
        end = self._rest.find("]]>", self._at)
        if end < 0:
            length = len(self._rest)
            self._emit_cdata(self._take(length if is_last else max(self._at, length - 2)))
            return False
        is_bare = self._is_bare(end + 3, is_last)
        if is_bare is None:
            return False
        if is_bare:
            self._tell("bare ]]>", "a ]]> inside a CDATA section was read as text")
            self._emit_cdata(self._take(end + 2))  # the > stays and begins the next piece
            return True
        self._emit_cdata(self._take(end))
        self._at += 3
        self._mode = _Mode.MARKUP
        return True

    def _is_bare(self, behind: int, is_last: bool) -> bool | None:
        """Whether a ``]]>`` is text: another comes before the element ends or a new section begins. None: not known."""
        if self._rest.startswith(self._end_tag, behind):
            return False
        following = re.compile(rf"\]\]>|<!\[CDATA\[|{re.escape(self._end_tag)}").search(
            self._rest, behind, behind + _LOOKAHEAD
        )
        if following is None and not is_last and len(self._rest) - behind < _LOOKAHEAD:
            return None
        return following is not None and following[0] == "]]>"

    def _emit_cdata(self, text: str) -> None:
        if text:
            self._emit_text(text, is_cdata=True)

    def _removed(self) -> bool:
        """Remove a comment, an instruction or declarations up to their end."""
        end = re.compile(self._mode.value).search(self._rest, self._at)
        if end is None:
            self._drop(max(self._at, len(self._rest) - _HELD))
            return False
        self._drop(end.end())
        self._mode = _Mode.MARKUP
        return True

    def _doctype(self) -> bool:
        end = re.compile(r"[\[>]").search(self._rest, self._at)
        if end is None:
            self._drop(max(self._at, len(self._rest) - _HELD))
            return False
        self._mode = _Mode.MARKUP
        if end[0] == "[":
            self._tell("declared entities", "entities that the document type declares are not read")
            self._mode = _Mode.SUBSET
        self._drop(end.end())
        return True

    def _mend_characters(self, text: str, first_line: int) -> str:
        if _WRONG_CHARACTER.search(text) is None:
            return text
        return _WRONG_CHARACTER.sub(lambda match: self._character(match, first_line), text)

    def _character(self, match: re.Match[str], first_line: int) -> str:
        code = ord(match[0])
        if 0xDC80 <= code <= 0xDCFF:
            self._tell_of("not UTF-8", "was read as Windows-1252", match, first_line)
            return bytes((code - 0xDC00,)).decode("cp1252", "replace")
        self._tell_of("control character", "was dropped", match, first_line)
        return ""

    def _reference(self, match: re.Match[str], first_line: int) -> str:
        """Mend an ampersand that is no reference to one of the five predefined entities."""
        name, number = match["name"], match["number"]
        if number:
            code = int(number[1:], 16) if number[0] in "xX" else int(number)
            if 0 < code <= 0x10FFFF and _WRONG_CHARACTER.match(chr(code)) is None:
                return f"&#{code};"
            self._tell_of("control character", "was dropped", match, first_line)
            return ""
        if name and f"{name};" in html.entities.html5:
            return "".join(f"&#{ord(character)};" for character in html.entities.html5[f"{name};"])
        self._tell_of("bare &", "was read as text", match, first_line)
        return f"&amp;{match[0][1:]}"

    def _section_end(self, match: re.Match[str], first_line: int) -> str:
        self._tell_of("bare ]]>", "was read as text", match, first_line)
        return "]]&gt;"

    def _less(self, match: re.Match[str], first_line: int) -> str:
        self._tell_of("bare <", "was read as text", match, first_line)
        return "&lt;"

    def _tell_of(self, reason: str, done: str, match: re.Match[str], first_line: int) -> None:
        """Tell of a place in a text that begins on this line."""
        if self.counts[reason] >= MAX_TOLD:
            self._count(reason)
            return
        around = match.string[max(0, match.start() - 20) : match.end() + 20]
        line = first_line + match.string.count("\n", 0, match.start())
        self._tell(reason, f"{match[0]!r} {done} in {around!r}", line)

    def _tell(self, reason: str, detail: str, line: int | None = None) -> None:
        self._count(reason)
        if self.counts[reason] <= MAX_TOLD:
            self.problems.append(Problem(self.line if line is None else line, reason, detail))

    def _count(self, reason: str) -> None:
        self.counts[reason] += 1
        self.piece_count += 1
