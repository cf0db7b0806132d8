"""How else may a post write a name or number of a query? Apart where the query joins, and joined where it does not.

Words are as written: in lower case and without accents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import regex

from semsearch.analysis.words import Token, lower

_MAX_PARTS = 4
_MIN_GROUPED_DIGITS = 5
_MIN_GROUP_DIGITS = 2
_MIN_LETTERED_GROUP = 4
_MAX_DIGITS = 34
"""The digits of the longest account numbers, and some more."""
_BOUNDARY = regex.compile(r"(?<=\p{L})(?=\d)|(?<=\d)(?=\p{L})", regex.VERSION1)
_SIGNS = regex.compile(r"[\W_]+")
_BETWEEN_GROUPS = regex.compile(r"[\s()./+-]*")
"""What may be between the groups of a number: (555) 010-4477."""

IsForm = Callable[[str], bool]
"""Whether any post has a word as written."""


def apart(word: str, is_form: IsForm) -> tuple[str, ...]:
    """Return the parts by which posts have a name or number that they do not have as one word; () if they do not.

    Letters and digits are parted (``rfc2616``: rfc and 2616), and digits into groups (``10000``: 10 and 000).
    """
    parts = tuple(filter(None, _BOUNDARY.split(word))) if word.isalnum() else ()
    if 1 < len(parts) <= _MAX_PARTS and all(map(is_form, parts)):
        return parts
    if word.isascii() and _MIN_GROUPED_DIGITS <= len(word) <= _MAX_DIGITS and any(map(str.isdigit, word)):
        return _groups(word, is_form)
    return ()


def _groups(word: str, is_form: IsForm) -> tuple[str, ...]:
    """Return the division of a number into the fewest groups that posts have.

    A first group may be of one digit. In account numbers, groups of four may have letters.
    """
    best: dict[int, tuple[str, ...]] = {len(word): ()}
    for start in range(len(word) - _MIN_GROUP_DIGITS, -1, -1):
        ends = range(start + (_MIN_GROUP_DIGITS if start else 1), len(word) + 1)
        found = [
            (group, *best[end])
            for end in ends
            if end in best and (group := word[start:end]) != word and _may_be_group(group, start) and is_form(group)
        ]
        if found:
            best[start] = min(found, key=len)
    return best.get(0, ())


def _may_be_group(group: str, start: int) -> bool:
    return not start or group.isdecimal() or len(group) >= _MIN_LETTERED_GROUP


def joined(text: str, found: Sequence[Token], place: int) -> tuple[str, ...]:
    """Return the words that a token of a text makes with those beside it. ``found``: the tokens of the text.

    ``html 5`` makes html5, and all groups of a number make one, as in ``DE89 3704 0044``.
    """
    pairs = (
        (before, after)
        for before, after in pairwise(found[max(place - 1, 0) : place + 2])
        if text[before.end : after.start].isspace()
    )
    words = ["".join(lower(text[before.start : after.end]).split()) for before, after in pairs]
    first, last = _number_around(text, found, place)
    if first < last:
        words.append(_SIGNS.sub("", lower(text[found[first].start : found[last].end])))
    return tuple(dict.fromkeys(words))


def _number_around(text: str, found: Sequence[Token], place: int) -> tuple[int, int]:
    """Return the places of the first and the last token of the number that a token belongs to."""

    def goes_on(place: int) -> bool:
        between = text[found[place].end : found[place + 1].start]
        return is_number(found[place + 1].text) and _BETWEEN_GROUPS.fullmatch(between) is not None

    first = last = place
    while first and any(map(str.isdigit, found[first - 1].text)) and goes_on(first - 1):
        first -= 1
    while last + 1 < len(found) and any(map(str.isdigit, found[last].text)) and goes_on(last):
        last += 1
    return first, last


def is_number(text: str) -> bool:
    """Return whether a text is a number: digits, with or without signs between them."""
    return _SIGNS.sub("", text).isdecimal()
