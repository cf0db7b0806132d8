"""The text of a large JSON file, read as needed → its values, one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from semsearch.ingest.parsing.json_values import InvalidJson

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_CUT_OFF = "cut off: the file ends in the middle"


class JsonCursor:
    """A position in a text. Memory holds the value there and what was read ahead."""

    def __init__(self, chunks: Iterator[str], max_characters: int) -> None:
        """``chunks``: the text in pieces. ``max_characters``: the limit for one value."""
        self._chunks, self._max_characters = chunks, max_characters
        self._text = next(chunks, "").removeprefix("\ufeff")
        self._position = 0
        self._counted = 0
        self._line = 1

    @property
    def line(self) -> int:
        """The line of the current position, from 1."""
        self._line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        return self._line

    def invalid(self, reason: str) -> InvalidJson:
        """Return an error at the current position."""
        return InvalidJson(reason, self.line)

    def is_series(self) -> bool:
        """Whether the first value is an object that another follows; only a short one is seen."""
        if self.peek() != "{":
            return False
        try:
            _, end = _DECODER.raw_decode(self._text, self._position)
        except (ValueError, RecursionError):
            return False
        return self._text[end : end + 100].lstrip().startswith("{")

    def peek(self) -> str:
        """Skip blanks, and return the next character; empty at the end."""
        while True:
            match = _BLANK.match(self._text, self._position)
            self._position = match.end() if match else self._position
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._read():
                return ""

    def expect(self, characters: str) -> str:
        """Skip blanks, and take one of these characters."""
        found = self.peek()
        if not found:
            raise self.invalid(_CUT_OFF)
        if found not in characters:
            raise self.invalid(f"not JSON: {found!r} where one of {characters!r} belongs")
        self._position += 1
        return found

    def value(self) -> Any:
        """Take the next value whole."""
        if not self.peek():
            raise self.invalid(_CUT_OFF)
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._position)
            except RecursionError as error:
                raise self.invalid("nested too deeply") from error
            except ValueError as error:
                if not self._read():
                    is_cut = getattr(error, "pos", 0) >= len(self._text.rstrip()) or "Unterminated" in str(error)
                    reason = _CUT_OFF if is_cut else f"not JSON: {error}"
                    raise self.invalid(reason) from error
            else:
                if end < len(self._text) or not self._read():  # a number may go on
                    self._position = end
                    return value

    def accept(self, character: str) -> bool:
        """Skip blanks, and take this character if it is the next one."""
        if self.peek() != character:
            return False
        self._position += 1
        return True

    def _read(self) -> bool:
        """Read more, as much as is waiting, so that a long value takes few attempts. False at the end of the file."""
        waiting = len(self._text) - self._position
        if waiting > self._max_characters:
            raise self.invalid(f"one value is longer than {self._max_characters:,} characters, or not JSON")
        self._line = self.line
        pieces = [self._text[self._position :]]
        count = 0
        for chunk in self._chunks:
            pieces.append(chunk)
            count += len(chunk)
            if count and count >= waiting:
                break
        self._text, self._position, self._counted = "".join(pieces), 0, 0
        return count > 0
