"""The form of a sentence: its letters and digits, without what differs in the same sentence of another post.

That is case, punctuation, dates, the path of an address, and the title and the authors of the post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from semsearch.posts import Post

_MIN_NAME_BYTES = 4
"""A shorter title or name may be part of any word."""
_GAP = "\0"
"""Stands between sentences; no post contains it."""
_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
_SIGNS = bytes(code for code in range(1, 128) if not chr(code).isalnum())
_WIDE_SIGNS = (b"\xc2", b"\xe2\x80", b"\xe3\x80", b"\xef\xbc")
"""The first bytes, but one, of signs in UTF-8: of Latin-1, general, Chinese and Japanese, and full-width signs."""
_DIGITS = b"0123456789"
_DIGITS_ONLY = bytes(ord("0") if code in _DIGITS else ord(" ") for code in range(256))
_ADDRESS_PATH = re.compile(rb"(?i)(https?://[^/\s\0]+)[^\s\0]*")

_DAY_SUFFIX = re.compile(rb"(?:st|nd|rd|th)?(?:of|del?)?")
_YEAR = re.compile(rb"(?:19|20)\d\d\d{0,4}|\d{1,4}(?:19|20)\d\d")
"""A year, or a date in digits such as 2019-05-03 or 3.5.2019."""
_MONTHS = tuple(  # English, German, French, Spanish, Italian, Portuguese, Dutch, Chinese
    (
        "january february march april may june july august september october november december "
        "jan feb mar apr jun jul aug sep sept oct nov dec "
        "januar februar märz mai juni juli oktober dezember "
        "janvier février mars avril juin juillet août septembre octobre novembre décembre "
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
        "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
        "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro "
        "januari februari maart mei augustus 年 月 日"
    )
    .encode()
    .split()
)
_WEEKDAYS = tuple(b"monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun".split())


def forms_of(post: Post, sentences: list[str]) -> tuple[list[bytes], list[bytes]]:
    """Return the form of each sentence of a post in UTF-8, and the same without numbers.

    Dates and names are replaced by ``<date>`` and the like.
    """
    title, *authors, forms = _letters(_GAP.join([post.title, *post.authors, *sentences])).split(
        b"\0", 1 + len(post.authors)
    )
    for name, text in (b"<title>", title), *((b"<author>", author) for author in authors):
        if len(text) >= _MIN_NAME_BYTES:
            forms = forms.replace(text, name)
    forms = _without_dates(forms)
    return forms.split(b"\0"), forms.translate(None, _DIGITS).split(b"\0")


def _letters(text: str) -> bytes:
    raw = text.encode()
    if b"//" in raw:
        raw = _ADDRESS_PATH.sub(rb"\1", raw)
    raw = raw.translate(_LOWER, _SIGNS)
    for start in _WIDE_SIGNS:
        if start in raw:  # a regular expression is five times slower, and so it is below
            first, *rest = raw.split(start)
            raw = first + b"".join([part[1:] for part in rest])
    return raw


def _without_dates(form: bytes) -> bytes:
    dates: list[tuple[int, int]] = []
    for number in _numbers(form):
        if date := _date_around(form, *number):
            start, end = date
            if dates and dates[-1][1] >= start:
                start = dates.pop()[0]
            dates.append((start, end))
    if not dates:
        return form
    ends = [0, *(place for date in dates for place in date), len(form)]
    return b"<date>".join(form[start:end] for start, end in list(pairwise(ends))[::2])


def _numbers(form: bytes) -> Iterator[tuple[int, int]]:
    """Yield the ``[start, end)`` of each run of digits."""
    mask = form.translate(_DIGITS_ONLY) + b" "
    start = mask.find(b"0")
    while start >= 0:
        end = mask.find(b" ", start)
        yield start, end
        start = mask.find(b"0", end)


def _date_around(form: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of the date that the number ``form[start:end]`` is part of; None if it is part of no date."""
    suffix = _DAY_SUFFIX.match(form, end)
    after_day = suffix.end() if suffix else end
    has_month = form.endswith(_MONTHS, 0, start), form.startswith(_MONTHS, after_day)
    if not any(has_month):
        return (start, end) if _YEAR.fullmatch(form, start, end) else None
    if has_month[0]:
        start, end = _start_of(_MONTHS, form, start), after_day
    if has_month[1]:
        end = after_day + max(len(month) for month in _MONTHS if form.startswith(month, after_day))
    return _start_of(_WEEKDAYS, form, start), end


def _start_of(names: tuple[bytes, ...], form: bytes, end: int) -> int:
    """Return where the longest of some names begins that ends at ``end``; ``end`` if none does."""
    return end - max((len(name) for name in names if form.endswith(name, 0, end)), default=0)
