"""The post, the document of semsearch, and the parsing of its date and language."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# datetime.fromisoformat alone accepts any character in place of the T, and a NUL as the sign of a time zone.
_DATE_AND_TIME = re.compile("(?P<date>[0-9W-]+)([Tt ][0-9:.,+Z -]+)?")

LANGUAGE_TAG = "^([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,7})([.@][!-~]*)?$"
"""Syntax of a BCP 47 language tag or a locale, simplified: subtags are not validated."""
_REGION_LETTERS, _SCRIPT_LETTERS = 2, 4


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the body under a heading."""

    title: str
    """The heading, plain text; not empty; at most 1,000 characters."""
    anchor: str
    """The fragment of the post's address that leads to the section, without ``#``; empty where there is none."""
    start: int
    """Where the section begins in the body, in Unicode code points from 0."""
    end: int
    """Where the section ends in the body, exclusive, in Unicode code points."""


@dataclass(frozen=True, slots=True)
class Post:
    """A published text. All strings are plain text in NFC, without control characters except line breaks and tabs."""

    id: str
    """Unique in the corpus; at most 200 bytes of UTF-8."""
    title: str
    """Not empty; at most 1,000 characters."""
    teaser: str = ""
    """A few sentences that summarise the post; at most 50,000 characters."""
    url: str | None = None
    """The address of the post; at most 2,048 characters, not validated."""
    date: str | None = None
    """ISO 8601 date or date and time, unchanged from the corpus."""
    updated: str | None = None
    """When the post was last changed: ISO 8601 date or date and time, unchanged from the corpus."""
    image: str | None = None
    """The address of a picture; at most 2,048 characters, not validated."""
    tags: tuple[str, ...] = ()
    """At most 100, each of at most 200 characters and once, whatever its case."""
    authors: tuple[str, ...] = ()
    """At most 100, each of at most 200 characters and once, whatever its case."""
    language: str | None = None
    """BCP 47 tag, such as ``en`` or ``pt-BR``."""
    series: str | None = None
    """The name of the series that the post is part of; at most 1,000 characters."""
    translation_of: str | None = None
    """The id of the post that this post translates."""
    body: str = ""
    """The full text; at most 2,000,000 characters."""
    sections: tuple[Section, ...] = ()
    """Parts of the body, in the order of the body, not overlapping; at most 2,000."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the corpus that semsearch does not know, unchanged."""

    @property
    def day(self) -> dt.date | None:
        """The calendar day of :attr:`date`, which date filters use; None without a date."""
        return None if self.date is None else parse_day(self.date)


@functools.lru_cache(maxsize=1_024)  # the day of a post is needed several times
def parse_day(text: str) -> dt.date:
    """The calendar day of an ISO 8601 date or date and time, as written, in its own time zone. Raises ValueError."""
    parts = _DATE_AND_TIME.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text[:40]!r} is not an ISO 8601 date")
    dt.datetime.fromisoformat(text)
    return dt.date.fromisoformat(parts["date"])


def normalized_language(text: str) -> str | None:
    """A language tag as BCP 47 writes it: ``zh-CN`` for ``zh_cn``, ``pt-BR`` for the locale ``pt_br.UTF-8``.

    None for a text that is no language tag, such as the name of a language. Letters get the case of RFC 5646, section
    2.1.1; subtags are not validated.
    """
    tag = re.fullmatch(LANGUAGE_TAG, text.strip())
    if tag is None:
        return None
    language, *subtags = tag[1].lower().replace("_", "-").split("-")
    singleton = next((place for place, subtag in enumerate(subtags) if len(subtag) == 1), len(subtags))
    return "-".join([language, *map(_subtag, subtags[:singleton]), *subtags[singleton:]])


def _subtag(subtag: str) -> str:
    """A lower-case subtag in the case of its kind: ``BR``, ``Hant``, ``1994``."""
    if len(subtag) == _REGION_LETTERS:
        return subtag.upper()
    return subtag.capitalize() if len(subtag) == _SCRIPT_LETTERS else subtag


def language_ranges(tag: str) -> tuple[str, ...]:
    """The language ranges that match a tag: ``pt-br`` and ``pt`` for ``pt-BR`` (basic filtering of RFC 4647)."""
    subtags = tag.lower().split("-")
    return tuple("-".join(subtags[:n]) for n in range(len(subtags), 0, -1))
