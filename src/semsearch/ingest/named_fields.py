"""Replace fields of an entry of a feed or an export by those that the owner named (``--map``).

Static sites, tables and HTML have rules of their own for the fields that they read, and need none of this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from semsearch.ingest.entries import Entry, Note, Severity
from semsearch.ingest.kind import Options
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.parsing.xml_names import usual_name
from semsearch.ingest.parsing.xml_stream import Element, text_of
from semsearch.ingest.short_texts import marked_up, person, plain_title
from semsearch.ingest.sites.values import as_text, lookup
from semsearch.ingest.tables.markup import guess
from semsearch.ingest.web_addresses import bounded_id, id_with_query, placed

_ATTRIBUTES = {"permalink": "address"}
"""Fields that an entry has under another name."""


def with_named_fields(entry: Entry, fields: Mapping[str, Any], options: Options) -> tuple[Entry, list[Note]]:
    """Return an entry with the fields that the owner named, where ``fields`` has them, and notes on impossible values.

    Keys of ``fields`` are compared without case. A value is a text, a list of texts, or a mapping.
    """
    values = {name: lookup(fields, key) for name, key in options.fields.items()}
    found = {name: value for name, value in values.items() if _text(value)}
    notes = [
        Note(entry.place, Severity.WARNING, "impossible date", f"{options.fields[name]}: {_text(found[name])[:60]!r}")
        for name in ("date", "updated")
        if name in found and parse_date(_text(found[name])) is None
    ]
    changes: dict[str, Any] = {}
    for name, value in found.items():
        changes |= _change(entry, name, value, options)
    if "title" in changes or "body" in changes:  # a title is in the markup of the body
        title, body = changes.get("title", plain_title(entry.title)), changes.get("body", entry.body)
        changes["title"] = marked_up(title, body.format)
    if "permalink" in found:  # the id follows from the address, unless it has a name, too
        changes = {"id": id_with_query(changes["address"])} | changes
    return replace(entry, **changes, named=frozenset(found)), notes


def fields_of_element(element: Element) -> dict[str, Any]:
    """Return the children of an element by name, with and without the prefix: texts, lists where a name recurs.

    Of a child without a text, its attributes, and those of a child with children are their texts by name.
    """
    fields: dict[str, Any] = {}
    for child in element:
        if isinstance(child.tag, str):
            prefix, _, local = usual_name(child.tag).rpartition(":")
            prefix = child.prefix if prefix == "?" else prefix
            for key in dict.fromkeys((f"{prefix}:{local}" if prefix else local, local)):
                fields[key] = [*fields[key], _value(child)] if key in fields else [_value(child)]
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _value(element: Element) -> Any:
    if len(element):
        return {usual_name(part.tag).rpartition(":")[2]: text_of(part) for part in element if isinstance(part.tag, str)}
    return text_of(element) or {key.rpartition("}")[2]: value for key, value in element.attrib.items()}


def _change(entry: Entry, name: str, value: Any, options: Options) -> dict[str, Any]:
    """The attribute of the entry that a value of a field changes; none for an impossible date."""
    text = _text(value)
    base = f"{options.site_url}/" if options.site_url else entry.address
    if name in ("date", "updated"):
        date = parse_date(text)
        return {name: date} if date else {}
    if name in ("tags", "authors"):
        plain, separators = (plain_title, ";,") if name == "tags" else (person, ";")
        return {name: tuple(dict.fromkeys(filter(None, map(plain, _several(value, separators)))))}
    if name in ("body", "teaser"):
        return {name: guess(text)}
    if name in ("permalink", "image"):
        return {_ATTRIBUTES.get(name, name): placed(text, base)}
    return {name: bounded_id(text) if name == "id" else plain_title(text)}


def _text(value: Any) -> str:
    """A text; the first of a list, or of a mapping."""
    parts = value if isinstance(value, list) else value.values() if isinstance(value, Mapping) else ()
    return as_text(value) or next(filter(None, map(as_text, parts)), "")


def _several(value: Any, separators: str) -> list[str]:
    """The texts of a list; of one text, the parts between the separators. Names of people may hold commas."""
    if isinstance(value, list):
        return [text for part in value if (text := _text(part))]
    return [part.strip() for part in re.split(f"[{separators}]", _text(value)) if part.strip()]
