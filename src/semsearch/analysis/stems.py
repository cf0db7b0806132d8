"""Terms of words: stemmed by language, accents folded, stop words dropped."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import tantivy

from semsearch.analysis.bounded_memo import BoundedMemo
from semsearch.analysis.compounds import NO_COMPOUNDS, Compounds
from semsearch.analysis.stop_words import STOP_WORDS
from semsearch.analysis.words import (
    MAX_PIECE_CHARACTERS,
    Piece,
    forms,
    has_case_change,
    lower,
    pieces,
    tokens,
    with_joined_digits,
)

T = TypeVar("T")

ENGLISH = "en"
"""The language assumed for texts without one."""
_STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
_WITHOUT_STOP_WORDS = ("ar", "el", "ro", "ta", "tr")
"""Languages for which tantivy has a stemmer but no stop words."""
_PUNCTUATION = ".,;:!?()[]{}\"'“”’…*"
"""Characters around a word that are not part of it."""
_MEMO_WORDS = 100_000
"""Words memoised with their terms, for each language. Bounded, since queries may contain any number of new words."""
_MARKS = re.compile("[\u0300-\u036f]+")
"""Combining accents. Tantivy folds only precomposed letters."""
_MAX_CHUNK_CHARACTERS = 32
"""Longer chunks are not memoised: they seldom recur."""
_MIN_SHOUTED_LETTERS = 5
"""A stop word in capitals beside a word in capitals of this length is no acronym, but part of a text in capitals."""


class Word(NamedTuple):
    """A word of a text with its term. Joined words (``node.js``) occur as a whole and as each part."""

    term: str
    """Lower case; of an acronym that is spelt like a stop word (``WHO``), upper case."""
    start: int
    end: int
    """``text[start:end]`` is the word as written; offsets in code points."""


def language_code(language: str | None) -> str:
    """Return the primary language of a BCP 47 tag, in lower case; ``en`` for None."""
    return language.split("-")[0].lower() if language else ENGLISH


def _filter_chain(filters: Iterable[tantivy.Filter]) -> Callable[[str], str]:
    """Return a function that applies tantivy filters to a word in lower case; it returns "" for a dropped word."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    for word_filter in filters:
        builder = builder.filter(word_filter)
    analyze = builder.build().analyze
    return lambda word: "".join(analyze(_MARKS.sub("", word)))


@functools.cache
def _stemmer(language: str) -> Callable[[str], str]:
    """Return a function from words in lower case to terms of a language; it returns "" for a stop word."""
    stop, stem = tantivy.Filter.stopword, tantivy.Filter.stemmer
    filters = [tantivy.Filter.ascii_fold()]
    if language in _STEMMERS:
        filters.append(stem(_STEMMERS[language]))
    if language == ENGLISH:
        filters.insert(0, tantivy.Filter.custom_stopword(STOP_WORDS))
    elif language in _STEMMERS and language not in _WITHOUT_STOP_WORDS:
        filters.insert(0, stop(_STEMMERS[language]))
    return _filter_chain(filters)


@functools.cache
def _without_accents() -> Callable[[str], str]:
    """Return a function that removes the accents of a word in lower case."""
    return _filter_chain([tantivy.Filter.ascii_fold()])


UNBOUNDED = sys.maxsize
"""Memoise every word."""


class Forms(NamedTuple):
    """The words of a text as written, in lower case and without accents."""

    sequence: tuple[str, ...]
    """Those that follow each other; phrases consist of them."""
    others: tuple[tuple[str, ...], ...]
    """For each token that has some: its parts, or its whole, by which a single word is found as well."""


