"""A JSON or JSON lines file → which of its arrays holds the posts, and these as rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from semsearch.ingest.files import Files
from semsearch.ingest.parsing import json_values
from semsearch.ingest.parsing.json_values import InvalidJson
from semsearch.ingest.parsing.text_lines import TextLines
from semsearch.ingest.tables.columns import MAX_COLUMNS, choose, field_of
from semsearch.ingest.tables.json_stream import Found, objects

_WRAPPERS = ("node", "fields", "attributes", "data", "post", "_source")
"""Keys under which programming interfaces put the fields of a post: GraphQL, Contentful, Strapi, Elasticsearch."""
_LINES_LOOKED_AT = 20
_LOCALE = re.compile("[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_WORDS_LIKE_LOCALES = frozenset(("id", "url", "src", "alt", "ops", "doc", "to", "raw", "md"))


@dataclass
class Table:
    """An array of objects, or single objects, in a file."""

    path: str
    """The keys to it, with dots."""
    is_array: bool
    count: int = 0
    names: dict[str, None] = field(default_factory=dict)
    """The keys of its rows, in the order of their first appearance."""


def tables(files: Files, path: str, limit: int | None = None) -> tuple[list[Table], list[InvalidJson]]:
    """Return the arrays of a file, and what in it is not JSON. ``limit``: so many objects are read at most."""
    found: dict[tuple[str, bool], Table] = {}
    errors: list[InvalidJson] = []
    for item in islice(_items(files, path), limit):
        if isinstance(item, InvalidJson):
            errors = errors or [item]
            continue
        table = found.setdefault((item.path, item.is_in_array), Table(item.path, item.is_in_array))
        table.count += 1
        if len(table.names) <= MAX_COLUMNS:
            table.names.update(dict.fromkeys(unwrapped(item.value)))
    return list(found.values()), errors


def best(candidates: list[Table], overrides: Mapping[str, str]) -> Table | None:
    """Return the table of posts: with the columns that the owner named, with title and text, and with the most rows."""
    named = {column.partition(".")[0] for column in overrides.values()} | set(overrides.values())

    def rank(table: Table) -> tuple[bool, bool, bool, bool, bool, int]:
        columns = choose(list(table.names)[:MAX_COLUMNS], {})
        has_title, has_body = bool(columns.of("title")), bool(columns.of("body"))
        has_more = has_body or any(columns.of(field) for field in ("teaser", "url", "slug"))
        is_named = bool(named & set(table.names))
        is_called_so = has_title and columns.of("title") != ("name",)
        return is_named, has_title and has_more, has_title and has_body, is_called_so, table.is_array, table.count

    return max(candidates, key=rank, default=None)


def rows(files: Files, path: str, table: Table) -> Iterator[Found | InvalidJson]:
    """Yield the rows of a table, and for each part that is not JSON an error."""
    if not table.is_array:
        yield _whole(files, path, table)
        return
    for item in _items(files, path):
        if isinstance(item, InvalidJson):
            yield item
        elif item.path == table.path and item.is_in_array:
            yield Found(item.path, unwrapped(item.value), item.line)


def _whole(files: Files, path: str, table: Table) -> Found | InvalidJson:
    """A single object with all that is in it."""
    try:
        value = json_values.load_file(files, path)
    except InvalidJson as error:
        return error
    for key in table.path.split(".") if table.path else ():
        value = value[key]
    return Found(table.path, unwrapped(value), 1, is_in_array=False)


def _items(files: Files, path: str) -> Iterator[Found | InvalidJson]:
    lines = TextLines(files, path)
    try:
        start = [line for line in islice(lines, _LINES_LOOKED_AT) if line.strip()]
    finally:
        lines.close()
    if _are_values(start[:2]) or (path.lower().endswith((".jsonl", ".ndjson")) and start):
        yield from _line_items(files, path)
        return
    with files.open(path) as stream:
        try:
            yield from objects(stream)
        except InvalidJson as error:
            yield error


def _line_items(files: Files, path: str) -> Iterator[Found | InvalidJson]:
    """The objects of JSON lines. A line that is broken costs no other."""
    lines = TextLines(files, path)
    try:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                value = json_values.load(line)
            except InvalidJson as error:
                yield InvalidJson(str(error), number)
                continue
            if isinstance(value, dict):
                yield Found("", value, number)
            else:
                yield InvalidJson("no JSON object", number)
    finally:
        lines.close()


def _are_values(lines: list[str]) -> bool:
    """Whether each of two lines is a JSON object, as in JSON lines."""
    try:
        return len(lines) == 2 and all(isinstance(json_values.load(line), dict) for line in lines)
    except InvalidJson:
        return False


def unwrapped(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with the fields of objects that only wrap them, and of texts by language the first.

    ``{"node": {"title": …}}`` and ``{"id": 1, "attributes": {"title": …}}`` have a title.
    """
    row = dict(value)
    for key in _WRAPPERS:
        inner = row.get(key)
        if isinstance(inner, Mapping) and any(field_of(name) == "title" for name in inner):
            del row[key]
            row = {**row, **inner}
    return {str(key): _first_language(entry) for key, entry in row.items()}


def _first_language(value: Any) -> Any:
    """Of an object whose keys are all languages (Contentful), the first value; anything else unchanged."""
    if isinstance(value, Mapping) and value and all(_is_locale(key) for key in value):
        return next(iter(value.values()))
    return value


def _is_locale(key: str) -> bool:
    return _LOCALE.fullmatch(key) is not None and key not in _WORDS_LIKE_LOCALES
