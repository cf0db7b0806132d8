"""Compounds: words that consist of other words, as in German, Dutch and the Nordic languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

COMPOUNDING = frozenset(("da", "de", "fi", "is", "nb", "nl", "nn", "no", "sv"))
"""Languages that write compounds as one word."""
_LINKS = ("", "s", "n", "e", "es", "en", "er", "o", "u", "a")
"""Letters that may link the parts of a compound; the shortest that fits counts. A stem needs none."""
_MIN_PART_LETTERS = 3
_MIN_COMPOUND_LETTERS = 2 * _MIN_PART_LETTERS
_MAX_COMPOUND_LETTERS = 40


class Part(NamedTuple):
    """A part of a compound."""

    word: str
    """As a word of its own."""
    start: int
    end: int
    """``[start, end)`` in the compound, without linking letters."""


Compounds = Mapping[str, Mapping[str, tuple[Part, ...]]]
"""By language and compound, its parts."""
NO_COMPOUNDS: Compounds = {}


def split_compound(word: str, frequency: Callable[[str], int]) -> tuple[Part, ...]:
    """Return the parts of a compound, at least two; none if it cannot be split into words of the corpus.

    ``word``: lower case. ``frequency``: how often the corpus has a word or a stem. Of several divisions, the one with
    the greatest geometric mean of frequencies is chosen (Koehn and Knight, 2003, "Empirical methods for compound
    splitting"). Shorter compounds that the parts make up are parts, too.
    """
    if not _MIN_COMPOUND_LETTERS <= len(word) <= _MAX_COMPOUND_LETTERS or not word.isalpha():
        return ()
    best = _Splitter(word, frequency).best(0)
    if best is None:
        return ()
    shorter = (
        Part(word[first.start : last.end], first.start, last.end)
        for first, last in combinations(best.parts, 2)
        if (first, last) != (best.parts[0], best.parts[-1]) and frequency(word[first.start : last.end])
    )
    return tuple(sorted((*best.parts, *shorter), key=lambda part: (part.start, -part.end)))


class _Division(NamedTuple):
    parts: tuple[Part, ...]
    log_frequency: float
    """The sum of the logarithms of the frequencies of the parts."""

    @property
    def mean(self) -> float:
        return self.log_frequency / len(self.parts)


class _Splitter:
    """Finds the best division of one word by dynamic programming over its suffixes."""

    def __init__(self, word: str, frequency: Callable[[str], int]) -> None:
        self._word, self._frequency = word, frequency
        self._best: dict[int, _Division | None] = {}

    def best(self, start: int) -> _Division | None:
        """Return the best division of the word from ``start`` on; None if there is none. The whole word is no part."""
        if start not in self._best:
            self._best[start] = max(self._divisions(start), key=lambda division: division.mean, default=None)
        return self._best[start]

    def _divisions(self, start: int) -> Iterator[_Division]:
        length = len(self._word)
        if start and (count := self._frequency(self._word[start:])):
            yield _Division((Part(self._word[start:], start, length),), math.log(count))
        for end in range(start + _MIN_PART_LETTERS, length - _MIN_PART_LETTERS + 1):
            if (first := self._first_part(start, end)) and (rest := self.best(end)):
                part, count = first
                yield _Division((part, *rest.parts), math.log(count) + rest.log_frequency)

    def _first_part(self, start: int, end: int) -> tuple[Part, int] | None:
        for link in _LINKS:
            stop = end - len(link)
            if stop - start < _MIN_PART_LETTERS or not self._word.endswith(link, start, end):
                continue
            if count := self._frequency(self._word[start:stop]):
                return Part(self._word[start:stop], start, stop), count
        return None
