"""Lexical queries as data: words, phrases and conditions; and the contribution of a word to a score."""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.index.filters import NO_FILTER, Filter

Phrase = tuple[str, ...]
"""The words of a phrase as written, in lower case and without accents; at least one."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word or phrase that is searched in place of a word of a query: a synonym."""

    text: str
    sequences: tuple[tuple[str, ...], ...]
    """What is searched; the best counts. A sequence of one is a term, one of several is a :data:`Phrase`."""
    terms: tuple[str, ...]
    """The terms of all its words, which are highlighted."""
    weight: float = 1.0
    """The share of its score that counts, above 0 and at most 1."""


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word of a query."""

    text: str
    """The word as typed, lowercased."""
    terms: tuple[str, ...]
    """The terms of the word in the languages of the index; the one with the best score counts. Empty if only its
    alternatives are searched."""
    count: int = 1
    """How often it occurs in the query."""
    weight: float = 1.0
    """Less than 1 if the word is a stop word in some of the languages."""
    certainty: float = 1.0
    """Less than 1 if the word was misspelt and the terms are those of the correction."""
    is_form: bool = False
    """Whether the terms are words as written: those of a query that consists of stop words."""
    alternatives: tuple[Alternative, ...] = ()
    """What is searched in its place. The best of the word and its alternatives counts, so a post with several of them
    gains nothing by that."""

    @property
    def factor(self) -> float:
        """What the score of the terms is multiplied by."""
        return self.count * self.weight * self.certainty


@dataclass(frozen=True, slots=True)
class Condition:
    """What a post must satisfy to match, whatever its score."""

    filter: Filter = NO_FILTER
    required: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()


NO_CONDITION = Condition()


@dataclass(frozen=True, slots=True)
class WordContribution:
    """What a word contributes to the BM25 score of a post, through one of the fields it occurs in."""

    word: str
    """As typed."""
    term: str
    """As found in the post."""
    field: str
    """``title``, ``tags``, ``teaser``, ``authors`` or ``body``."""
    frequency: int
    """How often the term occurs in the field."""
    bm25: float
    """What the word adds to the BM25 of the post."""
