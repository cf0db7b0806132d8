"""Tokenization: splits plain text into tokens, and tokens into the pieces that are indexed and searched."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import regex

from semsearch.analysis.emoji import EMOJI_PATTERN, emoji_elements, is_emoji, normalized_emoji

MAX_PIECE_CHARACTERS = 80
"""Longer pieces are not indexed: they are hardly ever words."""

# \w excludes marks such as Indic vowel signs and Arabic and Hebrew points, and numbers such as ½ and those of H₂O.
_LETTER = r"[\w\p{Mn}\p{Mc}\p{No}]"
_APOSTROPHES = "'\u2018\u2019\u02bb\u02bc\uff07"
_DIGIT_GROUP = r"(?=\d{3}(?!\d)|\d{2},\d)"
_SIGN = rf"(?:[-./&+@{_APOSTROPHES}]|::|(?<=\d)(?:,{_DIGIT_GROUP}|:(?=\d)))"
"""Signs that join words, and digits: those of thousands (10,000 or 1,00,000) and of times."""
_TOKEN = regex.compile(
    rf"{EMOJI_PATTERN}|(?:(?<![^\s\x1c-\x1f])\.)?{_LETTER}+(?:{_SIGN}{_LETTER}+)*(?:\+\+(?!\+)|\#)?", regex.VERSION1
)
"""An emoji; or a word, with signs that belong to it if no white space separates them: node.js, GPT-3, C++, .NET."""
_UNSPACED = regex.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese and Japanese; also Korean, which attaches
particles to words."""
_JOINT = regex.compile(rf"[-./&@:,_{_APOSTROPHES}]+|\+(?=\w)")
_REMOVED = regex.compile(rf"[-_{_APOSTROPHES}]")
"""Signs that are left out of the whole of joined words: e-mail is email, O'Reilly is OReilly."""
_TIGHT = regex.compile(r"[\d.&+@:_]")
"""What makes joined words one word in a phrase."""
_CONTRACTION = regex.compile(rf"[{_APOSTROPHES}](?:s|t|d|m|ll|re|ve)$", regex.IGNORECASE)
_CASE_CHANGE = regex.compile(r"(?<=\p{Ll}\d*)(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll}{2})")
_NARROW_SPACE = regex.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
"""A no-break space or thin space between groups of digits, as in 10 000."""
_GROUPING = regex.compile(rf"(?<=\d)[,{_APOSTROPHES}](?=\d)")
"""A sign between groups of digits: the number is found without it, and its groups are no words."""
_DOTTED_DATE = regex.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")
_VERSION = regex.compile(r"[vV]?(?P<number>\d+(?:\.\d+)+)")
_COMPONENT = regex.compile(r"(?:[^/@:]|(?<!:):(?!:))+")
"""A part of a path, an address or a qualified name."""
_SUPERSCRIPTS = "\u00b9\u00b2\u00b3\u2070\u2074\u2075\u2076\u2077\u2078\u2079"
_DOTTED_LETTERS = regex.compile(r"\p{L}(?:\.\p{L})+")
_DOTTED_GROUPS = regex.compile(r"\d{1,4}(?:\.\d{3,})+")
_MIN_NUMBER_DIGITS = 3
"""Joined digits are a number from this length on: 1/2 is not 12."""


class Token(NamedTuple):
    """A run of letters and digits in a text, or an emoji; words joined by signs are one token."""

    text: str
    """As written."""
    start: int
    end: int
    """``[start, end)`` in the text, in code points."""


class Piece(NamedTuple):
    """A part of a token, or all of it, that is indexed and searched as a word."""

    text: str
    """Lower case."""
    is_verbatim: bool
    """Whether it is not stemmed: a code-like word, an emoji or a pair of characters."""
    start: int
    end: int
    """``[start, end)`` in the token."""
    is_single: bool = False
    """Whether it is one of several characters of a script without spaces. A query has them as pairs."""


def lower(text: str) -> str:
    """Return the text in lower case, with the same length.

    İ becomes i, not i and a combining dot, which nobody types. A final sigma becomes the ordinary one.
    """
    return text.lower() if text.isascii() else text.replace("İ", "i").lower().replace("\u03c2", "\u03c3")


