"""What is a post? One frozen record in, the same record everywhere after."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# By itself, datetime.fromisoformat takes any character for the T, and a NUL for the sign of a time zone.
_DATE_AND_TIME = re.compile("(?P<date>[0-9W-]+)([Tt ][0-9:.,+Z -]+)?")

LANGUAGE_TAG = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,7}$"
"""The form of a BCP 47 tag, as far as it matters here."""


@dataclass(frozen=True, slots=True)
class Post:
    """One thing that was published. All text is plain, NFC and free of control characters."""

    id: str
    """Unique in its corpus; at most 200 bytes of UTF-8."""
    title: str
    teaser: str = ""
    """A few sentences that say what the post is about."""
    url: str | None = None
    date: str | None = None
    """ISO 8601 date or date and time, as its author wrote it."""
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    language: str | None = None
    """BCP 47 tag, such as ``en`` or ``pt-BR``."""
    body: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys that semsearch does not know, kept as they came."""

    @property
    def day(self) -> dt.date | None:
        """The calendar day of :attr:`date`, which date filters compare."""
        return None if self.date is None else parse_day(self.date)


@functools.lru_cache(maxsize=1_024)  # a post's day is asked for several times
def parse_day(text: str) -> dt.date:
    """The calendar day of an ISO 8601 date or date and time. Raises ValueError for anything else."""
    parts = _DATE_AND_TIME.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text[:40]!r} is not an ISO 8601 date")
    dt.datetime.fromisoformat(text)
    return dt.date.fromisoformat(parts["date"])


def is_language(text: str) -> bool:
    """Whether a text has the form of a BCP 47 tag."""
    return re.fullmatch(LANGUAGE_TAG, text) is not None


def language_ranges(tag: str) -> tuple[str, ...]:
    """A language tag and all its prefixes, in lower case: ``pt-BR`` is also ``pt`` (RFC 4647, basic filtering)."""
    subtags = tag.lower().split("-")
    return tuple("-".join(subtags[:n]) for n in range(len(subtags), 0, -1))
