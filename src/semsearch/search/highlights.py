"""Where do the words of a question stand in a text?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection

import regex

from semsearch.analysis.stems import Analyzer

_GRAPHEME = regex.compile(r"\X")


def highlights(
    text: str, terms: Collection[str], analyzer: Analyzer, language: str | None = None
) -> tuple[tuple[int, int], ...]:
    """``[start, end)`` ranges, in code points and in order, of the words whose term is one of ``terms``.

    Words that overlap or have nothing but white space between them make one range. No range begins or ends within what
    a reader sees as one character (Unicode Standard Annex 29).
    """
    ranges: list[tuple[int, int]] = []
    for word in analyzer.reader(language).matching(text, terms):
        if ranges and not text[ranges[-1][1] : word.start].strip():
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], word.end))
        else:
            ranges.append((word.start, word.end))
    return tuple(ranges) if text.isascii() else _whole_characters(text, ranges)


def _whole_characters(text: str, ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The ranges, wider by what would be cut."""
    starts = [match.start() for match in _GRAPHEME.finditer(text)] if ranges else []
    starts.append(len(text))
    wide: list[tuple[int, int]] = []
    for begin, finish in ranges:
        start, end = starts[bisect_right(starts, begin) - 1], starts[bisect_left(starts, finish)]
        if wide and start < wide[-1][1]:  # both had a part of one character
            start, end = wide[-1][0], max(wide.pop()[1], end)
        wide.append((start, end))
    return tuple(wide)
