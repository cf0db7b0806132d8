"""Where are the words of a text, and what are they made of? Plain text in, pieces to be stemmed out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

MAX_PIECE_CHARACTERS = 80
"""What is longer is no word: it is left out."""


_PLANES_WITH_MARKS = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
"""To look through all of Unicode would take a third of a second, whenever a command starts."""


def _character_class(*categories: str) -> str:
    """The marks of some Unicode categories, as ranges for a regular expression."""
    codes = [code for code in _PLANES_WITH_MARKS if unicodedata.category(chr(code)) in categories]
    starts = [code for code, before in zip(codes, [-2, *codes], strict=False) if code != before + 1]
    ends = [code for code, after in zip(codes, [*codes[1:], -2], strict=True) if code + 1 != after]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


# Vowel signs of Indic scripts, Arabic and Hebrew points: Python's \w leaves marks out.
_LETTER = rf"[\w{_character_class('Mn', 'Mc')}]"
_EMOJI = "[\U0001f300-\U0001faff\u2600-\u27bf]"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese; and Korean, which joins much to
them."""
_TOKEN = re.compile(rf"(?:(?<!\S)\.)?{_LETTER}+(?:(?:[-./&+@]|::){_LETTER}+)*(?:\+\+(?!\+)|\#)?|{_EMOJI}")
"""A word, with what makes it a term of its own where no white space comes between: node.js, GPT-3, C++, .NET."""
_JOINT = re.compile(r"[-./&@:_]+|\+(?=\w)")
_ALPHANUMERIC = re.compile(r"\w")
_EMOJIS = re.compile(_EMOJI)


class Token(NamedTuple):
    """A run of letters and digits as it stands in a text, joined ones together."""

    text: str
    """In lower case."""
    start: int
    end: int
    """``[start, end)`` in the text, in code points."""


class Piece(NamedTuple):
    """A part of a token that is searched as a word."""

    text: str
    whole: bool
    """A code-like term, which no stemmer may cut."""
    start: int
    end: int
    """``[start, end)`` in the token."""


def lower(text: str) -> str:
    """Lower case, as long as the text: an İ becomes an i, and not an i and a dot above it that nobody types; and a
    sigma the same wherever in a word it stands."""
    return text.lower() if text.isascii() else text.replace("İ", "i").lower().replace("\u03c2", "\u03c3")


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, with their places in it."""
    return (Token(lower(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text))


def pieces(token: str) -> list[Piece]:
    """What a token is searched by.

    Joined words by all of it and by each (``gpt-3``: gpt3, gpt, 3; hyphens and underscores go, so that ``e-mail`` is
    found as ``email``), what ends in a sign only whole (``c++``), and scripts without spaces by pairs of characters.
    """
    if token.isascii() and token.isalnum():
        found = [Piece(token, whole=False, start=0, end=len(token))]
    else:
        parts = _parts(token)
        found = [_joined(token, parts)] if len(parts) > 1 or token.startswith(".") else []
        for start, part in parts:
            found += _segments(part, start)
    return [piece for piece in found if len(piece.text) <= MAX_PIECE_CHARACTERS]


def _parts(token: str) -> list[tuple[int, str]]:
    """What stands between joints, and where it begins."""
    parts, start = [], 0
    for joint in _JOINT.finditer(token):
        parts.append((start, token[start : joint.start()]))
        start = joint.end()
    parts.append((start, token[start:]))
    return [(place, part) for place, part in parts if part]


def _joined(token: str, parts: list[tuple[int, str]]) -> Piece:
    plain = re.sub("[-_]", "", token)
    if plain.isalnum() and not plain.isdigit():
        return Piece(plain, whole=any(part.isdigit() for _, part in parts), start=0, end=len(token))
    return Piece(token, whole=True, start=0, end=len(token))


def _segments(part: str, start: int) -> list[Piece]:
    """A part without joints: as it is, or by pairs of characters where its script has no spaces."""
    if part.endswith(("++", "#")):
        return [Piece(part, whole=True, start=start, end=start + len(part))]
    found, last = [], 0
    for run in _UNSPACED.finditer(part):
        found += _word(part[last : run.start()], start + last)
        for n in range(run.start(), max(run.start() + 1, run.end() - 1)):
            pair = part[n : min(n + 2, run.end())]
            found.append(Piece(pair, whole=True, start=start + n, end=start + n + len(pair)))
        last = run.end()
    return found + _word(part[last:], start + last)


def _word(text: str, start: int) -> list[Piece]:
    spoken = _ALPHANUMERIC.search(text) is not None
    if spoken or _EMOJIS.fullmatch(text):  # a mark alone is nothing
        return [Piece(text, whole=not spoken, start=start, end=start + len(text))]
    return []
