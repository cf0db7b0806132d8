"""A JSON file of any size → the objects in its arrays, one by one, each with where it is.

Memory holds one object. Objects are walked into, arrays of arrays are not.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from semsearch.ingest.parsing.json_values import InvalidJson
from semsearch.ingest.parsing.text_lines import encoding_of

MAX_VALUE = 32 * 1024 * 1024
"""Characters of one object, or of one value that is skipped."""
_MAX_OTHERS = 1_000_000
_MAX_DEPTH = 10
_CHUNK_BYTES = 256 * 1024
_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Found:
    """An object in an array, or one outside of arrays, which has None for each object and array in it."""

    path: str
    """The keys to the array, with dots: ``data.posts``; empty for the outermost array."""
    value: dict[str, Any]
    line: int
    """On which it begins, from 1."""
    is_in_array: bool = True


def objects(stream: BinaryIO) -> Iterator[Found]:
    """Yield the objects of a file in order. Objects that follow one another are read as if an array were around them.

    Raises InvalidJson, after all that was whole before.
    """
    text = _Text(stream)
    if not text.is_series():
        yield from _value(text, (), 0)
        if text.peek():
            raise text.invalid("not JSON: there is more behind the end")
        return
    while text.peek():
        line, value = text.line, text.value()
        if isinstance(value, dict):
            yield Found("", value, line)


def _value(text: _Text, path: tuple[str, ...], depth: int) -> Iterator[Found]:
    first = text.peek()
    if depth > _MAX_DEPTH or first not in ("{", "["):
        text.value()
    elif first == "[":
        yield from _array(text, path)
    else:
        yield from _object(text, path, depth)


def _array(text: _Text, path: tuple[str, ...]) -> Iterator[Found]:
    text.expect("[")
    if text.peek() == "]":
        text.expect("]")
        return
    others = 0
    while True:
        text.peek()
        line = text.line
        value = text.value()
        if isinstance(value, dict):
            yield Found(".".join(path), value, line)
        else:
            others += 1
            if others > _MAX_OTHERS:
                raise text.invalid(f"{'.'.join(path) or 'it'} has more than {_MAX_OTHERS:,} values that are no objects")
        if text.expect("],") == "]":
            return


def _object(text: _Text, path: tuple[str, ...], depth: int) -> Iterator[Found]:
    line = text.line
    text.expect("{")
    plain: dict[str, Any] = {}
    if text.peek() == "}":
        text.expect("}")
        return
    while True:
        key = text.value()
        if not isinstance(key, str):
            raise text.invalid("a key is no text")
        text.expect(":")
        if text.peek() in ("{", "["):
            plain[key] = None
            yield from _value(text, (*path, key), depth + 1)
        else:
            plain[key] = text.value()
        if text.expect("},") == "}":
            break
    if plain:
        yield Found(".".join(path), plain, line, is_in_array=False)


class _Text:
    """The text of a file from the current position on, read as needed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        start = stream.read(_CHUNK_BYTES)
        self._decoder = codecs.getincrementaldecoder(encoding_of(start) or "utf-8")(errors="replace")
        self._text = self._decoder.decode(start).removeprefix("\ufeff")
        self._position = 0
        self._is_ended = False
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
            raise self.invalid("cut off: the file ends in the middle")
        if found not in characters:
            raise self.invalid(f"not JSON: {found!r} where one of {characters!r} belongs")
        self._position += 1
        return found

    def value(self) -> Any:
        """Take the next value whole."""
        if not self.peek():
            raise self.invalid("cut off: the file ends in the middle")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._position)
            except RecursionError as error:
                raise self.invalid("nested too deeply") from error
            except ValueError as error:
                if not self._read():
                    is_cut = getattr(error, "pos", 0) >= len(self._text.rstrip()) or "Unterminated" in str(error)
                    reason = "cut off: the file ends in the middle" if is_cut else f"not JSON: {error}"
                    raise self.invalid(reason) from error
            else:
                if end < len(self._text) or not self._read():  # a number may go on
                    self._position = end
                    return value

    def _read(self) -> bool:
        """Read more, as much as is waiting, so that a long value takes few attempts. False at the end of the file."""
        if self._is_ended:
            return False
        waiting = len(self._text) - self._position
        if waiting > MAX_VALUE:
            raise self.invalid(f"one value is longer than {MAX_VALUE // 1024**2} MiB, or not JSON")
        self._line = self.line
        self._text, self._position, self._counted = self._text[self._position :], 0, 0
        data = self._stream.read(max(_CHUNK_BYTES, waiting))
        self._is_ended = not data
        self._text += self._decoder.decode(data, final=self._is_ended)
        return not self._is_ended
