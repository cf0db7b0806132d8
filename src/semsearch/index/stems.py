"""Which term stands for a word? Stems by language, accents folded, words that say nothing left out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TypeVar

import tantivy

from semsearch.index.stop_words import STOP_WORDS
from semsearch.index.words import MAX_PIECE_CHARACTERS, lower, pieces, tokens

T = TypeVar("T")

ENGLISH = "en"
"""What a text is taken for that does not say its language."""
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
"""Languages for which tantivy has a stemmer and no list."""
_PUNCTUATION = ".,;:!?()[]{}\"'“”’…*"
"""What may stand around a word in a text and makes it no other word."""
_REMEMBERED = 100_000
"""Words that are remembered with their terms, of each language: whoever asks could make up ever new ones."""
_CHUNK = re.compile(r"\S+")
_MARKS = re.compile("[\u0300-\u036f]+")
"""Accents that stand behind their letter, where no letter has them; tantivy folds those that are part of one."""
_MAX_CHUNK = 32
"""Characters of what is remembered with its terms: what is longer hardly comes again."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, as it is searched. Joined words (``node.js``) are there as a whole and one by one."""

    term: str
    start: int
    end: int
    """``text[start:end]`` is the word as it is written; code points."""


def code_of(language: str | None) -> str:
    """The language of a BCP 47 tag, without region and script; English where there is none."""
    return language.split("-")[0].lower() if language else ENGLISH


class _Known(dict[str, str]):
    """What a chain of tantivy's filters makes of each word in lower case; filled as it is asked."""

    def __init__(self, most: int, filters: Sequence[tantivy.Filter]) -> None:
        super().__init__()
        self._most = most
        builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
        for each in filters:
            builder = builder.filter(each)
        self._analyzer = builder.build()

    def __missing__(self, word: str) -> str:
        if len(self) >= self._most:
            self.clear()
        made = self[word] = "".join(self._analyzer.analyze(_MARKS.sub("", word)))
        return made


def _stems(language: str, most: int) -> _Known:
    """The term of each word in a language; "" for words that say nothing."""
    stop, stem = tantivy.Filter.stopword, tantivy.Filter.stemmer
    filters = [tantivy.Filter.ascii_fold()]
    if language in _STEMMERS:
        filters.append(stem(_STEMMERS[language]))
    if language == ENGLISH:
        filters.insert(0, tantivy.Filter.custom_stopword(STOP_WORDS))
    elif language in _STEMMERS and language not in _WITHOUT_STOP_WORDS:
        filters.insert(0, stop(_STEMMERS[language]))
    return _Known(most, filters)


class _Chunks(dict[str, T]):
    """What is made of what stands between two white spaces, in one language: most of it comes again and again."""

    def __init__(self, make: Callable[[str, str], T], language: str, most: int) -> None:
        super().__init__()
        self._make, self._language, self._most = make, language, most

    def __missing__(self, chunk: str) -> T:
        made = self._make(chunk, self._language)
        if len(chunk) <= _MAX_CHUNK:
            if len(self) >= self._most:
                self.clear()
            self[chunk] = made
        return made


ALL = sys.maxsize
"""Remember every word."""


class Analyzer:
    """Texts into terms, by language. May be used from many threads."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        """``most``: words that are remembered, of each language."""
        self._most = most
        self._stems: dict[str, _Known] = {}
        self._terms: dict[str, _Chunks[tuple[str, ...]]] = {}
        self._words: dict[str, _Chunks[list[Word]]] = {}
        self._folded = _Known(most, [tantivy.Filter.ascii_fold()])

    def terms(self, text: str, language: str | None = None) -> list[str]:
        """The terms of a text, in order, one for each time."""
        known = self._remembered(self._terms, self.chunk_terms, language)
        return [term for chunk in lower(text).split() for term in known[chunk]]

    def _remembered(
        self, known: dict[str, _Chunks[T]], make: Callable[[str, str], T], language: str | None
    ) -> _Chunks[T]:
        code = code_of(language)
        if code not in known:
            known[code] = _Chunks(make, code, self._most)
        return known[code]

    def words(self, text: str, language: str | None = None) -> list[Word]:
        """The words of a text that have terms, with their places."""
        code = code_of(language)
        return [
            Word(term, token.start + piece.start, token.start + piece.end)
            for token in tokens(text)
            for piece in pieces(token.text)
            if (term := self.fold(piece.text) if piece.whole else self.stem(piece.text, code))
        ]

    def matching(self, text: str, wanted: Collection[str], language: str | None = None) -> list[Word]:
        """The words of a text whose term is wanted, by where they begin. Most of a text is passed over quickly."""
        terms = self._remembered(self._terms, self.chunk_terms, language)
        disjoint = frozenset(wanted).isdisjoint
        hits = [not disjoint(terms[chunk]) for chunk in lower(text).split()]
        if not any(hits):
            return []
        words = self._remembered(self._words, self.words, language)
        found = []
        for chunk in compress(_CHUNK.finditer(text), hits):
            start = chunk.start()
            found += [
                Word(word.term, start + word.start, start + word.end) for word in words[chunk[0]] if word.term in wanted
            ]
        return sorted(found, key=lambda word: (word.start, -word.end))

    def chunk_terms(self, chunk: str, language: str) -> tuple[str, ...]:
        """The terms of a text without white space, in lower case: those of its words, found faster if it is plain."""
        plain = chunk.strip(_PUNCTUATION)
        if plain.isascii() and len(plain) <= MAX_PIECE_CHARACTERS and not chunk.startswith("."):  # .NET is no net
            if plain.isalnum():
                term = self.stem(plain, language)
                return (term,) if term else ()
            parts = plain.split("-")
            joined = "".join(parts)
            if all(parts) and joined.isalnum() and not joined.isdigit():
                coded = any(part.isdigit() for part in parts)
                whole = joined if coded else self.stem(joined, language)
                return tuple(filter(None, (whole, *[self.stem(part, language) for part in parts])))
        return tuple(word.term for word in self.words(chunk, language))

    def fold(self, word: str) -> str:
        """A word in lower case without its accents."""
        return word if word.isascii() else self._folded[word]

    def stem(self, word: str, language: str) -> str:
        """The term of a word in lower case; "" where it is a stop word."""
        stems = self._stems.get(language)
        if stems is None:
            stems = self._stems[language] = _stems(language, self._most)
        return stems[word]

    def known(self) -> Iterator[str]:
        """The words seen so far and remembered, without their accents."""
        return (self.fold(word) for stems in self._stems.values() for word in stems)

    def variants(self, word: str, languages: Sequence[str], main: Sequence[str]) -> tuple[str, ...]:
        """The distinct terms of a word in several languages; none where it is a stop word of one of the ``main``."""
        stems = {language: self.stem(word, language) for language in dict.fromkeys((*main, *languages))}
        if not all(stems[language] for language in main):
            return ()
        return tuple(dict.fromkeys(term for term in stems.values() if term))
