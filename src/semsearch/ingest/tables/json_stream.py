"""A JSON file of any size → the objects in its arrays, one by one, each with where it is.

Memory holds one object. Objects are walked into, arrays of arrays are not.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from semsearch.ingest.parsing.json_cursor import JsonCursor
from semsearch.ingest.parsing.text_lines import encoding_of

MAX_VALUE = 32 * 1024 * 1024
"""Characters of one object, or of one value that is skipped."""
_MAX_OTHERS = 1_000_000
_MAX_DEPTH = 10
_CHUNK_BYTES = 256 * 1024


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
    text = JsonCursor(_decoded(stream), MAX_VALUE)
    if not text.is_series():
        yield from _value(text, (), 0)
        if text.peek():
            raise text.invalid("not JSON: there is more behind the end")
        return
    while text.peek():
        line, value = text.line, text.value()
        if isinstance(value, dict):
            yield Found("", value, line)


def _value(text: JsonCursor, path: tuple[str, ...], depth: int) -> Iterator[Found]:
    first = text.peek()
    if depth > _MAX_DEPTH or first not in ("{", "["):
        text.value()
    elif first == "[":
        yield from _array(text, path)
    else:
        yield from _object(text, path, depth)


def _array(text: JsonCursor, path: tuple[str, ...]) -> Iterator[Found]:
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


def _object(text: JsonCursor, path: tuple[str, ...], depth: int) -> Iterator[Found]:
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


def _decoded(stream: BinaryIO) -> Iterator[str]:
    """Yield the characters of a file, by its byte order mark or its NULs, else as UTF-8."""
    start = stream.read(_CHUNK_BYTES)
    decoder = codecs.getincrementaldecoder(encoding_of(start) or "utf-8")(errors="replace")
    yield decoder.decode(start)
    while chunk := stream.read(_CHUNK_BYTES):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)
