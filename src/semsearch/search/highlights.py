"""Where do the terms of a query occur in a text?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection

import regex

from semsearch.analysis.stems import Analyzer

_GRAPHEME = regex.compile(r"\X")


def highlights(
    text: str,
    terms: Collection[str],
    analyzer: Analyzer,
    language: str | None = None,
    phrases: Collection[tuple[str, ...]] = (),
) -> tuple[tuple[int, int], ...]:
    """The ``[start, end)`` ranges, in code points and in order, of the words whose term is one of ``terms``,
    and of the ``phrases``, which are words as written.

    Words that overlap, or are separated by white space only, share one range. Ranges begin and end at the boundaries
    of grapheme clusters (Unicode Standard Annex 29).
    """
    ranges: list[tuple[int, int]] = []
    words = analyzer.for_language(language).matching(text, terms)
    if phrases:
        words = sorted([*words, *analyzer.phrases_in(text, phrases)], key=lambda word: word.start)
    for word in words:
        if ranges and not text[ranges[-1][1] : word.start].strip():
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], word.end))
        else:
            ranges.append((word.start, word.end))
    return tuple(ranges) if text.isascii() else _whole_graphemes(text, ranges)


def _whole_graphemes(text: str, ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Widen the ranges to whole grapheme clusters."""
    starts = [match.start() for match in _GRAPHEME.finditer(text)] if ranges else []
    starts.append(len(text))
    widened: list[tuple[int, int]] = []
    for begin, finish in ranges:
        start, end = starts[bisect_right(starts, begin) - 1], starts[bisect_left(starts, finish)]
        if widened and start < widened[-1][1]:  # both ranges share a grapheme
            start, end = widened[-1][0], max(widened.pop()[1], end)
        widened.append((start, end))
    return tuple(widened)
