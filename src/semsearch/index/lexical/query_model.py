"""Lexical queries as data: words, phrases and conditions; and the contribution of a word to a score."""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.index.filters import NO_FILTER, Filter

Phrase = tuple[tuple[str, ...], ...]
"""A phrase: for each language of the index, the sequence of its terms. A post matches if it contains any of them."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word or phrase that is searched in place of a word of a query: a synonym."""

    text: str
    phrase: Phrase
    weight: float
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
    """Less than 1 if the word was misspelt and the terms are those of the correction."""
    alternatives: tuple[Alternative, ...] = ()
    """What is searched in its place. The best of the word and its alternatives counts, so a post with several of them
    gains nothing by that."""


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
