"""Make a post from a raw object. All loaders check fields here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from semsearch.corpus.json_values import json_problem
from semsearch.corpus.sections import InvalidSection, sections_of
from semsearch.posts import Post, Section, normalized_language, parse_day
from semsearch.text import clean, clean_with_places, has_control_characters

MAX_ID_BYTES = 200
MAX_CHARACTERS = {"title": 1_000, "teaser": 50_000, "body": 2_000_000, "url": 2_048, "image": 2_048, "series": 1_000}
MAX_ENTRIES = 100
"""Of a list of tags or authors."""
MAX_ENTRY_CHARACTERS = 200

_KNOWN = frozenset(Post.__slots__) - {"extra"}


class InvalidField(Exception):
    """A field is missing, of the wrong type, or too long. The message names the field and the reason."""


def post_from(raw: Mapping[str, Any]) -> Post:
    """Make a post from an object as it was parsed, and clean its texts. Raises InvalidField."""
    title = _text(raw, "title")
    if not title:
        raise InvalidField("title is missing or empty")
    body, sections = _body(raw)
    return Post(
        id=_required_id(raw),
        title=title,
        teaser=_text(raw, "teaser"),
        url=_text(raw, "url") or None,
        date=_date(raw, "date"),
        updated=_date(raw, "updated"),
        image=_text(raw, "image") or None,
        tags=_names(raw, "tags"),
        authors=_names(raw, "authors"),
        language=_language(raw),
        series=_text(raw, "series") or None,
        translation_of=_id(raw, "translation_of") or None,
        body=body,
        sections=sections,
        extra=_extra(raw),
    )


def _required_id(raw: Mapping[str, Any]) -> str:
    if raw.get("id") is None:
        raise InvalidField("id is missing")
    if not (post_id := _id(raw, "id")):
        raise InvalidField("id is empty")
    return post_id


def _id(raw: Mapping[str, Any], key: str) -> str:
    """The id of a post; empty where the field is absent."""
    value = raw.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidField(f"{key} must be text, not {_type(value)}; write it in quotes")
    if has_control_characters(value):
        raise InvalidField(f"{key} has control characters")
    value = clean(value)
    if (size := len(value.encode())) > MAX_ID_BYTES:
        raise InvalidField(f"{key} has {size} bytes, the limit is {MAX_ID_BYTES}")
    return value


def _text(raw: Mapping[str, Any], key: str) -> str:
    return _within_limit(key, clean(_raw_text(raw, key)))


def _raw_text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidField(f"{key} must be text, not {_type(value)}")
    return value


def _within_limit(key: str, text: str) -> str:
    if len(text) > MAX_CHARACTERS[key]:
        raise InvalidField(f"{key} has {len(text)} characters, the limit is {MAX_CHARACTERS[key]}")
    return text


def _body(raw: Mapping[str, Any]) -> tuple[str, tuple[Section, ...]]:
    """The cleaned body, and its sections with the places that they have in the cleaned body."""
    given = _raw_text(raw, "body")
    try:
        sections = sections_of(raw.get("sections"), len(given))
    except InvalidSection as error:
        raise InvalidField(str(error)) from error
    if not sections:
        return _within_limit("body", clean(given)), ()
    body, places = clean_with_places(given, [place for section in sections for place in (section.start, section.end)])
    starts, ends = places[::2], places[1::2]
    shifted = (
        replace(section, start=start, end=end) for section, start, end in zip(sections, starts, ends, strict=True)
    )
    return _within_limit("body", body), tuple(shifted)


def _date(raw: Mapping[str, Any], key: str) -> str | None:
    value = raw.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidField(f"{key} must be text, not {_type(value)}")
    try:
        parse_day(value)
    except ValueError as error:
        raise InvalidField(f"{key} {value[:40]!r} is not an ISO 8601 date such as 2026-01-31") from error
    return value


def _names(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The tags or authors, each once: of those that differ only in case, the first."""
    distinct: dict[str, str] = {}
    for name in _list(raw, key):
        distinct.setdefault(name.casefold(), name)
    return tuple(distinct.values())


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
    language = normalized_language(value) if isinstance(value, str) else None
    if language is None:
        raise InvalidField("language is not a BCP 47 tag such as en or pt-BR")
    return language


def _extra(raw: Mapping[str, Any]) -> dict[str, Any]:
    extra = {key: value for key, value in raw.items() if key not in _KNOWN}
    if problem := json_problem(extra):
        raise InvalidField(problem)
    return extra


def _type(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
