"""The form of a sentence: its letters and digits, without what differs in the same sentence of another post.

That is case, punctuation, dates, the path of an address, and the title and the authors of the post.
"""

from __future__ import annotations

import re
from itertools import pairwise

from semsearch.posts import Post

_MIN_NAME_BYTES = 4
"""A shorter title or name may be part of any word."""
_GAP = "\0"
"""Stands between sentences; no post contains it."""
_SIGNS = bytes(code for code in range(1, 128) if not chr(code).isalnum())
_WIDE_SIGNS = re.compile(
    rb"\xc2[\xa0-\xbf]|\xe2[\x80\x81\x86\x87][\x80-\xbf]|\xe3\x80[\x80-\xbf]|\xef\xbc[\x81-\x8f\x9a-\x9f]"
)
"""Signs of Latin-1, general punctuation, arrows, Chinese and Japanese punctuation and full-width signs, in UTF-8."""
_ADDRESS_PATH = re.compile(rb"(https?://[^/\s\0]+)[^\s\0]*")

_DIGIT, _NUMBER = re.compile(rb"\d"), re.compile(rb"\d+")
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


def forms_of(post: Post, sentences: list[str]) -> list[bytes]:
    """Return the form of each sentence of a post, in UTF-8; dates and names are replaced by ``<date>`` and the like."""
    forms = _letters(_GAP.join(sentences))
    for name, text in (b"<title>", post.title), *((b"<author>", author) for author in post.authors):
        letters = _letters(text)
        if len(letters) >= _MIN_NAME_BYTES:
            forms = forms.replace(letters, name)
    return [_without_dates(form) if _DIGIT.search(form) else form for form in forms.split(b"\0")]


def without_numbers(form: bytes) -> bytes:
    """Return a form in which all numbers are equal."""
    return _NUMBER.sub(b"<number>", form) if _DIGIT.search(form) else form


def _letters(text: str) -> bytes:
    raw = text.lower().encode()
    if b"//" in raw:
        raw = _ADDRESS_PATH.sub(rb"\1", raw)
    raw = raw.translate(None, _SIGNS)
    return raw if raw.isascii() else _WIDE_SIGNS.sub(b"", raw)


def _without_dates(form: bytes) -> bytes:
    dates: list[tuple[int, int]] = []
    for number in _NUMBER.finditer(form):
        if date := _date_around(form, *number.span()):
            start, end = date
            if dates and dates[-1][1] >= start:
                start = dates.pop()[0]
            dates.append((start, end))
    if not dates:
        return form
    ends = [0, *(place for date in dates for place in date), len(form)]
    return b"<date>".join(form[start:end] for start, end in list(pairwise(ends))[::2])


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
