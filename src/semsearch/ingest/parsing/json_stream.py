"""A large JSON file → the elements of its arrays one by one, without the whole file in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from semsearch.ingest.parsing.json_cursor import JsonCursor
from semsearch.ingest.parsing.xml_decoding import decoded

MAX_ELEMENT_CHARACTERS = 64 * 1024 * 1024


def array_elements(stream: BinaryIO, containers: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield the name of an array and an element of it, for all arrays that are members of these containers.

    Containers are members of the root or of one another: objects, or arrays of objects, as ``db`` and ``data`` in
    ``{"db": [{"data": {"posts": [{}, {}], "tags": []}}]}``. Members that are no arrays are skipped. Raises InvalidJson.
    """
    text = JsonCursor(decoded(stream), MAX_ELEMENT_CHARACTERS)
    yield from _members(text, containers)
    if text.peek():
        raise text.invalid("something follows the end of the JSON")


def _members(text: JsonCursor, containers: frozenset[str]) -> Iterator[tuple[str, Any]]:
    text.expect("{")
    if text.accept("}"):
        return
    while True:
        if text.peek() != '"':
            raise text.invalid("a name expected")
        name = text.value()
        text.expect(":")
        if name in containers and text.peek() == "{":
            yield from _members(text, containers)
        elif text.peek() == "[":
            yield from _array(text, name, containers)
        else:
            text.value()
        if not text.accept(","):
            text.expect("}")
            return


def _array(text: JsonCursor, name: str, containers: frozenset[str]) -> Iterator[tuple[str, Any]]:
    text.expect("[")
    if text.accept("]"):
        return
    while True:
        if name in containers and text.peek() == "{":
            yield from _members(text, containers)
        else:
            yield name, text.value()
        if not text.accept(","):
            text.expect("]")
            return
