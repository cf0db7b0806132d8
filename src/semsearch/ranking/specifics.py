"""What is specific in a query: names and numbers that a post must have to be a sure answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex

from semsearch.analysis.stems import Analyzer
from semsearch.analysis.words import Token, has_case_change, lower, tokens
from semsearch.index.lexical.query_model import Phrase
from semsearch.ranking.spellings import IsForm, apart, joined
from semsearch.ranking.syntax import ParsedQuery

_CODE = regex.compile(r"[\w)][.&@_]+\w|::|\+\+$|#$|^\.\w", regex.VERSION1)
"""Signs that make a word an identifier: node.js, AT&T, snake_case, std::move, C++, C#, .NET."""
_MAY_HAVE_IDENTIFIERS = regex.compile(r"\d|\w\p{Lu}|[.&@_]\w|::|\+\+|\#", regex.VERSION1)
"""Most queries have none, which this tells without splitting them into tokens."""
_VERSION = regex.compile(r"[vV](?P<number>\d+(?:\.\d+)+)")
_NUMBERING = frozenset(("no", "nr"))
"""Stop words, or too short for a word, that a number follows as a name: Symphony No. 9."""
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


def specifics(
    query: ParsedQuery, analyzer: Analyzer, is_form: IsForm, is_author: Callable[[Phrase], bool]
) -> tuple[Specific, ...]:
    """Return what is specific in a query, each once: quoted phrases, words with digits or signs, the name of an author.

    A small number is specific only after a word with a meaning, as in "Windows 12"; "10 ways to save" counts something.
    ``is_form``: whether any post has a word as written. ``is_author``: whether any post has an author of this name.
    """
    quoted = list(_quoted(query, analyzer))
    in_quotes = {form for specific in quoted for phrase in specific.phrases for form in phrase}
    identifiers = _identifiers(query, analyzer, is_form)
    found = [*quoted, *(specific for specific in identifiers if not in_quotes.issuperset(specific.phrases[0]))]
    if len(name := analyzer.forms(query.text).sequence) > 1 and is_author(name):
        found.append(Specific(query.text, (name,)))
    return tuple({specific.phrases: specific for specific in found}.values())


def _quoted(query: ParsedQuery, analyzer: Analyzer) -> Iterator[Specific]:
    for text in query.phrases:
        if phrase := analyzer.forms(text).sequence:
            yield Specific(text, (phrase,))


def _identifiers(query: ParsedQuery, analyzer: Analyzer, is_form: IsForm) -> Iterator[Specific]:
    found = list(tokens(query.text)) if _MAY_HAVE_IDENTIFIERS.search(query.text) else []
    for place, token in enumerate(found):
        if _is_specific(token, found[place - 1] if place else None, analyzer):
            sequence, others = analyzer.forms(token.text)
            parts = tuple(form for forms in others for form in forms if form.isalnum()) if "." not in token.text else ()
            phrases = [sequence, parts, *_spelt_otherwise(query.text, found, place, sequence, analyzer, is_form)]
            if ways := tuple(dict.fromkeys(filter(None, phrases))):
                yield Specific(token.text, ways, _year(token.text))


def _spelt_otherwise(
    text: str, found: Sequence[Token], place: int, sequence: Phrase, analyzer: Analyzer, is_form: IsForm
) -> Iterator[Phrase]:
    """Yield the other ways of posts to write a token: joined with the words beside it, apart, or without a v."""
    for word in map(analyzer.fold, joined(text, found, place)):
        yield (word,) if is_form(word) else apart(word, is_form) if word.isdecimal() else ()
    if len(sequence) == 1 and not is_form(sequence[0]):
        yield apart(sequence[0], is_form)
    if version := _VERSION.fullmatch(found[place].text):
        yield (version["number"],)


def _is_specific(token: Token, before: Token | None, analyzer: Analyzer) -> bool:
    text = token.text
    if text.isdecimal() and int(text) <= _MAX_COUNT:
        return before is not None and _may_be_numbered(before, analyzer)
    return any(map(str.isdecimal, text)) or has_case_change(text) or _CODE.search(text) is not None


def _may_be_numbered(word: Token, analyzer: Analyzer) -> bool:
    is_numbering = lower(word.text) in _NUMBERING
    return is_numbering or (bool(analyzer.terms(word.text)) and not word.text.isdecimal())


def _year(text: str) -> int | None:
    return int(text) if regex.fullmatch(r"(?:19|20)\d\d", text) else None
