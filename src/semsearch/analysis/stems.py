"""Which term stands for a word? Stems by language, accents folded, words that say nothing left out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import tantivy

from semsearch.analysis.bounded_memo import Remembered
from semsearch.analysis.stop_words import STOP_WORDS
from semsearch.analysis.words import MAX_PIECE_CHARACTERS, lower, pieces, tokens

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
_MARKS = re.compile("[\u0300-\u036f]+")
"""Accents that stand behind their letter, where no letter has them; tantivy folds those that are part of one."""
_MAX_CHUNK = 32
"""Characters of what is remembered with its terms: what is longer hardly comes again."""


class Word(NamedTuple):
    """A word of a text, as it is searched. Joined words (``node.js``) are there as a whole and one by one."""

    term: str
    start: int
    end: int
    """``text[start:end]`` is the word as it is written; code points."""


def code_of(language: str | None) -> str:
    """The language of a BCP 47 tag, without region and script; English where there is none."""
    return language.split("-")[0].lower() if language else ENGLISH


def _filtered(filters: Iterable[tantivy.Filter]) -> Callable[[str], str]:
    """What a chain of tantivy's filters makes of a word in lower case; "" where they leave it out."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    for each in filters:
        builder = builder.filter(each)
    analyze = builder.build().analyze
    return lambda word: "".join(analyze(_MARKS.sub("", word)))


def _stemmed(language: str) -> Callable[[str], str]:
    """The term of each word in a language; "" for words that say nothing."""
    stop, stem = tantivy.Filter.stopword, tantivy.Filter.stemmer
    filters = [tantivy.Filter.ascii_fold()]
    if language in _STEMMERS:
        filters.append(stem(_STEMMERS[language]))
    if language == ENGLISH:
        filters.insert(0, tantivy.Filter.custom_stopword(STOP_WORDS))
    elif language in _STEMMERS and language not in _WITHOUT_STOP_WORDS:
        filters.insert(0, stop(_STEMMERS[language]))
    return _filtered(filters)


ALL = sys.maxsize
"""Remember every word."""


class Reader:
    """Texts of one language into terms."""

    def __init__(self, code: str, fold: Callable[[str], str], most: int) -> None:
        self._fold = fold
        self.stems = Remembered(_stemmed(code), most)
        """The term of a word in lower case; "" where it is a stop word."""
        self._terms = Remembered(self._chunk_terms, most, _MAX_CHUNK)
        self._words = Remembered(self._chunk_words, most, _MAX_CHUNK)

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in order, one for each time."""
        known = self._terms
        return [term for chunk in lower(text).split() for term in known[chunk]]

    def words(self, text: str) -> list[Word]:
        """The words of a text that have terms, by where they begin; of those that begin together, the longest first."""
        return [
            Word(term, token.start + piece.start, token.start + piece.end)
            for token in tokens(text)
            for piece in pieces(token.text)
            if (term := self._fold(piece.text) if piece.whole else self.stems[piece.text])
        ]

    def matching(self, text: str, wanted: Collection[str]) -> list[Word]:
        """The words of a text whose term is wanted, by where they begin. Most of a text is passed over quickly."""
        lowered = lower(text)
        chunks = lowered.split()
        apart = list(map(frozenset(wanted).isdisjoint, map(self._terms.__getitem__, chunks)))
        found: list[Word] = []
        if all(apart):
            return found
        place = 0
        for chunk, is_other in zip(chunks, apart, strict=True):
            start = lowered.find(chunk, place)
            place = start + len(chunk)
            if not is_other:
                found += [
                    Word(term, start + first, start + last)
                    for term, first, last in self._words[text[start:place]]
                    if term in wanted
                ]
        return found

    def _chunk_words(self, chunk: str) -> tuple[tuple[str, int, int], ...]:
        """The words of a text without white space, as plain tuples: the garbage collector need not look at those."""
        return tuple((word.term, word.start, word.end) for word in self.words(chunk))

    def _chunk_terms(self, chunk: str) -> tuple[str, ...]:
        """The terms of a text without white space, in lower case: those of its words, found faster if it is plain."""
        plain = chunk.strip(_PUNCTUATION)
        if plain.isascii() and len(plain) <= MAX_PIECE_CHARACTERS and not chunk.startswith("."):  # .NET is no net
            if plain.isalnum():
                term = self.stems[plain]
                return (term,) if term else ()
            parts = plain.split("-")
            joined = "".join(parts)
            if all(parts) and joined.isalnum() and not joined.isdigit():
                coded = any(part.isdigit() for part in parts)
                whole = joined if coded else self.stems[joined]
                return tuple(filter(None, (whole, *[self.stems[part] for part in parts])))
        return tuple(word.term for word in self.words(chunk))


class Analyzer:
    """Texts into terms, by language. May be used from many threads."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        """``most``: words that are remembered, of each language."""
        self._most = most
        self._readers: dict[str, Reader] = {}
        self._folded = Remembered(_filtered([tantivy.Filter.ascii_fold()]), most)

    def reader(self, language: str | None = None) -> Reader:
        """What reads texts of a language, given as a BCP 47 tag; English where there is none."""
        code = code_of(language)
        if (reader := self._readers.get(code)) is None:
            reader = self._readers.setdefault(code, Reader(code, self.fold, self._most))
        return reader

    def terms(self, text: str, language: str | None = None) -> list[str]:
        """The terms of a text, in order, one for each time."""
        return self.reader(language).terms(text)

    def fold(self, word: str) -> str:
        """A word in lower case without its accents."""
        return word if word.isascii() else self._folded[word]

    def known(self) -> Iterator[str]:
        """The words seen so far and remembered, without their accents."""
        return (self.fold(word) for reader in self._readers.values() for word in reader.stems)

    def variants(self, word: str, languages: Sequence[str], main: Sequence[str]) -> tuple[str, ...]:
        """The distinct terms of a word in several languages; none where it is a stop word of one of the ``main``."""
        stems = {language: self.reader(language).stems[word] for language in dict.fromkeys((*main, *languages))}
        if not all(stems[language] for language in main):
            return ()
        return tuple(dict.fromkeys(term for term in stems.values() if term))