class LanguageAnalyzer:
    """Turns texts of one language into terms. Thread-safe.

    A chunk is a run of characters between white space. Its words and terms are memoised, since most chunks recur.
    """

    def __init__(self, code: str, fold: Callable[[str], str], max_words: int, compounds: Compounds) -> None:
        self._fold = fold
        self._parts_of = compounds.get(code, {})
        self.stems = BoundedMemo(_stemmer(code), max_words)
        """The term of a word in lower case; "" for a stop word."""
        self._chunk_terms = BoundedMemo(self._terms_of_chunk, max_words, _MAX_CHUNK_CHARACTERS)
        self._indexed_chunk_terms = BoundedMemo(self._indexed_terms_of_chunk, max_words, _MAX_CHUNK_CHARACTERS)
        self._chunk_words = BoundedMemo(self._words_of_chunk, max_words, _MAX_CHUNK_CHARACTERS)

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text in order, with repetitions."""
        return self._terms(text, self._chunk_terms)

    def indexed_terms(self, text: str) -> list[str]:
        """Return the terms by which a text is found: also each character of scripts without spaces."""
        return self._terms(text, self._indexed_chunk_terms)

    def _terms(self, text: str, chunk_terms: Mapping[str, tuple[str, ...]]) -> list[str]:
        chunks = with_joined_digits(text).split()
        found = [term for chunk in chunks for term in chunk_terms[chunk]]
        if any(map(str.isupper, found)):
            return [
                term
                for place, chunk in enumerate(chunks)
                for term in chunk_terms[chunk]
                if not (term.isupper() and self._is_in_capitals(chunks, place))
            ]
        return found

    def words(self, text: str) -> list[Word]:
        """Return the words of a text except stop words, by start, and the longest first among those of one start."""
        return list(self._located_terms(text, with_singles=True))

    def _located_terms(self, text: str, *, with_singles: bool) -> Iterator[Word]:
        for token in tokens(text):
            for piece in pieces(token.text):
                if with_singles or not piece.is_single:
                    for term, start, end in self._piece_terms(piece, token.text):
                        yield Word(term, token.start + start, token.start + end)

    def matching(self, text: str, wanted: Collection[str]) -> list[Word]:
        """Return the words of a text whose term is in ``wanted``, by start. Skips chunks without such a term."""
        text = with_joined_digits(text)
        chunks = text.split()
        skipped = list(map(frozenset(wanted).isdisjoint, map(self._indexed_chunk_terms.__getitem__, chunks)))
        found: list[Word] = []
        if all(skipped):
            return found
        end = 0
        for chunk, is_skipped in zip(chunks, skipped, strict=True):
            start = text.find(chunk, end)
            end = start + len(chunk)
            if not is_skipped:
                found += [
                    Word(term, start + word_start, start + word_end)
                    for term, word_start, word_end in self._chunk_words[chunk]
                    if term in wanted
                ]
        return found

    def acronym(self, word: str, before: str = "", after: str = "") -> str | None:
        """Return the term of a stop word in capitals, such as WHO; None if it is none, or if the text is in capitals.

        ``before`` and ``after``: the words beside it, as written.
        """
        word = word.replace(".", "")
        if len(word) > 1 and word.isupper() and not self.stems[lower(word)]:
            is_shouted = self._is_shouted(before) or self._is_shouted(after)
            return None if is_shouted else word
        return None

    def _is_shouted(self, word: str) -> bool:
        word = word.strip(_PUNCTUATION)
        return word.isupper() and (len(word) >= _MIN_SHOUTED_LETTERS or (len(word) > 1 and not self.stems[lower(word)]))

    def _is_in_capitals(self, chunks: Sequence[str], place: int) -> bool:
        """Whether a chunk in capitals is part of a text in capitals."""
        return any(map(self._is_shouted, (*chunks[max(place - 1, 0) : place], *chunks[place + 1 : place + 2])))

    def _words_of_chunk(self, chunk: str) -> tuple[tuple[str, int, int], ...]:
        """Return the words of a chunk as plain tuples, which the garbage collector does not track."""
        return tuple((word.term, word.start, word.end) for word in self.words(chunk))

    def _terms_of_chunk(self, chunk: str) -> tuple[str, ...]:
        """Return the terms of a chunk as written: those of :meth:`words`, by a shortcut for plain ASCII words."""
        plain = chunk.strip(_PUNCTUATION)
        is_plain = plain.isascii() and len(plain) <= MAX_PIECE_CHARACTERS and not chunk.startswith(".")  # as in .NET
        if is_plain and not self._parts_of and not has_case_change(plain):
            word = plain.lower()
            if word.isalnum():
                term = self.stems[word] or self.acronym(plain)
                return (term,) if term else ()
            parts = word.split("-")
            joined = "".join(parts)
            if all(parts) and joined.isalnum() and not joined.isdigit():
                is_code = any(part.isdigit() for part in parts)
                whole = joined if is_code else self.stems[joined]
                return tuple(filter(None, (whole, *[self.stems[part] for part in parts])))
        return tuple(term for term, _, _ in self._located_terms(chunk, with_singles=False))

    def _indexed_terms_of_chunk(self, chunk: str) -> tuple[str, ...]:
        return self._chunk_terms[chunk] if chunk.isascii() else tuple(word.term for word in self.words(chunk))

    def _piece_terms(self, piece: Piece, token: str) -> Iterator[tuple[str, int, int]]:
        """Yield the terms of a piece of a token with their ranges: its own, and those of the parts of a compound."""
        if piece.is_verbatim:
            yield self._fold(piece.text), piece.start, piece.end
        elif term := self.stems[piece.text] or self.acronym(token[piece.start : piece.end]):
            yield term, piece.start, piece.end
            for part, start, end in self._parts_of.get(piece.text, ()):
                if part_term := self.stems[part]:
                    yield part_term, piece.start + start, piece.start + end


class Analyzer:
    """Turns texts into terms, by language. Thread-safe."""

    def __init__(self, max_words: int = _MEMO_WORDS, compounds: Compounds = NO_COMPOUNDS) -> None:
        """``max_words``: how many words to memoise for each language. ``compounds``: the compounds that are found by
        their parts."""
        self._max_words, self.compounds = max_words, compounds
        self._languages: dict[str, LanguageAnalyzer] = {}
        self._folded = BoundedMemo(_without_accents(), max_words)
        self._chunk_forms = BoundedMemo(self._forms_of_chunk, max_words, _MAX_CHUNK_CHARACTERS)

    def for_language(self, language: str | None = None) -> LanguageAnalyzer:
        """Return the analyzer of a language, given as a BCP 47 tag; that of English for None."""
        code = language_code(language)
        if (analyzer := self._languages.get(code)) is None:
            analyzer = LanguageAnalyzer(code, self.fold, self._max_words, self.compounds)
            analyzer = self._languages.setdefault(code, analyzer)
        return analyzer

    def terms(self, text: str, language: str | None = None) -> list[str]:
        """Return the terms of a text in order, with repetitions."""
        return self.for_language(language).terms(text)

    def forms(self, text: str) -> Forms:
        """Return the words of a text as written."""
        sequence: list[str] = []
        others: list[tuple[str, ...]] = []
        for chunk in with_joined_digits(text).split():
            chunk_sequence, chunk_others = self._chunk_forms[chunk]
            sequence += chunk_sequence
            others += chunk_others
        return Forms(tuple(sequence), tuple(others))

    def all_forms(self, text: str) -> list[str]:
        """Return the words of a text as written: those that follow each other, and the others."""
        sequence, others = self.forms(text)
        return [*sequence, *(form for forms_ in others for form in forms_)]

    def _forms_of_chunk(self, chunk: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        plain = chunk.strip(_PUNCTUATION)
        if plain.isascii() and plain.isalnum() and not has_case_change(plain) and not chunk.startswith("."):
            return ((plain.lower(),), ()) if len(plain) <= MAX_PIECE_CHARACTERS else ((), ())
        found = [forms(token.text) for token in tokens(chunk)]
        sequence = tuple(self.fold(piece.text) for pieces_, _ in found for piece in pieces_)
        return sequence, tuple(tuple(self.fold(piece.text) for piece in others) for _, others in found if others)

    def phrases_in(self, text: str, phrases: Collection[tuple[str, ...]]) -> list[Word]:
        """Return where some phrases occur in a text, by start. ``phrases``: words as written, at least one each."""
        found = [(token, piece) for token in tokens(text) for piece in forms(token.text)[0]]
        words = tuple(self.fold(piece.text) for _, piece in found)
        return [
            Word(" ".join(phrase), first.start + piece.start, last.start + last_piece.end)
            for place, (first, piece) in enumerate(found)
            for phrase in phrases
            if words[place : place + len(phrase)] == phrase
            for last, last_piece in (found[place + len(phrase) - 1],)
        ]

    def fold(self, word: str) -> str:
        """Return a word, given in lower case, without accents."""
        return word if word.isascii() else self._folded[word]

    def memoised_words(self) -> Iterator[str]:
        """Yield the words memoised so far, without accents; all words analysed so far, if the memo is unbounded."""
        return (self.fold(word) for analyzer in self._languages.values() for word in analyzer.stems)

    def variants(
        self, word: str, languages: Sequence[str], *, written: str = "", before: str = "", after: str = ""
    ) -> tuple[str, ...]:
        """Return the distinct terms of a word in those of several languages in which it is no stop word.

        ``word``: in lower case, without joining signs, as a piece of a token has it. ``written``: the same as written,
        since capitals may be those of an acronym that is spelt like a stop word (WHO). ``before`` and ``after``: the
        words beside it.
        """
        analyzers = [self.for_language(language) for language in languages]
        terms = (analyzer.stems[word] or analyzer.acronym(written, before, after) for analyzer in analyzers)
        return tuple(dict.fromkeys(filter(None, terms)))
