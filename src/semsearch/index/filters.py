"""Which posts may be found? One meaning, compiled to a row mask by attributes and to a query by lexical."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from semsearch.posts import language_ranges

FACETS = ("tags", "authors", "language", "year")
"""What posts are counted by."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold. Values are compared exactly, upper and lower case too, but for language."""

    tags: tuple[str, ...] = ()
    """The post has every one of them."""
    authors: tuple[str, ...] = ()
    """The post has every one of them."""
    language: str | None = None
    """A language range: ``en`` lets ``en`` and ``en-GB`` pass (RFC 4647, basic filtering)."""
    date_from: dt.date | None = None
    """Inclusive. A post with no date passes only where no date is asked for."""
    date_to: dt.date | None = None
    """Inclusive."""

    def __bool__(self) -> bool:
        """Whether there is any condition at all."""
        return self != NO_FILTER

    def fields(self) -> dict[str, Any]:
        """Its conditions by the names that people and programs give them; what is not said is left out."""
        named = {
            "tag": self.tags,
            "author": self.authors,
            "language": self.language,
            "date_from": self.date_from,
            "date_to": self.date_to,
        }
        return {name: value for name, value in named.items() if value not in (None, ())}

    def both(self, other: Filter) -> Filter:
        """Lets pass what passes both."""
        language = self.language if other.language is None else other.language
        if self.language is not None and other.language is not None:
            wide, language = sorted((self.language, other.language), key=len)
            if wide.lower() not in language_ranges(language):
                return NOTHING
        return Filter(
            tags=tuple(dict.fromkeys(self.tags + other.tags)),
            authors=tuple(dict.fromkeys(self.authors + other.authors)),
            language=language,
            date_from=max(filter(None, (self.date_from, other.date_from)), default=None),
            date_to=min(filter(None, (self.date_to, other.date_to)), default=None),
        )


NO_FILTER = Filter()
NOTHING = Filter(date_from=dt.date.max, date_to=dt.date.min)
"""Lets no post pass."""


EPOCH = dt.date(1970, 1, 1)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01, negative before."""
    return (day - EPOCH).days
