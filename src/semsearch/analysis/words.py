"""Tokenization: splits plain text into tokens, and tokens into the pieces that are stemmed and searched."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

MAX_PIECE_CHARACTERS = 80
"""Longer pieces are not words; they are dropped."""


_MARK_RANGES = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
"""The code points that may be marks. Scanning all of Unicode would add a third of a second to every start."""


def _character_class(*categories: str) -> str:
    """Return the characters of some Unicode categories of marks as ranges for a regular expression."""
    codes = [code for code in _MARK_RANGES if unicodedata.category(chr(code)) in categories]
    starts = [code for code, previous in zip(codes, [-2, *codes], strict=False) if code != previous + 1]
    ends = [code for code, following in zip(codes, [*codes[1:], -2], strict=True) if code + 1 != following]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


# Python's \w excludes marks such as Indic vowel signs and Arabic and Hebrew points.
_LETTER = rf"[\w{_character_class('Mn', 'Mc')}]"
_EMOJI = "[\U0001f300-\U0001faff\u2600-\u27bf]"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese and Japanese; also Korean, which attaches
particles to words."""
_TOKEN = re.compile(rf"(?:(?<!\S)\.)?{_LETTER}+(?:(?:[-./&+@]|::){_LETTER}+)*(?:\+\+(?!\+)|\#)?|{_EMOJI}")
"""A word, with signs that belong to it if no white space separates them: node.js, GPT-3, C++, .NET."""
_JOINT = re.compile(r"[-./&@:_]+|\+(?=\w)")
_ALPHANUMERIC = re.compile(r"\w")
_EMOJIS = re.compile(_EMOJI)


class Token(NamedTuple):
    """A run of letters and digits in a text; words joined by signs are one token."""

    text: str
    """Lower case."""
    start: int
    end: int
    """``[start, end)`` in the text, in code points."""


class Piece(NamedTuple):
    """A part of a token, or all of it, that is indexed and searched as a word."""

    text: str
    is_verbatim: bool
    """Whether it is not stemmed: a code-like word, an emoji or a pair of characters."""
    start: int
    end: int
    """``[start, end)`` in the token."""


def lower(text: str) -> str:
    """Return the text in lower case, with the same length.

    İ becomes i, not i and a combining dot, which nobody types. A final sigma becomes the ordinary one.
    """
    return text.lower() if text.isascii() else text.replace("İ", "i").lower().replace("\u03c2", "\u03c3")


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in order."""
    return (Token(lower(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text))


def pieces(token: str) -> list[Piece]:
    """Return the pieces by which a token is indexed and searched.

    - Joined words give the whole and each part: ``gpt-3`` gives gpt3, gpt and 3. Hyphens and underscores are removed,
      so that ``e-mail`` matches ``email``.
    - A word that ends in a sign gives only the whole: ``c++``.
    - Scripts without spaces give overlapping pairs of characters.
    """
    if token.isascii() and token.isalnum():
        found = [Piece(token, is_verbatim=False, start=0, end=len(token))]
    else:
        parts = _parts(token)
        found = [_joined_piece(token, parts)] if len(parts) > 1 or token.startswith(".") else []
        for start, part in parts:
            found += _part_pieces(part, start)
    return [piece for piece in found if len(piece.text) <= MAX_PIECE_CHARACTERS]


def _parts(token: str) -> list[tuple[int, str]]:
    """Split a token at its joining signs; return each part with its start."""
    parts, start = [], 0
    for joint in _JOINT.finditer(token):
        parts.append((start, token[start : joint.start()]))
        start = joint.end()
    parts.append((start, token[start:]))
    return [(begin, part) for begin, part in parts if part]


def _joined_piece(token: str, parts: list[tuple[int, str]]) -> Piece:
    plain = re.sub("[-_]", "", token)
    if plain.isalnum() and not plain.isdigit():
        return Piece(plain, is_verbatim=any(part.isdigit() for _, part in parts), start=0, end=len(token))
    return Piece(token, is_verbatim=True, start=0, end=len(token))


def _part_pieces(part: str, start: int) -> list[Piece]:
    """Return the pieces of a part without joining signs: the part, or character pairs in scripts without spaces."""
    if part.endswith(("++", "#")):
        return [Piece(part, is_verbatim=True, start=start, end=start + len(part))]
    found, end = [], 0
    for run in _UNSPACED.finditer(part):
        found += _word_piece(part[end : run.start()], start + end)
        for n in range(run.start(), max(run.start() + 1, run.end() - 1)):
            pair = part[n : min(n + 2, run.end())]
            found.append(Piece(pair, is_verbatim=True, start=start + n, end=start + n + len(pair)))
        end = run.end()
    return found + _word_piece(part[end:], start + end)


def _word_piece(text: str, start: int) -> list[Piece]:
    has_letters = _ALPHANUMERIC.search(text) is not None
    if has_letters or _EMOJIS.fullmatch(text):  # a mark alone is no word
        return [Piece(text, is_verbatim=not has_letters, start=start, end=start + len(text))]
    return []
