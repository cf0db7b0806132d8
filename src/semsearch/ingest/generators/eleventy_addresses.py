"""A document of an Eleventy site → its address. Source: https://www.11ty.dev/docs/permalinks/"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.entries import HOLE
from semsearch.ingest.sites import addresses

_DATE_PREFIX = re.compile(r"\d{4}-\d{2}-\d{2}-")
_DATE_OUTPUT = re.compile(
    r"\{\{-?\s*(?:page\.)?date\s*\|\s*(?P<filter>\w+)(?:\s*[:(]\s*[\"'](?P<layout>[^\"']*)[\"']\s*\)?)?\s*-?\}\}"
)
_LAYOUT = re.compile(r"yyyy|YYYY|yy|YY|LL|MM|L|M|dd|DD|d|D")
_IN_LAYOUT = {"yyyy": "year", "yy": "short_year", "ll": "month", "mm": "month", "l": "i_month", "m": "i_month",
              "dd": "day", "d": "i_day"}  # fmt: skip


def file_slug(path: str) -> str:
    """Return ``page.fileSlug``: the file name without date and suffix, or the folder of an ``index`` file."""
    name = PurePosixPath(path)
    stem = name.parent.name if name.stem == "index" else name.stem
    return _DATE_PREFIX.sub("", stem.split(".")[0] if stem.endswith(".11ty") else stem)


def file_path_stem(path: str) -> str:
    """Return ``page.filePathStem``: the path without suffix, and without date in the file name."""
    name = PurePosixPath(path)
    parts = [*name.parent.parts, _DATE_PREFIX.sub("", name.stem)]
    return "/" + "/".join(parts)


def default_address(path: str) -> str:
    """Return the address of a document without a permalink. ``path``: below the input folder."""
    name = PurePosixPath(path)
    parts = [*name.parent.parts] if name.stem == "index" else [*name.parent.parts, name.stem]
    if len(parts) > 1 and parts[-1] == parts[-2]:  # a file named like its folder is the folder's page
        parts.pop()
    if parts:
        parts[-1] = _DATE_PREFIX.sub("", parts[-1])
    return "/" + "".join(f"{addresses.of_file(part)}/" for part in parts)


def by_permalink(
    permalink: str, date: str | None, values: Mapping[str, Any], render: Callable[[str, Mapping[str, Any]], str]
) -> str | None:
    """Return the address of a permalink, which may be a template. None: it has values that are not known."""
    text = _DATE_OUTPUT.sub(lambda match: _date(match, date), permalink)
    address = render(text, values).strip()
    if not address or HOLE in address or "{" in address:
        return None
    address = address if address.startswith("/") or "://" in address else f"/{address}"
    return re.sub(r"(?<!:)/{2,}", "/", address.removesuffix("index.html"))


def _date(match: re.Match[str], date: str | None) -> str:
    """Apply a filter of dates: one with a layout of Luxon, or one of the site's own that is named after paths."""
    names = addresses.date_values(date)
    layout = match["layout"]
    if not names or (layout and "%" in layout):
        return match[0]
    if layout:
        return _LAYOUT.sub(lambda part: names[_IN_LAYOUT[part[0].lower()]], layout)
    if "path" in match["filter"].lower():
        return f"{names['year']}/{names['month']}/{names['day']}"
    return match[0]
