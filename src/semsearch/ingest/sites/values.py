"""Values of front matter and configuration → text, lists of text, flags; names are compared without case."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from typing import Any

MAX_TEXTS = 1_000
"""Of one list. A post with more tags or authors is a mistake, or hostile."""


class Fields(dict[str, Any]):
    """Fields whose keys are in lower case, so that a name is found without comparing it with all of them."""


def lookup(fields: Mapping[str, Any], name: str) -> Any:
    """Return the value of a name, or of a path of names (``extra.author``); None if there is none."""
    if type(fields) is Fields:
        head, rest = _parts(name)
        top = fields.get(head)
        if rest is None or top is None:
            return top
        return lookup(top, rest) if isinstance(top, dict) else None
    value: Any = fields
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        found = value.get(part)
        if found is None:
            wanted = part.lower()
            found = next((entry for key, entry in value.items() if str(key).lower() == wanted), None)
        value = found
    return value


def found(fields: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield each of the names that has a value other than null, with it, in order.

    A document has few of the many names of a field, so that a look-up of each would take most of the time.
    """
    if type(fields) is Fields and _heads(names).isdisjoint(fields):
        return
    for name in names:
        value = lookup(fields, name)
        if value is not None:
            yield name, value


def first(fields: Mapping[str, Any], *names: str) -> Any:
    """Return the value of the first of the names that has one, neither null nor an empty text; None if none has."""
    return next((value for _, value in found(fields, names) if value != ""), None)


def as_text(value: Any) -> str:
    """Return a scalar as a text without spaces around it; empty for null, lists and mappings."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return ""


def text_of(fields: Mapping[str, Any], *names: str) -> str:
    """Return the first of the names that has a text, on one or more lines; empty if none has."""
    return next((text for _, value in found(fields, names) if (text := as_text(value))), "")


def texts(value: Any) -> list[str]:
    """Return the texts of a scalar, a list, lists in lists, or the keys of a mapping; at most MAX_TEXTS."""
    result: list[str] = []
    for text in _texts(value, depth=0):
        if text and text not in result:
            result.append(text)
            if len(result) == MAX_TEXTS:
                break
    return result


def is_true(value: Any) -> bool | None:
    """Return a flag as people write it: true, ``"true"``, ``yes``, ``1``; None for what is none."""
    if isinstance(value, bool):
        return value
    word = as_text(value).lower()
    if word in ("true", "yes", "on", "1", "y"):
        return True
    return False if word in ("false", "no", "off", "0", "n") else None


def flag(fields: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """Return the flag of a name, or the default where there is none."""
    value = is_true(lookup(fields, name))
    return default if value is None else value


@functools.lru_cache(maxsize=1_024)  # names are constants, but for those that an owner chose
def _parts(name: str) -> tuple[str, str | None]:
    """The key at the top that a name begins with, in lower case, and the rest; None if there is none."""
    head, dot, rest = name.partition(".")
    return head.lower(), rest if dot else None


@functools.lru_cache(maxsize=256)
def _heads(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_parts(name)[0] for name in names)


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(key).strip() for key in value)
    elif isinstance(value, list | tuple):
        if depth < 5:
            for entry in value:
                yield from _texts(entry, depth + 1)
    elif value is not None:
        yield as_text(value)
