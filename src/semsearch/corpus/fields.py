"""Is this object a post? Checks every field of a raw object once, for all loaders."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from semsearch.posts import Post, parse_day
from semsearch.text import clean, has_control_characters

MAX_ID_BYTES = 200
MAX_CHARACTERS = {"title": 1_000, "teaser": 50_000, "body": 2_000_000, "url": 2_048}
MAX_ENTRIES = 100
MAX_ENTRY_CHARACTERS = 200

_KNOWN = frozenset(("id", "title", "teaser", "url", "date", "tags", "authors", "language", "body"))
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


class InvalidField(ValueError):
    """A field is missing, of the wrong type, or out of its range; the message says which and why."""


def post_from(raw: Mapping[str, Any]) -> Post:
    """The post that a raw object describes, its text cleaned. Raises InvalidField."""
    title = _text(raw, "title")
    if not title:
        raise InvalidField("title is missing or empty")
    extra = {key: value for key, value in raw.items() if key not in _KNOWN}
    if extra:
        _check_extra(extra)
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
        extra=extra,
    )


def _id(raw: Mapping[str, Any]) -> str:
    value = raw.get("id")
    if value is None:
        raise InvalidField("id is missing")
    if not isinstance(value, str):
        raise InvalidField(f'id must be text, not {_type(value)}; write it in quotes: "{value}"')
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
    if len(value) > MAX_CHARACTERS[key]:
        raise InvalidField(f"{key} has {len(value)} characters, the limit is {MAX_CHARACTERS[key]}")
    return clean(value)


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
    if any(len(entry) > MAX_ENTRY_CHARACTERS for entry in value):
        raise InvalidField(f"{key} has an entry of more than {MAX_ENTRY_CHARACTERS} characters")
    return tuple(dict.fromkeys(entry for entry in map(clean, value) if entry))


def _language(raw: Mapping[str, Any]) -> str | None:
    value = raw.get("language")
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise InvalidField("language is not a BCP 47 tag such as en or pt-BR")
    return value


def _check_extra(value: Any) -> None:
    """JSON allows numbers and halves of surrogate pairs that no JSON can be written with again."""
    if isinstance(value, dict):
        for key, entry in value.items():
            _check_extra(key)
            _check_extra(entry)
    elif isinstance(value, list):
        for entry in value:
            _check_extra(entry)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidField("a number is too large")
    elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidField("a text holds half of a surrogate pair")


def _type(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
