"""Which posts may be found? One meaning, compiled to a row mask by attributes and to a query by lexical."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


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


NO_FILTER = Filter()


EPOCH = dt.date(1970, 1, 1)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01, negative before."""
    return (day - EPOCH).days
