"""Which two sentences of two posts say the same thing?"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.phrases import PhraseFinder
from semsearch.index import Scale

_MIN_SIMILARITY = 0.75
"""Similarity from which two sentences may say the same thing: 0 as of two posts at random, 1 if they are equal."""
_CONTEXT_WEIGHT = 0.5
"""Weight of the similarity of a sentence to the other post, next to its similarity to the other sentence. It keeps out
sentences that are beside the point of both posts."""
_MIN_SHARED = 2
"""Specific words that two sentences must share. Sentences of general words alone may agree and still be about
different things."""
_MIN_EQUAL = 0.5
"""Share of the words of the sentence with fewer words that the other must have too. Models find sentences similar that
have the same form and little else in common."""
_MAX_EQUAL = 0.4
"""Share of equal words from which two sentences are a template, if each also has specific words of its own."""
_MAX_CHARACTERS = 140
"""Characters of a sentence that is shown."""
_MARKUP = re.compile(
    r"^(?:[#*>\s]+|[-•–]+(?:\s+|$))+|(?<=\s)(?:[-=_*]{3,}|[#>]+)(?=\s|$)|(?<!\S)\*\*(?=\S)|(?<=\S)\*\*(?!\S)"
)
"""Markdown of headings, quotations, list entries and emphasis."""

Vectors = NDArray[np.float32]


def most_alike(
    one: Vectors, other: Vectors, centre_of_one: Vectors, centre_of_other: Vectors, scale: Scale
) -> tuple[int, int] | None:
    """Return the places of the two sentences of two posts that are most alike; None if they are not alike enough.

    ``one`` and ``other``: vectors of sentences, shape (sentences, dimension). The centres are those of their posts.
    """
    if not len(one) or not len(other):
        return None
    similarity = one @ other.T
    context = (one @ centre_of_other)[:, None] + (other @ centre_of_one)[None, :]
    row, column = np.unravel_index(int(np.argmax(similarity + _CONTEXT_WEIGHT * context)), similarity.shape)
    is_alike = float(similarity[row, column]) - scale.start >= _MIN_SIMILARITY * (1 - scale.start)
    return (int(row), int(column)) if is_alike else None


def say_the_same(one: str, other: str, finder: PhraseFinder) -> bool:
    """Whether two similar sentences say the same thing in words of their own.

    They do not if they are equal, or differ in general words and numbers alone ("the first of three posts"), or if they
    are a template that is filled in twice ("Release 1.2 mends the editor", "Release 1.3 mends the parser").
    """
    mine, yours = finder.words(one), finder.words(other)
    shared = mine.keys() & yours.keys()
    my_own = {stem for stem in mine.keys() - shared if mine[stem]}
    your_own = {stem for stem in yours.keys() - shared if yours[stem]}
    is_about_the_same = sum(mine[stem] for stem in shared) >= _MIN_SHARED
    if not is_about_the_same or len(shared) < _MIN_EQUAL * min(len(mine), len(yours)) or not (my_own or your_own):
        return False
    is_template = my_own and your_own and len(shared) >= _MAX_EQUAL * len(mine.keys() | yours.keys())
    return not is_template


def shortened(sentence: str) -> str:
    """Return a sentence on one line, without Markdown, cut to ``_MAX_CHARACTERS`` at a space where there is one."""
    line = " ".join(_MARKUP.sub(" ", " ".join(sentence.split())).split())
    if len(line) <= _MAX_CHARACTERS:
        return line
    cut = line[:_MAX_CHARACTERS]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[_MAX_CHARACTERS // 2 :] else cut[:-1]}…"
