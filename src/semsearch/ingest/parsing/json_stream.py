"""A large JSON file → the elements of its arrays one by one, without the whole file in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from semsearch.ingest.parsing.xml_decoding import decoded

MAX_ELEMENT_CHARACTERS = 64 * 1024 * 1024
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class InvalidJson(Exception):
    """A text is not JSON, is cut off, or has an element above the limit. Has the character at which it was seen."""


class _Text:
    """A window on the file that grows as it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._chunks = decoded(stream)
        self._window = ""
        self._at = 0
        self._before = 0

    def next(self) -> str:
        """Return the next character that is no space, without consuming it; empty at the end."""
        while True:
            space = _SPACE.match(self._window, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._grow():
                return ""

    def expect(self, character: str) -> None:
        if self.next() != character:
            raise self.invalid(f"{character} expected")
        self._at += 1

    def accept(self, character: str) -> bool:
        if self.next() == character:
            self._at += 1
            return True
        return False

    def value(self) -> Any:
        """Decode the next value. The window is doubled until it holds all of it, so that time stays linear."""
        if not self.next():
            raise self.invalid("the file ends early")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._window, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                if isinstance(error, RecursionError) or not self._grow(len(self._window) - self._at):
                    raise self.invalid("no JSON, or the file is cut off") from error
                continue
            if end < len(self._window) or not self._grow():  # a number may continue
                self._at = end
                return value

    def invalid(self, reason: str) -> InvalidJson:
        return InvalidJson(f"{reason}, at character {self._before + self._at:,}")

    def _grow(self, characters: int = 0) -> bool:
        """Read at least one chunk and this many characters. Returns whether there was more."""
        pieces = [self._window[self._at :]]
        if len(pieces[0]) > MAX_ELEMENT_CHARACTERS:
            raise self.invalid(f"an element of more than {MAX_ELEMENT_CHARACTERS // 1024**2} million characters")
        count = 0
        for chunk in self._chunks:
            pieces.append(chunk)
            count += len(chunk)
            if count and count >= characters:
                break
        self._before += self._at
        self._window, self._at = "".join(pieces), 0
        return count > 0


def array_elements(stream: BinaryIO, containers: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield the name of an array and an element of it, for all arrays that are members of these containers.

    Containers are members of the root or of one another: objects, or arrays of objects, as ``db`` and ``data`` in
    ``{"db": [{"data": {"posts": [{}, {}], "tags": []}}]}``. Members that are no arrays are skipped. Raises InvalidJson.
    """
    text = _Text(stream)
    yield from _members(text, containers)
    if text.next():
        raise text.invalid("something follows the end of the JSON")


def _members(text: _Text, containers: frozenset[str]) -> Iterator[tuple[str, Any]]:
    text.expect("{")
    if text.accept("}"):
        return
    while True:
        if text.next() != '"':
            raise text.invalid("a name expected")
        name = text.value()
        text.expect(":")
        if name in containers and text.next() == "{":
            yield from _members(text, containers)
        elif text.next() == "[":
            yield from _array(text, name, containers)
        else:
            text.value()
        if not text.accept(","):
            text.expect("}")
            return


def _array(text: _Text, name: str, containers: frozenset[str]) -> Iterator[tuple[str, Any]]:
    text.expect("[")
    if text.accept("]"):
        return
    while True:
        if name in containers and text.next() == "{":
            yield from _members(text, containers)
        else:
            yield name, text.value()
        if not text.accept(","):
            text.expect("]")
            return
