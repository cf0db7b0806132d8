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
_BARE_LESS = re.compile(r"<(?![A-Za-z_:/\u0080-\U0010ffff])")
_LAST_TAG = re.compile(r"<(/?)([^\s<>/]+)[^<>]*(?<!/)>\s*\Z")
_SUBSET_END = re.compile(r"\]\s*>")


@dataclass(frozen=True, slots=True)
class Problem:
    """What was mended or lost."""

    line: int
    """From 1."""
    reason: str
    """A few words without details."""
    detail: str


class _Mode(Enum):
    START = "before the first markup"
    MARKUP = "tags and text"
    CDATA = "in a CDATA section"
    COMMENT = "-->"
    INSTRUCTION = "?>"
    DOCTYPE = "document type"
    SUBSET = "declarations in the document type"


class Mender:
    """Mends one file. Feed it chunk by chunk; each call returns UTF-8 for the parser."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        """The first of each reason, in the order of the file."""
        self.counts: Counter[str] = Counter()
        """How many problems there were for each reason."""
        self.line = 1
        """How far the file was read."""
        self.markup_count = 0
        """Tags and attributes so far, at most; a bound for the nodes that a parser makes."""
        self._rest = ""
        self._mode = _Mode.START
        self._run = 0
        self._run_is_cut = False
        self._end_tag = "</"
        self._pieces: list[bytes] = []

    def feed(self, text: str, is_last: bool = False) -> bytes:
        """Mend the next characters of the file. Some wait for the next call unless these are the last."""
        self._rest += text
        while self._rest and self._step(is_last):
            pass
        result = b"".join(self._pieces)
        self._pieces.clear()
        return result

    def _step(self, is_last: bool) -> bool:
        """Consume some of the rest. Returns whether more can be done without further characters."""
        if self._mode is _Mode.START:
            return self._start(is_last)
        if self._mode is _Mode.MARKUP:
            return self._markup(is_last)
        if self._mode is _Mode.CDATA:
            return self._cdata(is_last)
        if self._mode is _Mode.DOCTYPE:
            return self._doctype()
        return self._removed()

    def _take(self, length: int) -> str:
        taken, self._rest = self._rest[:length], self._rest[length:]
        self.line += taken.count("\n")
        return taken

    def _drop(self, length: int) -> None:
        """Remove characters, but no line ends, so that the lines of the parser stay those of the file."""
        self._pieces.append(b"\n" * self._take(length).count("\n"))

    def _start(self, is_last: bool) -> bool:
        """Skip what a program printed before the XML."""
        first = self._rest.find("<")
        if first < 0 and not is_last and len(self._rest) < _LOOKAHEAD:
            return False
        declaration = self._rest.find("<?xml", 0, _LOOKAHEAD)
        is_inside = "<![CDATA[" in self._rest[:declaration] or "<!--" in self._rest[:declaration]
        start = first if is_inside else max(first, declaration)
        if start > 0:
            if self._rest[:start].strip():
                self._tell("text before the XML", f"skipped: {self._rest[:start].strip()[:80]!r}")
            self._drop(start)
        self._mode = _Mode.MARKUP
        return bool(self._rest)

    def _markup(self, is_last: bool) -> bool:
        special = _SPECIAL.search(self._rest)
        if special is None:
            end = len(self._rest) if is_last else self._safe_end()
            self._emit_markup(self._take(end))
            return False
        self._emit_markup(self._take(special.start()))
        opening = special[0]
        if opening == "<![CDATA[":
            self._take(len(opening))
            self._mode = _Mode.CDATA
        elif opening == "<!--":
            self._take(len(opening))
            self._mode = _Mode.COMMENT
        else:
            self._mode = _Mode.INSTRUCTION if opening == "<?" else _Mode.DOCTYPE
        return bool(self._rest)

    def _safe_end(self) -> int:
        """Return how many characters of the rest hold no beginning of a reference or of special markup."""
        start = max(0, len(self._rest) - _HELD)
        last = max(self._rest.rfind("<", start), self._rest.rfind("&", start))
        return len(self._rest) if last < 0 else last

    def _emit_markup(self, text: str) -> None:
        if not text:
            return
        first_line = self.line - text.count("\n")
        text = self._mend_characters(text, first_line)
        if "&" in text:
            text = _AMPERSAND.sub(lambda match: self._reference(match, first_line), text)
        if "]]>" in text:
            self._tell("bare ]]>", "a ]]> outside of CDATA was read as text", first_line)
            text = text.replace("]]>", "]]&gt;")
        text = _BARE_LESS.sub(lambda match: self._less(match, first_line), text)
        if tag := _LAST_TAG.search(text, max(0, len(text) - 1_000)):
            self._end_tag = "</" if tag[1] else f"</{tag[2]}"
        self.markup_count += text.count("<") + text.count("=")
        last = text.rfind("<")
        if last < 0:
            self._emit_text(text)
            return
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
        end = self._rest.find("]]>")
        if end < 0:
            length = len(self._rest) if is_last else max(0, len(self._rest) - 2)
            self._emit_cdata(self._take(length))
            return False
        is_bare = self._is_bare(end + 3, is_last)
        if is_bare is None:
            return False
        if is_bare:
            self._tell("bare ]]>", "a ]]> inside a CDATA section was read as text")
            self._emit_cdata(self._take(end + 2))  # the > stays and begins the next piece
            return True
        self._emit_cdata(self._take(end))
        self._take(3)
        self._mode = _Mode.MARKUP
        return bool(self._rest)

    def _is_bare(self, behind: int, is_last: bool) -> bool | None:
        """Whether a ``]]>`` is text: another comes before the element ends or a new section begins. None: not known."""
        following = re.compile(rf"\]\]>|<!\[CDATA\[|{re.escape(self._end_tag)}").search(
            self._rest, behind, behind + _LOOKAHEAD
        )
        if following is None and not is_last and len(self._rest) - behind < _LOOKAHEAD:
            return None
        return following is not None and following[0] == "]]>"

    def _emit_cdata(self, text: str) -> None:
        if text:
            self._emit_text(self._mend_characters(text, self.line - text.count("\n")), is_cdata=True)

    def _removed(self) -> bool:
        """Remove a comment, an instruction or declarations up to their end."""
        if self._mode is _Mode.SUBSET:
            match = _SUBSET_END.search(self._rest)
            end, held = (match.end() if match else -1), _HELD
        else:
            end, held = self._rest.find(self._mode.value), len(self._mode.value) - 1
            end = end + len(self._mode.value) if end >= 0 else -1
        if end < 0:
            self._drop(max(0, len(self._rest) - held))
            return False
        self._drop(end)
        self._mode = _Mode.MARKUP
        return bool(self._rest)

    def _doctype(self) -> bool:
        end = re.search(r"[\[>]", self._rest)
        if end is None:
            self._drop(max(0, len(self._rest) - _HELD))
            return False
        self._mode = _Mode.MARKUP
        if end[0] == "[":
            self._tell("declared entities", "entities that the document type declares are not read")
            self._mode = _Mode.SUBSET
        self._drop(end.end())
        return bool(self._rest)

    def _mend_characters(self, text: str, first_line: int) -> str:
        if _WRONG_CHARACTER.search(text) is None:
            return text
        return _WRONG_CHARACTER.sub(lambda match: self._character(match, first_line), text)

    def _character(self, match: re.Match[str], first_line: int) -> str:
        line = first_line + match.string.count("\n", 0, match.start())
        code = ord(match[0])
        if 0xDC80 <= code <= 0xDCFF:
            self._tell("not UTF-8", "a byte was read as Windows-1252", line)
            return bytes((code - 0xDC00,)).decode("cp1252", "replace")
        self._tell("control character", f"U+{code:04X} was dropped", line)
        return ""

    def _reference(self, match: re.Match[str], first_line: int) -> str:
        """Mend an ampersand that is no reference to one of the five predefined entities."""
        if match["number"]:
            digits = match["number"]
            code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
            if code <= 0x10FFFF and (chr(code) in "\t\n\r" or not _WRONG_CHARACTER.match(chr(code))) and code:
                return f"&#{code};"
            replacement, reason = "", "control character"
        elif match["name"] and f"{match['name']};" in html.entities.html5:
            return "".join(f"&#{ord(character)};" for character in html.entities.html5[f"{match['name']};"])
        else:
            replacement, reason = f"&amp;{match[0][1:]}", "bare &"
        line = first_line + match.string.count("\n", 0, match.start())
        around = match.string[max(0, match.start() - 20) : match.end() + 20]
        done = "was read as text" if replacement else "was dropped"
        self._tell(reason, f"{match[0]} {done}: {around!r}", line)
        return replacement

    def _less(self, match: re.Match[str], first_line: int) -> str:
        line = first_line + match.string.count("\n", 0, match.start())
        self._tell("bare <", "a < that begins no tag was read as text", line)
        return "&lt;"

    def _tell(self, reason: str, detail: str, line: int | None = None) -> None:
        self.counts[reason] += 1
        if self.counts[reason] <= MAX_TOLD:
            self.problems.append(Problem(self.line if line is None else line, reason, detail))
