"""Checks of plain values that callers pass: texts, lists of texts, days. Each raises InvalidRequest."""

from __future__ import annotations

import datetime as dt
import reprlib
from collections.abc import Iterable

from semsearch.errors import InvalidRequest
from semsearch.text import clean

MAX_SHOWN_CHARACTERS = 40

_short = reprlib.Repr()
_short.maxlevel = 2
"""Levels of nested values that a message shows: writing out values that share parts could take forever."""


def shown(value: object) -> str:
    """A value as Python writes it, for messages: at most 40 characters, in a short time whatever the value is."""
    text = repr(value[: MAX_SHOWN_CHARACTERS + 1]) if isinstance(value, str) else _short.repr(value)
    return text[:MAX_SHOWN_CHARACTERS]


def text_of(name: str, value: object) -> str:
    """Clean a text as those of posts are cleaned. ``name``: the parameter, for the message."""
    if not isinstance(value, str):
        raise InvalidRequest(name, f"{shown(value)} is not text")
    return clean(value)


def texts_of(name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Clean a list of texts. Other types are refused, also a str, which is iterable too."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidRequest(name, f"{shown(values)} is not a list of texts")
    return tuple(text_of(name, value) for value in values)


def day_of(name: str, value: str | dt.date | None) -> dt.date | None:
    """Parse an ISO 8601 day; dates and None are returned as they are."""
    if isinstance(value, dt.datetime):  # a subclass of date, but not comparable with dates
        return value.date()
    if value is None or isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(name, f"{shown(value)} is not a day such as 2026-01-31") from error
