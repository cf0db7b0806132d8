"""Which phrases of a text may name what it is about? Runs of words between stop words and punctuation.

A phrase has one to four words and begins and ends with a word that a noun phrase may begin and end with. The phrases of
two texts are compared by their keys, which consist of stems.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import regex

from semsearch.analysis.bounded_memo import BoundedMemo
from semsearch.analysis.general_words import DATE_WORDS, MEDIUM_WORDS, general_words
from semsearch.analysis.stems import ENGLISH, Analyzer, language_code

MAX_WORDS = 4
"""Words of a phrase, without connectors."""
_MAX_CHARACTERS = 80
_MAX_UNSPACED = 6
"""Characters of a phrase in a script without spaces."""
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー々"
_UNSPACED_RUN = regex.compile(f"[{_UNSPACED}]")
_LETTER = r"\w\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff"
"""Letters, digits and the marks of alphabets in which words are separated by spaces; ``\\w`` has no marks."""
_WORD = re.compile(rf"(?:(?<!\S)\.)?[^\W_][{_LETTER}]*(?:(?:[-.&+@]|::)[^\W_][{_LETTER}]*)*(?:\+\+|\#)?")
_URL = regex.compile(r"(?i:https?://|\bwww\.)[^\s\"'<>()\[\]]*|[\w.+-]+@[\w-]+\.[\w.]+")
"""Addresses, whose parts are no words."""
_KATAKANA = regex.compile(r"[\p{Katakana}ー]")
_NOUN_RUN = regex.compile(
    r"[\p{Han}\p{Katakana}ー々--[的了和在是与與及或把被我你您他她它这這那也就都而很吗嗎呢吧啊们們着]]{2,}",
    regex.VERSION1,
)
"""Characters that make up nouns: Hiragana and some Chinese characters are mostly grammar."""
_LETTERS = regex.compile(r"\p{L}[\p{L}\p{M}]{2}|\p{Hangul}")
_PLAIN_GAPS = frozenset((" ", "\n", "  "))
_CONNECTORS = frozenset(
    ("of", "and", "for", "the", "de", "des", "du", "del", "della", "di", "da", "do", "der", "für", "van", "von", "la")
)
"""Words that may stand inside a name: *Department of the Interior*."""
_MAX_CONNECTORS = 2
_GERMAN = "de"
"""The language in which all nouns are capitalised."""
_MAX_ACRONYM = 6
_NO_NOUN = re.compile(r".+(?:(?<!e)ed|ly|ous|ful|less)")
"""English words that are hardly ever nouns."""
_ABBREVIATION = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
"""A word that a full stop follows inside sentences: *U.S. Tax Court*."""
_INNER_GAPS = frozenset(("", ",", ";", "(", "-"))
"""Signs inside a sentence. A word after one of them has a capital only if it is a name."""
_MEMO_WORDS = 100_000
"""Words memoised for each language. Bounded, since texts of requests may contain any number of new words."""


class NameEvidence(enum.IntEnum):
    """How surely a phrase names something, as far as its form tells."""

    NAME = 0
    """Several words with a specific one among them; an acronym or identifier; characters of a script without spaces."""
    CAPITALISED = 1
    """One word that is capitalised inside sentences."""
    PLAIN = 2
    """One word of which nothing is known, or several general words."""
    LOWER_CASE = 3
    """One word that is written in lower case inside sentences."""


class Phrase(NamedTuple):
    """An occurrence of a phrase in a text."""

    key: str
    start: int
    end: int
    """``text[start:end]`` is the phrase as written; offsets in code points."""
    evidence: NameEvidence
    words: int
    is_inside: bool
    """Whether it is inside a sentence, so that its first letter is a capital only if it is one anywhere."""


class _Word(NamedTuple):
    """What is known of a word as written, wherever it stands."""

    stem: str
    """Empty for stop words and single letters."""
    lower: str
    is_general: bool
    may_begin: bool
    """Whether a noun phrase may begin with it, unless it is capitalised inside a sentence."""
    may_end: bool
    is_code: bool
    may_be_alone: bool
    is_inner: bool
    """Whether a noun phrase neither begins nor ends with it, so that hardly any has it inside."""
    is_capital: bool
    may_be_name: bool
    """Whether a capital inside a sentence makes it part of a name, in which any word may be first or last."""
    is_abbreviation: bool


class _Token(NamedTuple):
    """A word in a text. A connector has no stem."""

    word: _Word
    start: int
    end: int
    case: NameEvidence
    """PLAIN where capitals say nothing: at the beginning of a sentence, and in titles."""


class PhraseFinder:
    """Finds the phrases of texts in one language. Thread-safe."""

    def __init__(self, analyzer: Analyzer, language: str | None, max_words: int) -> None:
        """``max_words``: how many words to memoise."""
        self._stems = analyzer.for_language(language).stems
        self._general, self._is_english = general_words(language_code(language)), language_code(language) == ENGLISH
        self._capitals_tell = language_code(language) != _GERMAN
        self._words = BoundedMemo(self._word, max_words)

    def phrases(self, text: str, *, is_title: bool = False) -> Iterator[Phrase]:
        """Yield every phrase of a text, also those inside longer ones. ``is_title``: whether capitals say nothing."""
        if "://" in text or "@" in text or "www." in text:
            text = _URL.sub(lambda match: "\x00" * len(match[0]), text)
        for run in self._runs(text, is_title):
            yield from _phrases_of(run)
        if not text.isascii():
            yield from _unspaced_phrases(text)

    def key(self, text: str) -> str:
        """Return the key of a whole text, such as a tag."""
        if _UNSPACED_RUN.search(text):
            return text.strip()
        words = [self._words[match[0]] for match in _WORD.finditer(text.replace("-", " "))]
        return " ".join(word.stem or word.lower for word in words)

    def words(self, text: str) -> dict[str, bool]:
        """Return the stems of the words of a text, and whether each is specific: neither general nor a number."""
        words = (self._words[match[0]] for match in _WORD.finditer(text))
        return {word.stem: word.is_code or not (word.is_general or word.stem.isdigit()) for word in words if word.stem}

    def _runs(self, text: str, is_title: bool) -> Iterator[list[_Token]]:
        """Yield runs of words that follow each other."""
        run: list[_Token] = []
        connectors: list[_Token] = []
        last, words = 0, self._words
        for match in _WORD.finditer(text):
            start, end = match.span()
            gap, last, word = text[last:start], end, words[match[0]]
            if gap == ". " and run and run[-1].word.is_abbreviation:
                gap = " "
            if run and gap != " " and (gap not in _PLAIN_GAPS or (gap == "\n" and word.is_capital)):
                yield run
                run, connectors = [], []
            is_label = not run and text[end : end + 1] == ":"  # the speaker in an interview; a kind of remark
            if not word.stem or word.is_inner or is_label:
                if run and word.lower in _CONNECTORS and len(connectors) < _MAX_CONNECTORS:
                    connectors.append(_Token(word, start, end, NameEvidence.LOWER_CASE))
                elif run:
                    yield run
                    run, connectors = [], []
                continue
            is_case_known = gap == " " or not (is_title or start == 0 or "\n" in gap or gap.strip() not in _INNER_GAPS)
            case = NameEvidence.PLAIN
            if is_case_known and not is_title:
                case = NameEvidence.CAPITALISED if word.is_capital else NameEvidence.LOWER_CASE
            if connectors and not (case is NameEvidence.CAPITALISED and run[-1].case is NameEvidence.CAPITALISED):
                yield run
                run, connectors = [], []
            run += [*connectors, _Token(word, start, end, case)]
            connectors = []
        if run:
            yield run

    def _word(self, word: str) -> _Word:
        lower = word.lower()
        is_unspaced = not word.isascii() and _UNSPACED_RUN.search(word) is not None
        is_stop = lower in MEDIUM_WORDS or (self._is_english and lower in DATE_WORDS)
        is_stop = is_stop or lower.endswith("_") or (word[0].isdigit() and "." in word)  # half a name, a version
        is_letter = len(word) == 1 and word.isalpha()
        stem = "" if is_unspaced or is_letter or is_stop else self._stems[lower]
        is_general, has_letters = lower in self._general.every, _LETTERS.search(word) is not None
        is_code = bool(stem) and _is_code(word, has_letters)
        is_no_noun = self._is_english and _NO_NOUN.fullmatch(lower) is not None
        may_begin, may_end = (
            lower not in self._general.not_first,
            lower not in self._general.not_last and not is_no_noun,
        )
        return _Word(
            stem=stem,
            lower=lower,
            is_general=is_general,
            may_begin=may_begin and not word[0].isdigit(),
            may_end=may_end,
            is_code=is_code,
            may_be_alone=is_code or (has_letters and not is_general and may_begin and may_end),
            is_inner=word.islower() and not (may_begin or may_end),
            is_capital=word[0].isupper(),
            may_be_name=word[0].isupper() and self._capitals_tell,
            is_abbreviation=_ABBREVIATION.fullmatch(word) is not None,
        )


class PhraseFinders:
    """The phrase finders of all languages. Thread-safe."""

    def __init__(self, analyzer: Analyzer, max_words: int = _MEMO_WORDS) -> None:
        self._analyzer, self._max_words = analyzer, max_words
        self._finders: dict[str, PhraseFinder] = {}

    def for_language(self, language: str | None) -> PhraseFinder:
        code = language_code(language)
        if (finder := self._finders.get(code)) is None:
            finder = self._finders.setdefault(code, PhraseFinder(self._analyzer, code, self._max_words))
        return finder


def _is_code(word: str, has_letters: bool) -> bool:
    """Whether a word is an acronym or an identifier, such as ``GPT-3``, ``node.js``, ``C++`` and ``TypedDict``."""
    if word.isalpha():
        if word.islower() or word[1:].islower():
            return False
        if word.isupper():
            return len(word) <= _MAX_ACRONYM
        return any(one.islower() and other.isupper() for one, other in itertools.pairwise(word))
    if word.endswith(("++", "#")):
        return True
    return has_letters and any(sign in "._:&@" or sign.isdigit() for sign in word)


def _phrases_of(run: list[_Token]) -> Iterator[Phrase]:
    for first, (begin, start, end, case) in enumerate(run):
        is_name, is_inside = case is NameEvidence.CAPITALISED and begin.may_be_name, case is not NameEvidence.PLAIN
        if not begin.stem or not (begin.may_begin or is_name):
            continue
        key, words, is_specific = begin.stem, 1, begin.is_code or not begin.is_general
        if begin.may_be_alone and (begin.may_end or is_name):
            yield Phrase(key, start, end, NameEvidence.NAME if begin.is_code else case, 1, is_inside)
        for word, _, last, case_of_word in run[first + 1 :]:
            key = f"{key} {word.stem or word.lower}"
            if not word.stem:
                continue
            words += 1
            if words > MAX_WORDS or last - start > _MAX_CHARACTERS:
                break
            is_capital = case_of_word is NameEvidence.CAPITALISED and word.may_be_name
            is_specific, is_name = is_specific or word.is_code or not word.is_general, is_name or is_capital
            if word.may_end or is_capital:
                evidence = NameEvidence.NAME if is_specific or is_name else NameEvidence.PLAIN
                yield Phrase(key, start, last, evidence, words, is_inside)


def _unspaced_phrases(text: str) -> Iterator[Phrase]:
    """Yield parts of runs of Chinese characters and Katakana. Words in Katakana are not split."""
    for run in _NOUN_RUN.finditer(text):
        start, end = run.span()
        cuts = [
            place
            for place in range(start, end + 1)
            if place in (start, end) or not (_KATAKANA.match(text[place - 1]) and _KATAKANA.match(text[place]))
        ]
        for first in cuts:
            for last in cuts:
                length = last - first
                is_katakana = length > 1 and _KATAKANA.match(text[first]) and _KATAKANA.match(text[last - 1])
                if 2 <= length <= (_MAX_CHARACTERS if is_katakana else _MAX_UNSPACED):
                    yield Phrase(text[first:last], first, last, NameEvidence.NAME, (length + 1) // 2, is_inside=True)
