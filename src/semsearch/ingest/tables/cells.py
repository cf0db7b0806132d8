"""The value of a cell → text, texts, truth, or a JSON value to keep."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from semsearch.ingest.parsing import json_values

_NAMES = ("name", "title", "label", "rendered", "value", "text", "slug", "url", "src", "href")
"""Keys under which an object has its text, as ``{"name": "Ada"}`` or ``{"rendered": "<p>…"}``."""
_TRUE = frozenset(("true", "1", "yes", "y", "t", "on", "x"))
_FALSE = frozenset(("false", "0", "no", "n", "f", "off"))
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_MAX_LIST_TEXT = 20_000
_MAX_KEPT = 2_000
"""Characters, as JSON, of a value that is kept as it is."""


def text(value: Any) -> str:  # noqa: PLR0911  (one return for each type)
    """Return a value as text, without spaces around it; empty for None and what has no text."""
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool | bytes):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float | decimal.Decimal):
        return "" if isinstance(value, float) and not math.isfinite(value) else str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return next((found for key in _NAMES if key in value and (found := _scalar(value[key]))), "")
    if isinstance(value, list | tuple):
        return next(filter(None, map(_scalar, value)), "")
    return ""


def truth(value: Any) -> bool | None:
    """Return a value as true or false, also if it is written as text or number; None for anything else."""
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    return True if word in _TRUE else False if word in _FALSE else None


def texts(value: Any, may_split_commas: bool) -> tuple[str, ...]:
    """Return the texts of a list, or of a text that is a list: as JSON, as Python, Postgres, or separated.

    A text is split at ``;``, ``|`` and line breaks. It is split at commas only if it has none of them, and only
    with ``may_split_commas``, as a single category may hold a comma.
    """
    if isinstance(value, list | tuple):
        found = [text(entry) for entry in value]
    elif isinstance(value, str):
        found = _of_text(value.strip(), may_split_commas)
    else:
        found = [text(value)]
    return tuple(dict.fromkeys(entry.strip() for entry in found if entry.strip()))


def kept(value: Any) -> Any:
    """Return a value as JSON can hold it, to be kept with the post; None for what is empty, too large, or no JSON."""
    if isinstance(value, decimal.Decimal):
        value = float(value)
    elif isinstance(value, dt.date | dt.time):
        value = value.isoformat()
    if value in (None, "", [], {}) or isinstance(value, bytes):
        return None
    try:
        written = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return value if len(written) <= _MAX_KEPT else None


def _scalar(value: Any) -> str:
    return "" if isinstance(value, Mapping | list | tuple) else text(value)


def _of_text(value: str, may_split_commas: bool) -> list[str]:
    if value[:1] in ("[", "{") and len(value) <= _MAX_LIST_TEXT:
        listed = _listed(value)
        if listed is not None:
            return listed
    for separator in (";", "|", "\n"):
        if separator in value:
            return value.split(separator)
    return value.split(",") if may_split_commas else [value]


def _listed(value: str) -> list[str] | None:
    """The entries of a list as JSON, as Python writes it (``['a', 'b']``), or as Postgres (``{a,"b c"}``)."""
    try:
        parsed = json_values.load(value)
    except json_values.InvalidJson:
        if value.startswith("[") and value.endswith("]"):
            return [single or double for single, double in _QUOTED.findall(value)] or value[1:-1].split(",")
        if value.startswith("{") and value.endswith("}"):
            return next(csv.reader([value[1:-1].replace("\n", " ")], escapechar="\\"), [])
        return None
    return [text(entry) for entry in parsed] if isinstance(parsed, list) else [text(parsed)]
