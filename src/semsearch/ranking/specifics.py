"""What is specific in a query: names and numbers that a post must have to be a sure answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import regex

from semsearch.analysis.stems import Analyzer
from semsearch.analysis.words import Token, has_case_change, tokens
from semsearch.index.lexical.query_model import Phrase
from semsearch.ranking.syntax import ParsedQuery

_CODE = regex.compile(r"[\w)][.&@_]+\w|::|\+\+$|#$|^\.\w", regex.VERSION1)
"""Signs that make a word an identifier: node.js, AT&T, snake_case, std::move, C++, C#, .NET."""
_MAX_COUNT = 99
"""A number up to this one often counts something: it is specific only after a word that it may belong to."""


@dataclass(frozen=True, slots=True)
class Specific:
    """A part of a query that names one thing: a quoted phrase, an identifier, a version or a number."""

    text: str
    """As typed."""
    phrases: tuple[Phrase, ...]
    """The ways to write it; a post has it if it has one of them."""
    year: int | None = None
    """The year it may be, which the posts of that year have as well."""


def specifics(query: ParsedQuery, analyzer: Analyzer) -> tuple[Specific, ...]:
    """Return what is specific in a query, each once: quoted phrases, and words with digits or signs.

    A small number is specific only after a word with a meaning, as in "Windows 12"; "10 ways to save" counts something.
    """
    found = [*_quoted(query, analyzer), *_identifiers(query, analyzer)]
    return tuple({specific.phrases: specific for specific in found}.values())


def _quoted(query: ParsedQuery, analyzer: Analyzer) -> Iterator[Specific]:
    for text in query.phrases:
        if phrase := analyzer.forms(text).sequence:
            yield Specific(text, (phrase,))


def _identifiers(query: ParsedQuery, analyzer: Analyzer) -> Iterator[Specific]:
    found = list(tokens(query.text))
    for before, token in pairwise([None, *found]):
        if token is not None and _is_specific(token, before, analyzer):
            sequence, others = analyzer.forms(token.text)
            parts = tuple(form for forms in others for form in forms if form.isalnum()) if "." not in token.text else ()
            if phrases := tuple(filter(None, (sequence, parts))):
                yield Specific(token.text, phrases, _year(token.text))


def _is_specific(token: Token, before: Token | None, analyzer: Analyzer) -> bool:
    text = token.text
    if text.isdigit() and int(text) <= _MAX_COUNT:
        return before is not None and bool(analyzer.terms(before.text)) and not before.text.isdigit()
    return any(map(str.isdigit, text)) or has_case_change(text) or _CODE.search(text) is not None


def _year(text: str) -> int | None:
    return int(text) if regex.fullmatch(r"(?:19|20)\d\d", text) else None
