"""What is asked of the words of posts? A word, a phrase or a condition; and what a word adds to the score of a post."""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.index.filters import NO_FILTER, Filter


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word that is looked for."""

    text: str
    """As it was typed, in lower case."""
    terms: tuple[str, ...]
    """What it is found by, in one language or another: the one that counts most counts."""
    count: int = 1
    """How often it stands in the question."""
    weight: float = 1.0
    """Less than 1 where the terms are those of other words, taken to be what was meant."""


Phrase = tuple[tuple[str, ...], ...]
"""Terms that stand side by side; in each language of the index, any of which will do."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a post must be, and what must be in it or not, whatever its score."""

    filter: Filter = NO_FILTER
    required: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()


NO_CONDITION = Condition()


@dataclass(frozen=True, slots=True)
class WordShare:
    """What a word adds to the BM25 of a post, by one of the fields it stands in."""

    word: str
    """As it was typed."""
    term: str
    """As it was found."""
    field: str
    """``title``, ``tags``, ``teaser``, ``authors`` or ``body``."""
    frequency: int
    """How often it is there."""
    bm25: float
