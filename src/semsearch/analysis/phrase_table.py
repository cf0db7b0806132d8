"""A table of words and phrases, and where a text has them, whatever their case, accents and hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from semsearch.analysis.words import Token, tokens

T = TypeVar("T")

PhraseKey = tuple[str, ...]
"""The words of a phrase without case, accents and hyphens."""

_ACCENTS = re.compile("(?<=[a-z\u03b1-\u03c9])[\u0300-\u036f]+")  # Latin and Greek; in other scripts marks are letters
_HYPHENS = re.compile(r"(?<=\w)[-_](?=\w)")


def phrase_key(text: str) -> PhraseKey:
    """Return the key of a phrase; empty for a text without words."""
    return tuple(map(_word_key, tokens(text)))


def without_accents(text: str) -> str:
    """Remove the accents of Latin and Greek letters from a text, which must be casefolded.

    Unlike :meth:`semsearch.analysis.stems.Analyzer.fold`, it replaces no letter by another: ø stays ø.
    """
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text))


def _word_key(token: Token) -> str:
    return _HYPHENS.sub("", without_accents(token.text.casefold()))


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A place in a text where a phrase of a table stands."""

    start: int
    end: int
    """``[start, end)`` in the text, in code points."""
    text: str
    """The phrase as written in the text."""
    value: T


class PhraseTable(Generic[T]):
    """Values by phrase, for looking up the phrases of a text."""

    def __init__(self, values: Mapping[PhraseKey, T]) -> None:
        """Entries with an empty key are left out."""
        self._values = {key: value for key, value in values.items() if key}
        self._longest = max(map(len, self._values), default=0)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def find(self, text: str) -> Iterator[Match[T]]:
        """Yield the phrases in a text by start, without overlap: of those that begin at a word, the longest."""
        if not self._values:
            return
        found = list(tokens(text))
        keys = list(map(_word_key, found))
        place = 0
        while place < len(keys):
            length = self._length_at(keys, place)
            if length:
                start, end = found[place].start, found[place + length - 1].end
                yield Match(start, end, text[start:end], self._values[tuple(keys[place : place + length])])
            place += length or 1

    def _length_at(self, keys: list[str], place: int) -> int:
        """Return the words of the longest phrase that begins at a word; 0 if none does."""
        lengths = range(min(self._longest, len(keys) - place), 0, -1)
        return next((length for length in lengths if tuple(keys[place : place + length]) in self._values), 0)
