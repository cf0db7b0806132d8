"""Patterns of permalinks, names and base addresses → the address that a reader sees."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

_NOT_IN_SLUG = re.compile(r"[^\w\s./-]+")
_SPACES = re.compile(r"[\s/]+")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HYPHENS = re.compile(r"-{2,}")


def expand(pattern: str, values: Mapping[str, str], strip: str = ":") -> str | None:
    """Replace ``:name`` in a pattern. None: a name is not known. Doubled slashes of empty values become one."""
    known = True

    def value(match: re.Match[str]) -> str:
        nonlocal known
        name = match[1].lower()
        while name and name not in values:
            name = name[:-1]
        if not name:
            known = False
            return ""
        return values[name] + match[1][len(name) :]

    address = re.sub(re.escape(strip) + r"([A-Za-z_0-9]+)", value, pattern)
    return re.sub(r"/{2,}", "/", address) if known else None


def date_values(date: str | None) -> dict[str, str]:
    """Return year, month and so on of a date, as permalink patterns name them; empty without a date."""
    if date is None:
        return {}
    day = dt.date.fromisoformat(date[:10])
    iso_year, iso_week, _ = day.isocalendar()
    time = date[11:19] or "00:00:00"
    return {
        "year": f"{day.year:04}",
        "short_year": f"{day.year % 100:02}",
        "month": f"{day.month:02}",
        "i_month": str(day.month),
        "monthname": _MONTHS[day.month - 1],
        "short_month": _MONTHS[day.month - 1][:3],
        "long_month": _MONTHS[day.month - 1],
        "day": f"{day.day:02}",
        "i_day": str(day.day),
        "y_day": f"{day.timetuple().tm_yday:03}",
        "yearday": str(day.timetuple().tm_yday),
        "weekday": str(day.isoweekday() % 7),
        "weekdayname": _WEEKDAYS[day.weekday()],
        "w_year": f"{iso_year:04}",
        "week": f"{iso_week:02}",
        "w_day": str(day.isoweekday()),
        "hour": time[0:2],
        "minute": time[3:5],
        "second": time[6:8],
    }


def slug(text: str, keep_dots: bool = False) -> str:
    """Return a text as part of an address: lower case, words joined by hyphens, letters of all scripts kept."""
    text = _NOT_IN_SLUG.sub("-", text.lower()) if not keep_dots else _NOT_IN_SLUG.sub("", text.lower())
    if not keep_dots:
        text = text.replace(".", "-").replace("_", "-")
    return _HYPHENS.sub("-", _SPACES.sub("-", text.strip())).strip("-")


def hyphenated(text: str) -> str:
    """Join the words of a text with hyphens, and change nothing else."""
    return _HYPHENS.sub("-", _SPACES.sub("-", text.strip()))


def ascii_slug(text: str) -> str:
    """Return a text as part of an address, in ASCII as far as accents can be taken off; else with its own letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return slug(plain if slug(plain) or not text.strip() else text)


def of_file(path: str) -> str:
    """Return the path of a file as one of an address: what would begin a query, fragment or escape is quoted."""
    return path.replace("%", "%25").replace("?", "%3F").replace("#", "%23")


def join(base: str, path: str) -> str:
    """Put the address of the site, or its path, before a path. An absolute address stays."""
    if "://" in path[:12] or path.startswith("//"):
        return path
    return f"{base.rstrip('/')}/{path.lstrip('/')}"


def base_of(site_url: str, configured: str, base_path: str = "") -> str:
    """Return what to put before paths: the address of the site if it is known, else the path it lies under.

    ``site_url``: from the owner, and wins. ``configured``: from the configuration; ignored where it is this machine.
    """
    if site_url:
        return site_url.rstrip("/")
    parts = urlsplit(configured)
    if parts.scheme in ("http", "https") and parts.netloc and not _is_local(parts.hostname or ""):
        return configured.rstrip("/") + (f"/{base_path.strip('/')}" if base_path.strip("/") else "")
    path = f"{parts.path if not parts.netloc or parts.scheme else ''}/{base_path}".strip("/")
    return f"/{path}" if path else ""


def _is_local(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104
