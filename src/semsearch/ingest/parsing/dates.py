"""Dates as people and programs write them → ISO 8601."""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from typing import Any

_NUMERIC = re.compile(
    r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d)"
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp][Mm])?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?.*",
    re.DOTALL,
)
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)(.*)", re.DOTALL)
_EAST_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?(.*)", re.DOTALL)
_MONTHS_A_YEAR = 12
_TIMESTAMP = re.compile(r"\d{9,10}|\d{12,13}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?Z?)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_NAMED_MONTH_FIRST = re.compile(
    r"(?:[A-Za-z]+,?\s+)?(?P<month>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})\b.*",
    re.DOTALL,
)
_NAMED_DAY_FIRST = re.compile(
    r"(?:[A-Za-z]+,?\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?P<month>[A-Za-z]{3,9})\.?,?\s+(?P<year>\d{4})\b.*",
    re.DOTALL,
)
_YEAR_BELOW_1000 = re.compile(r"[A-Za-z]{3}[ -]0\d{3}\b")
_RFC_822 = re.compile(r"(?:[A-Za-z]{3,9}, ?)?\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4} \d{1,2}:\d{2}(?!.*[AaPp][Mm])")
"""Only these: the email library also takes ``March 3, 2021 4:05 PM``, and reads it as 4:05 in the night."""
_IN_PATH = re.compile(r"(?<!\d)(?P<year>19\d{2}|2\d{3})[-_/](?P<month>\d{1,2})[-_/](?P<day>\d{1,2})(?!\d)")
_AROUND = " \t\n\r\xa0\"'“”„«»\u2018\u2019"
"""What may stand around a date: white space and quotes."""
_YEARS = range(1900, 10_000)
"""An earlier one is a mistake or a zero date (0000-00-00). 2999 and 9999 stand for "never", and are in the future."""


def parse_date(value: Any) -> str | None:  # noqa: PLR0911  (one return for each type)
    """Return an ISO 8601 date, or date and time; None for what is no possible date.

    Reads ISO 8601 with missing zeros (``2023-1-5``), RFC 822 with missing or named zones, Unix seconds and
    milliseconds, ``20230105``, ``5 January 2023``, ``January 5, 2023``, ``5.1.2023``, ``2023年1月5日``, and date and
    datetime objects. A time without a zone stays without one. ``31/01/2023`` and ``01/31/2023`` are dates, but the
    order of ``01/05/2023`` is not known, so it is none.
    """
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds") if value.year in _YEARS else None
    if isinstance(value, dt.date):
        return value.isoformat() if value.year in _YEARS else None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _of_timestamp(float(value))
    if not isinstance(value, str):
        return None
    text = value.strip(_AROUND)[:100]
    if _TIMESTAMP.fullmatch(text):
        return _of_timestamp(float(text))
    return _of_text(text)


def date_in_path(path: str) -> str | None:
    """Return the day in a path or file name, with or without zeros: ``2020/1/31/title``, ``2020-01-31-title.md``."""
    for found in _IN_PATH.finditer(path):
        if day := _day(found["year"], found["month"], found["day"]):
            return day
    return None


def _year_first(text: str) -> str:
    """Put the year of a date first; one that is written with East Asian characters is written without them."""
    if match := _YEAR_LAST.fullmatch(text):
        first, separator, second, year, rest = match.groups()
        is_day_first = separator == "." or int(first) > _MONTHS_A_YEAR or first == second
        if is_day_first:
            return f"{year}-{second}-{first}{rest}"
        return f"{year}-{first}-{second}{rest}" if int(second) > _MONTHS_A_YEAR else text
    if match := _EAST_ASIAN.fullmatch(text):
        return f"{match[1]}-{match[2]}-{match[3]}{match[4]}"
    return text


def _of_text(text: str) -> str | None:
    text = _year_first(text)
    if match := _NUMERIC.fullmatch(text):
        day = _day(match["year"], match["month"], match["day"])
        return None if day is None else _with_time(day, match)
    if match := _COMPACT.fullmatch(text):
        return _day(*match.group(1, 2, 3))
    if _YEAR_BELOW_1000.search(text):  # the email library would read 0001, the zero date of Go, as 2001
        return None
    if _RFC_822.match(text):
        try:
            return parse_date(email.utils.parsedate_to_datetime(text))
        except (ValueError, TypeError, IndexError, OverflowError):
            pass
    if match := _NAMED_MONTH_FIRST.fullmatch(text) or _NAMED_DAY_FIRST.fullmatch(text):
        month = _MONTHS.get(match["month"].lower())
        return _day(match["year"], str(month), match["day"]) if month else None
    return None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return date.isoformat() if date.year in _YEARS else None


def _with_time(day: str, match: re.Match[str]) -> str:
    """Add the time to a day; an impossible time is left out."""
    if match["hour"] is None:
        return day
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    zone = match["zone"] or ""
    if zone in ("UTC", "GMT", "Z"):
        zone = "+00:00"
    elif zone:
        zone = f"{zone[:3]}:{zone[3:].lstrip(':') or '00'}"
    text = f"{day}T{hour:02}:{match['minute']}:{match['second'] or '00'}{zone}"
    try:
        return dt.datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return day


def _of_timestamp(seconds: float) -> str | None:
    if seconds > 1e11:
        seconds /= 1_000
    try:
        return parse_date(dt.datetime.fromtimestamp(seconds, dt.UTC))
    except (ValueError, OverflowError, OSError):
        return None
