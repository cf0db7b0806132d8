"""Make a post from a raw object. All loaders check fields here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from semsearch.posts import Post, is_language, parse_day
from semsearch.text import clean, has_control_characters

MAX_ID_BYTES = 200
MAX_CHARACTERS = {"title": 1_000, "teaser": 50_000, "body": 2_000_000, "url": 2_048}
MAX_ENTRIES = 100
"""Of a list of tags or authors."""
MAX_ENTRY_CHARACTERS = 200
MAX_DEPTH = 100
"""Nesting depth of lists and objects under an unknown key."""

_KNOWN = frozenset(("id", "title", "teaser", "url", "date", "tags", "authors", "language", "body"))
_SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidField(Exception):
    """A field is missing, of the wrong type, or too long. The message names the field and the reason."""


def post_from(raw: Mapping[str, Any]) -> Post:
    """Make a post from an object as it was parsed, and clean its texts. Raises InvalidField."""
    title = _text(raw, "title")
    if not title:
        raise InvalidField("title is missing or empty")
    return Post(
        id=_id(raw),
        title=title,
        teaser=_text(raw, "teaser"),
        url=_text(raw, "url") or None,
        date=_date(raw),
        tags=_list(raw, "tags"),
        authors=_list(raw, "authors"),
        language=_language(raw),
        body=_text(raw, "body"),
        extra=_extra(raw),
    )


def _id(raw: Mapping[str, Any]) -> str:
    value = raw.get("id")
    if value is None:
        raise InvalidField("id is missing")
    if not isinstance(value, str):
        raise InvalidField(f"id must be text, not {_type(value)}; write it in quotes")
    if has_control_characters(value):
        raise InvalidField("id has control characters")
    value = clean(value)
    if not value:
        raise InvalidField("id is empty")
    if (size := len(value.encode())) > MAX_ID_BYTES:
        raise InvalidField(f"id has {size} bytes, the limit is {MAX_ID_BYTES}")
    return value


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidField(f"{key} must be text, not {_type(value)}")
    text = clean(value)
    if len(text) > MAX_CHARACTERS[key]:
        raise InvalidField(f"{key} has {len(text)} characters, the limit is {MAX_CHARACTERS[key]}")
    return text


def _date(raw: Mapping[str, Any]) -> str | None:
    value = raw.get("date")
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidField(f"date must be text, not {_type(value)}")
    try:
        parse_day(value)
    except ValueError as error:
        raise InvalidField(f"date {value[:40]!r} is not an ISO 8601 date such as 2026-01-31") from error
    return value


def _list(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise InvalidField(f"{key} must be a list of texts")
    if len(value) > MAX_ENTRIES:
        raise InvalidField(f"{key} has {len(value)} entries, the limit is {MAX_ENTRIES}")
    entries = tuple(dict.fromkeys(entry for entry in map(clean, value) if entry))
    if any(len(entry) > MAX_ENTRY_CHARACTERS for entry in entries):
        raise InvalidField(f"{key} has an entry of more than {MAX_ENTRY_CHARACTERS} characters")
    return entries


def _language(raw: Mapping[str, Any]) -> str | None:
    value = raw.get("language")
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_language(value):
        raise InvalidField("language is not a BCP 47 tag such as en or pt-BR")
    return value


def _extra(raw: Mapping[str, Any]) -> dict[str, Any]:
    extra = {key: value for key, value in raw.items() if key not in _KNOWN}
    for key, value in extra.items():
        if problem := _json_problem(key) or _json_problem(value):
            raise InvalidField(f"{key[:40]!r} {problem}")
    return extra


def _json_problem(value: Any, depth: int = 0) -> str | None:
    """What other JSON libraries may be unable to read or write: deep nesting, huge numbers, lone surrogates."""
    if depth > MAX_DEPTH:
        return f"is nested more than {MAX_DEPTH} levels deep"
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        return next(filter(None, (_json_problem(entry, depth + 1) for entry in value)), None)
    if isinstance(value, float) and not math.isfinite(value):
        return "has a number that is too large"
    if isinstance(value, str) and _SURROGATE.search(value):
        return "has a lone surrogate"
    return None


def _type(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