def with_joined_digits(text: str) -> str:
    """Return the text, of the same length, with commas for the narrow spaces within numbers."""
    return text if text.isascii() else _NARROW_SPACE.sub(",", text)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in order."""
    return (Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(with_joined_digits(text)))


def pieces(token: str) -> list[Piece]:
    """Return the pieces by which a token, as written, is indexed and searched.

    - Words joined by signs give the whole and each part: ``gpt-3`` gives gpt3, gpt and 3. Hyphens, underscores and
      apostrophes are removed, so that ``e-mail`` matches ``email``.
    - An acronym gives the whole with and without its dots, and each letter: ``U.S.`` and us.
    - Digits joined by signs give the whole with and without them, and each part: ``555-0182`` and 5550182. A version
      keeps its dots: ``1.1`` is not 11. Groups of thousands are one number: ``10,000`` gives only 10000.
    - A version gives also those it belongs to, with and without a v: ``v3.11.4`` gives 3.11.4, 3.11 and 3.
    - A path or an address gives also its components: ``etc/nginx.conf`` gives nginx.conf.
    - A word with a superscript gives the word with and without it: ``m²`` gives m2 and m, ``fact¹`` gives fact.
    - Words joined by case give the whole and each part: ``fooBar`` gives foobar, foo and bar.
    - A word that ends in a sign gives only the whole: ``c++``.
    - Scripts without spaces give overlapping pairs of characters, and each character.
    """
    if token.isascii() and token.isalnum() and not has_case_change(token):
        found = [Piece(token.lower(), is_verbatim=False, start=0, end=len(token))]
    elif (ungrouped := _GROUPING.sub("", token)) != token:
        found = [piece._replace(start=0, end=len(token)) for piece in pieces(ungrouped)]
    elif is_emoji(token):
        emoji = normalized_emoji(token)
        texts = (emoji, *emoji_elements(emoji))
        found = [Piece(text, is_verbatim=True, start=0, end=len(token)) for text in texts]
    else:
        parts = _parts(token)
        found = [*_wholes(token), *_inner_wholes(token)] if len(parts) > 1 or token.startswith(".") else []
        for start, part in parts:
            found += _part_pieces(part, start)
        if len(parts) > 1:
            found = sorted(dict.fromkeys(found), key=lambda piece: (piece.start, -piece.end))
    return [piece for piece in found if len(piece.text) <= MAX_PIECE_CHARACTERS]


def unspaced_characters(text: str) -> int:
    """Return how many characters of a text are of scripts without spaces."""
    return 0 if text.isascii() else sum(run.end() - run.start() for run in _UNSPACED.finditer(text))


def is_dotted_abbreviation(token: str) -> bool:
    """Whether a token consists of letters with dots between them, such as ``U.S``."""
    return _DOTTED_LETTERS.fullmatch(token) is not None


def has_case_change(word: str) -> bool:
    """Whether a word consists of words joined by case, such as fooBar."""
    rest = word[1:]
    return rest != rest.lower() and _CASE_CHANGE.search(word) is not None


def _parts(token: str) -> list[tuple[int, str]]:
    """Split a token at its joining signs; return each part with its start."""
    parts, start = [], 0
    for joint in _JOINT.finditer(token):
        parts.append((start, token[start : joint.start()]))
        start = joint.end()
    parts.append((start, token[start:]))
    return [(begin, part) for begin, part in parts if part]


def _wholes(token: str) -> list[Piece]:
    """Return the pieces that stand for a whole token of several parts; none for a contraction, such as don't."""
    while contraction := _CONTRACTION.search(token):
        token = token[: contraction.start()]
        if len(_parts(token)) < 2:
            return []
    text, end = lower(token), len(token)
    plain = _REMOVED.sub("", text)
    if plain.isalnum() and not plain.isdecimal():
        is_code = any(part.isdecimal() for _, part in _parts(token))
        return [Piece(plain, is_verbatim=is_code, start=0, end=end)]
    wholes = [Piece(text, is_verbatim=True, start=0, end=end)]
    if is_dotted_abbreviation(text):
        wholes.insert(0, Piece(text.replace(".", ""), is_verbatim=False, start=0, end=end))
    if number := _number(text):
        wholes.insert(0, Piece(number, is_verbatim=True, start=0, end=end))
    return wholes


