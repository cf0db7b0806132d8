"""Terms of words: stemmed by language, accents folded, stop words dropped."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import tantivy

from semsearch.analysis.bounded_memo import BoundedMemo
from semsearch.analysis.stop_words import STOP_WORDS
from semsearch.analysis.words import MAX_PIECE_CHARACTERS, lower, pieces, tokens

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


class Word(NamedTuple):
    """A word of a text with its term. Joined words (``node.js``) occur as a whole and as each part."""

    term: str
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


class LanguageAnalyzer:
    """Turns texts of one language into terms. Thread-safe.

    A chunk is a run of characters between white space. Its words and terms are memoised, since most chunks recur.
    """

    def __init__(self, code: str, fold: Callable[[str], str], max_words: int) -> None:
        self._fold = fold
        self.stems = BoundedMemo(_stemmer(code), max_words)
        """The term of a word in lower case; "" for a stop word."""
        self._chunk_terms = BoundedMemo(self._terms_of_chunk, max_words, _MAX_CHUNK_CHARACTERS)
        self._chunk_words = BoundedMemo(self._words_of_chunk, max_words, _MAX_CHUNK_CHARACTERS)

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text in order, with repetitions."""
        chunk_terms = self._chunk_terms
        return [term for chunk in lower(text).split() for term in chunk_terms[chunk]]

    def words(self, text: str) -> list[Word]:
        """Return the words of a text except stop words, by start, and the longest first among those of one start."""
        return [
            Word(term, token.start + piece.start, token.start + piece.end)
            for token in tokens(text)
            for piece in pieces(token.text)
            if (term := self._fold(piece.text) if piece.is_verbatim else self.stems[piece.text])
        ]

    def matching(self, text: str, wanted: Collection[str]) -> list[Word]:
        """Return the words of a text whose term is in ``wanted``, by start. Skips chunks without such a term."""
        lowered = lower(text)
        chunks = lowered.split()
        skipped = list(map(frozenset(wanted).isdisjoint, map(self._chunk_terms.__getitem__, chunks)))
        found: list[Word] = []
        if all(skipped):
            return found
        end = 0
        for chunk, is_skipped in zip(chunks, skipped, strict=True):
            start = lowered.find(chunk, end)
            end = start + len(chunk)
            if not is_skipped:
                found += [
                    Word(term, start + word_start, start + word_end)
                    for term, word_start, word_end in self._chunk_words[text[start:end]]
                    if term in wanted
                ]
        return found

    def _words_of_chunk(self, chunk: str) -> tuple[tuple[str, int, int], ...]:
        """Return the words of a chunk as plain tuples, which the garbage collector does not track."""
        return tuple((word.term, word.start, word.end) for word in self.words(chunk))

    def _terms_of_chunk(self, chunk: str) -> tuple[str, ...]:
        """Return the terms of a chunk in lower case: those of :meth:`words`, by a shortcut for plain ASCII words."""
        plain = chunk.strip(_PUNCTUATION)
        if plain.isascii() and len(plain) <= MAX_PIECE_CHARACTERS and not chunk.startswith("."):  # .NET is not "net"
            if plain.isalnum():
                term = self.stems[plain]
                return (term,) if term else ()
            parts = plain.split("-")
            joined = "".join(parts)
            if all(parts) and joined.isalnum() and not joined.isdigit():
                is_code = any(part.isdigit() for part in parts)
                whole = joined if is_code else self.stems[joined]
                return tuple(filter(None, (whole, *[self.stems[part] for part in parts])))
        return tuple(word.term for word in self.words(chunk))


class Analyzer:
    """Turns texts into terms, by language. Thread-safe."""

    def __init__(self, max_words: int = _MEMO_WORDS) -> None:
        """``max_words``: how many words to memoise for each language."""
        self._max_words = max_words
        self._languages: dict[str, LanguageAnalyzer] = {}
        self._folded = BoundedMemo(_without_accents(), max_words)

    def for_language(self, language: str | None = None) -> LanguageAnalyzer:
        """Return the analyzer of a language, given as a BCP 47 tag; that of English for None."""
        code = language_code(language)
        if (analyzer := self._languages.get(code)) is None:
            analyzer = self._languages.setdefault(code, LanguageAnalyzer(code, self.fold, self._max_words))
        return analyzer

    def terms(self, text: str, language: str | None = None) -> list[str]:
        """Return the terms of a text in order, with repetitions."""
        return self.for_language(language).terms(text)

    def fold(self, word: str) -> str:
        """Return a word, given in lower case, without accents."""
        return word if word.isascii() else self._folded[word]

    def memoised_words(self) -> Iterator[str]:
        """Yield the words memoised so far, without accents; all words analysed so far, if the memo is unbounded."""
        return (self.fold(word) for analyzer in self._languages.values() for word in analyzer.stems)

    def variants(self, word: str, languages: Sequence[str], main: Sequence[str]) -> tuple[str, ...]:
        """Return the distinct terms of a word in several languages; none if it is a stop word in one of ``main``."""
        stems = {language: self.for_language(language).stems[word] for language in dict.fromkeys((*main, *languages))}
        if not all(stems[language] for language in main):
            return ()
        return tuple(dict.fromkeys(term for term in stems.values() if term))
