"""Where do the words of a question stand in a text?"""

from __future__ import annotations

from collections.abc import Collection

from semsearch.index.lexical import LexicalIndex, Word


def highlights(text: str, terms: Collection[str], lexical: LexicalIndex) -> tuple[tuple[int, int], ...]:
    """``[start, end)`` ranges, in code points and in order, of the words whose stem is one of the terms.

    Words with nothing but white space between them make one range.
    """
    ranges: list[tuple[int, int]] = []
    for word in matching_words(text, terms, lexical):
        if ranges and text[ranges[-1][1] : word.start].isspace():
            ranges[-1] = (ranges[-1][0], word.end)
        else:
            ranges.append((word.start, word.end))
    return tuple(ranges)


def matching_words(text: str, terms: Collection[str], lexical: LexicalIndex) -> list[Word]:
    """The words of a text whose stem is one of the terms."""
    return [word for word in lexical.words(text) if word.term in terms] if terms else []
