"""Check the sections of a post: titles, anchors, and places in the body as it was given, before it is cleaned."""

from __future__ import annotations

from typing import Any

from semsearch.posts import Section
from semsearch.text import clean, has_control_characters

MAX_SECTIONS = 2_000
MAX_TITLE_CHARACTERS = 1_000
MAX_ANCHOR_CHARACTERS = 1_000
_EXAMPLE = '{"title": "Results", "anchor": "results", "start": 0, "end": 120}'


class InvalidSection(Exception):
    """The sections are not valid. The message names the entry and the reason."""


def sections_of(value: Any, body_characters: int) -> list[Section]:
    """Make sections from a parsed list; None is an empty one. Sections without a title are left out.

    ``body_characters``: the length of the body. Raises InvalidSection.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidSection(f"sections must be a list of objects such as {_EXAMPLE}")
    if len(value) > MAX_SECTIONS:
        raise InvalidSection(f"sections has {len(value)} entries, the limit is {MAX_SECTIONS}")
    sections: list[Section] = []
    last = 0
    for number, entry in enumerate(value, start=1):
        section = _section(f"sections, entry {number}:", entry, last, body_characters)
        last = section.end
        if section.title:
            sections.append(section)
    return sections


def _section(name: str, entry: Any, last: int, body_characters: int) -> Section:
    """Check one entry. ``last``: where the section before it ends."""
    if not isinstance(entry, dict):
        raise InvalidSection(f"{name} not an object such as {_EXAMPLE}")
    start, end = _place(name, entry, "start"), _place(name, entry, "end")
    if start < last:
        raise InvalidSection(f"{name} start {start} is before {last}, where the previous section ends")
    if not start <= end <= body_characters:
        raise InvalidSection(
            f"{name} end {end} is not between start {start} and {body_characters}, the end of the body"
        )
    anchor = _text(name, entry, "anchor", MAX_ANCHOR_CHARACTERS).removeprefix("#")
    if has_control_characters(anchor):
        raise InvalidSection(f"{name} anchor has control characters")
    return Section(_text(name, entry, "title", MAX_TITLE_CHARACTERS), anchor, start, end)


def _place(name: str, entry: dict[str, Any], key: str) -> int:
    place = entry.get(key)
    if not isinstance(place, int) or isinstance(place, bool) or place < 0:
        raise InvalidSection(f"{name} {key} must be a whole number from 0, a place in the body in characters")
    return _bounded(place)


def _bounded(place: int) -> int:
    """A number that is short in messages, and as large as any that is outside every body."""
    return min(place, 10**9)


def _text(name: str, entry: dict[str, Any], key: str, limit: int) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidSection(f"{name} {key} must be text")
    text = clean(value)
    if len(text) > limit:
        raise InvalidSection(f"{name} {key} has {len(text)} characters, the limit is {limit}")
    return text