def _inner_wholes(token: str) -> Iterator[Piece]:
    """Yield the pieces for what is joined within a token: a version, those it belongs to, and components of a path."""
    if version := _VERSION.fullmatch(token):
        start, number = version.start("number"), version["number"]
        if start:
            yield Piece(number, is_verbatim=True, start=start, end=len(token))
        dots = [place for place, character in enumerate(number) if character == "."]
        for dot in reversed(dots if start else dots[1:]):
            yield Piece(number[:dot], is_verbatim=True, start=start, end=start + dot)
        return
    for component in _COMPONENT.finditer(token):
        if component[0] != token and is_joined(component[0]):
            start = component.start()
            yield from (
                piece._replace(start=start + piece.start, end=start + piece.end) for piece in _wholes(component[0])
            )


def is_joined(word: str) -> bool:
    """Whether a word consists of words joined by signs."""
    return _JOINT.search(word, 1, max(len(word) - 1, 0)) is not None


def _number(token: str) -> str | None:
    """Return digits joined by signs without the signs; None for a version, a fraction or anything else.

    Dots are left out of dates, of groups of thousands and of telephone numbers only.
    """
    digits = _JOINT.sub("", token)
    if not digits.isdecimal() or len(digits) < _MIN_NUMBER_DIGITS:
        return None
    is_number = "." not in token or _DOTTED_DATE.fullmatch(token) or _DOTTED_GROUPS.fullmatch(token)
    return digits if is_number else None


def _part_pieces(part: str, start: int) -> list[Piece]:
    """Return the pieces of a part without joining signs: the part, its parts by case, or character pairs in scripts
    without spaces."""
    if part.endswith(("++", "#")):
        return [Piece(lower(part), is_verbatim=True, start=start, end=start + len(part))]
    found, end = [], 0
    for run in _UNSPACED.finditer(part):
        found += _word_pieces(part[end : run.start()], start + end)
        found += _unspaced_pieces(run[0], start + run.start())
        end = run.end()
    return found + _word_pieces(part[end:], start + end)


def _unspaced_pieces(run: str, start: int) -> Iterator[Piece]:
    """Yield the pairs and the characters of a run without spaces, by start."""
    for n, character in enumerate(run):
        if n + 1 < len(run):
            yield Piece(run[n : n + 2], is_verbatim=True, start=start + n, end=start + n + 2)
        yield Piece(character, is_verbatim=True, start=start + n, end=start + n + 1, is_single=len(run) > 1)


def _word_pieces(text: str, start: int) -> list[Piece]:
    """Return a word and its parts by case; none for a mark alone, which is no word."""
    if not any(map(str.isalnum, text)):
        return []
    found = [Piece(lower(text), is_verbatim=False, start=start, end=start + len(text))]
    if len(base := text.rstrip(_SUPERSCRIPTS)) < len(text):
        return found + _word_pieces(base, start)
    if has_case_change(text):
        bounds = [0, *(change.start() for change in _CASE_CHANGE.finditer(text)), len(text)]
        found += [
            Piece(lower(text[begin:end]), is_verbatim=False, start=start + begin, end=start + end)
            for begin, end in pairwise(bounds)
        ]
    return found


def forms(token: str) -> tuple[list[Piece], list[Piece]]:
    """Return the words of a token as written: those that follow each other in a text, and others.

    A phrase consists of the former; a single word may also be one of the latter. Words joined by hyphens, slashes or
    apostrophes follow each other, and the whole is another: ``e-mail`` gives e and mail, and email. A token with digits
    or other signs, or joined by case, is one word, and its parts are others: ``node.js`` gives node.js; node and js.
    """
    is_loose = not _TIGHT.search(token)
    sequence, others, covered = [], [], 0
    for piece in pieces(token):
        is_whole = _JOINT.search(token, piece.start + 1, max(piece.end - 1, 0)) is not None
        is_pair = piece.is_verbatim and not piece.is_single and _UNSPACED.match(piece.text)
        is_footnoted = piece.text[-1] in _SUPERSCRIPTS and piece.text[0] not in _SUPERSCRIPTS  # m² or fact¹
        if piece.is_single or is_footnoted or (is_whole and is_loose) or (piece.start < covered and not is_pair):
            others.append(piece)
        else:
            sequence.append(piece)
            covered = max(covered, piece.end)
    return sequence, others
