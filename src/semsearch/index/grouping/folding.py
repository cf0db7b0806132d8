"""Folded words of a text, for comparing posts: without case, accents and punctuation; and recognition of dates."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORDS = frozenset((b"", b"-", b"--"))
_ASCII = bytes.maketrans(b'"()[]{}ABCDEFGHIJKLMNOPQRSTUVWXYZ', b"       abcdefghijklmnopqrstuvwxyz")
_TRAILING = b".,;:!?'"
"""Punctuation removed from the end of a word; inside or before a word these signs are part of it."""
_ACCENT = re.compile(
    "[\u0300-\u036f](?<=[a-z\u03b1-\u03c9].)"
)  # Latin and Greek; in other scripts marks distinguish letters
_DIGIT = re.compile(r"[\u0660-\U0010ffff](?<=\d)")
_SIGN = re.compile("[\u00a0-\u00bf\u1680\u2000-\u2060\u2212\u3000]")
_SIGN_REPLACEMENTS = (
    dict.fromkeys("\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " ")
    | dict.fromkeys("¿¡…«»\u2039\u203a\u201c\u201d\u201e\u2014\u2015\u2022\u00b7", " ")
    | dict.fromkeys("\u2018\u2019", "'")
    | dict.fromkeys("\u2010\u2011\u2013\u2212", "-")
)
"""White space, quotation marks and bullets become spaces; apostrophes and hyphens their ASCII forms."""
_LETTER = re.compile(b"[a-z]")
_ASCII_DIGIT = re.compile(b"[0-9]")
_NUMERIC_DATE = re.compile(rb"(?:19|20)\d\d-\d\d-\d\d(?:t[\d:.+z-]+)?|\d\d?([./-])\d\d?\1(?:19|20)\d\d")
_YEAR = re.compile(rb"(?:19|20)\d\d")
_DAY = re.compile(rb"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th|er)?")
_MONTHS = frozenset(  # English, German, French, Spanish, Italian, Portuguese, Dutch; folded
    b"january february march april may june july august september october november december "
    b"jan feb mar apr jun jul aug sep sept oct nov dec "
    b"januar februar marz mai juni juli oktober dezember "
    b"janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre "
    b"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    b"gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
    b"janeiro fevereiro marco maio junho julho setembro outubro novembro dezembro "
    b"januari februari maart mei augustus".split()
)
_OF = frozenset((b"of", b"de", b"del"))


def folded_words(text: str) -> list[bytes]:
    """Return the words of a text in UTF-8, without case, accents and punctuation.

    Signs that change the meaning of a word stay: C++, -5, 20%, .NET, 1.2.1.
    """
    if not text:
        return []
    if not text.isascii():
        text = _to_simple_characters(text)
    words = text.encode().translate(_ASCII).split()
    if "'" in text:
        words = [word.lstrip(b"'") for word in words]
    return [word for word in [word.rstrip(_TRAILING) for word in words] if word not in _NOT_WORDS]


def _to_simple_characters(text: str) -> str:
    """Replace non-ASCII characters by simpler ones of the same meaning."""
    text, accents = unicodedata.normalize("NFD", text.casefold()), 1
    while accents:  # a letter may have several accents
        text, accents = _ACCENT.subn("", text)
    text = _SIGN.sub(lambda sign: _SIGN_REPLACEMENTS.get(sign[0], sign[0]), text)
    return _DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)


def folded_text(text: str, words: list[bytes]) -> bytes:
    """Return the folded words of a text, joined by spaces; the text unchanged if it has no cased letters.

    In texts without cased letters (emoji, digits, Chinese) any sign may matter.
    """
    folded = b" ".join(words)
    return folded if _LETTER.search(folded) or text.lower() != text.upper() else text.encode()


def without_dates(words: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return the folded words that are not part of a date and, of these, the ones that contain a digit."""
    if not _ASCII_DIGIT.search(b" ".join(words)):
        return words, []
    numeric = [n for n, word in enumerate(words) if not word.isalpha() and _ASCII_DIGIT.search(word)]
    in_dates = {place for n in numeric for place in _date_at(words, n)}
    rest = [word for n, word in enumerate(words) if n not in in_dates] if in_dates else words
    return rest, [words[n] for n in numeric if n not in in_dates]


def _date_at(words: list[bytes], n: int) -> range:
    """Return the places of the words of the date that word ``n`` is, or is the day of; empty if there is none."""
    if _NUMERIC_DATE.fullmatch(words[n]):
        return range(n, n + 1)
    if not _DAY.fullmatch(words[n]):
        return range(0)
    if n and words[n - 1] in _MONTHS:
        start, end = n - 1, n + 1
    else:
        start, end = n, _skip_of(words, n + 1)
        if end >= len(words) or words[end] not in _MONTHS:
            return range(0)
        end += 1
    year = _skip_of(words, end)
    return range(start, year + 1 if year < len(words) and _YEAR.fullmatch(words[year]) else end)


def _skip_of(words: list[bytes], n: int) -> int:
    """Return the place after word ``n`` if that is an "of" in some language, else ``n``."""
    return n + 1 if n < len(words) and words[n] in _OF else n
