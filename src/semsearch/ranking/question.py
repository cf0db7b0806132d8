"""What is looked for? A query and the words of a corpus in; the terms, their corrections and the conditions out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from semsearch.analysis.words import Token, pieces, tokens
from semsearch.index import Filter, Snapshot
from semsearch.index.lexical.query_model import Condition, Phrase, QueryWord
from semsearch.ranking.syntax import ParsedQuery

MAX_WORDS = 64
"""Distinct words of a question that are looked for."""
MAX_MISSPELT = 8
"""Words of a question that others are looked for which are written nearly like them: a millisecond each."""
_MAX_CORRECTIONS = 3
_RARER = 10
"""A word that is rarer than another by this factor, and no nearer to what was typed, was not meant."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, as a corpus understands it."""

    text: str
    """What is embedded: what is asked, misspelt words corrected."""
    words: tuple[QueryWord, ...]
    phrases: tuple[Phrase, ...]
    excluded: tuple[Phrase, ...]
    corrections: tuple[tuple[str, str], ...]
    """Words that no post has, and those they were taken for."""

    @property
    def terms(self) -> frozenset[str]:
        """All that a word of a text may match."""
        phrases = (term for phrase in self.phrases for terms in phrase for term in terms)
        return frozenset(term for word in self.words for term in word.terms) | frozenset(phrases)

    def condition(self, chosen: Filter) -> Condition:
        """The filter, and what the query itself demands and excludes."""
        return Condition(chosen, self.phrases, self.excluded)


def understand(query: ParsedQuery, snapshot: Snapshot, is_word: Callable[[str], bool]) -> Question:
    """Looks a query up in the words of a snapshot.

    ``is_word``: whether a word in lower case is none that is misspelt, though no post may have it: a corpus without the
    word "contest" is no reason to read "context".
    """
    reader = _Reader(snapshot, is_word)
    text = reader.read(query.text)
    return Question(
        text=text,
        words=tuple(reader.words.values())[:MAX_WORDS],
        phrases=tuple(phrase for text in query.phrases if (phrase := _phrase(reader.corrected(text), snapshot))),
        excluded=tuple(phrase for text in query.excluded if (phrase := _phrase(text, snapshot))),
        corrections=tuple(reader.corrections.items()),
    )


def _phrase(text: str, snapshot: Snapshot) -> Phrase:
    """The terms of a phrase in each language; none where in one of the main ones it has only words that say nothing."""
    manifest = snapshot.manifest
    versions = {language: tuple(snapshot.analyzer.terms(text, language)) for language in manifest.languages}
    if not all(versions[language] for language in manifest.main_languages):
        return ()
    return tuple(dict.fromkeys(terms for terms in versions.values() if terms))


class _Reader:
    """Reads the words of one text."""

    def __init__(self, snapshot: Snapshot, is_word: Callable[[str], bool]) -> None:
        self._snapshot, self._is_word = snapshot, is_word
        self.words: dict[tuple[str, ...], QueryWord] = {}
        self.corrections: dict[str, str] = {}
        self._meant: dict[str, QueryWord | None] = {}

    def read(self, text: str) -> str:
        """Notes every word, and returns the text with its misspelt words corrected."""
        for token in tokens(text):
            self._note_words(token)
        return self.corrected(text) if self.corrections else text

    def corrected(self, text: str) -> str:
        """A text that was read, or a part of it, with its misspelt words corrected."""
        found, last = [], 0
        for token in tokens(text):
            for piece in pieces(token.text):
                if piece.text in self.corrections and token.start + piece.start >= last:
                    found += [text[last : token.start + piece.start], self.corrections[piece.text]]
                    last = token.start + piece.end
        return "".join([*found, text[last:]])

    def _note_words(self, token: Token) -> None:
        parts = pieces(token.text)
        for piece in parts:
            joined = len(parts) > 1 and piece.end - piece.start == len(token.text)
            terms = (self._snapshot.analyzer.fold(piece.text),) if piece.whole else self._variants(piece.text)
            known = self._known(terms)
            if known or (terms and not joined and not self._correct(piece.text)):
                self._note(QueryWord(piece.text, known or terms))

    def _note(self, word: QueryWord) -> None:
        before = self.words.get(word.terms)
        count = word.count if before is None else before.count + word.count
        self.words[word.terms] = QueryWord(word.text, word.terms, count, word.weight)

    def _variants(self, word: str) -> tuple[str, ...]:
        manifest = self._snapshot.manifest
        return self._snapshot.analyzer.variants(word, tuple(manifest.languages), manifest.main_languages)

    def _known(self, terms: Sequence[str]) -> tuple[str, ...]:
        return tuple(term for term in terms if self._snapshot.lexical.knows(term))

    def _correct(self, word: str) -> bool:
        """Whether there are words of the corpus that are written nearly like one that no post has; notes them."""
        if self._is_word(word) or (word not in self._meant and len(self._meant) == MAX_MISSPELT):
            return False
        if word not in self._meant:
            self._meant[word] = self._look_for(word)
        if (meant := self._meant[word]) is None:
            return False
        self._note(meant)
        return True

    def _look_for(self, word: str) -> QueryWord | None:
        near = self._snapshot.vocabulary.near(self._snapshot.analyzer.fold(word))
        found = [
            (other, max(map(self._snapshot.lexical.frequency, terms)), terms)
            for other, edits in near
            if edits == near[0][1] and (terms := self._known(self._variants(other)))
        ]
        if not found:
            return None
        found.sort(key=lambda entry: -entry[1])
        meant = [entry for entry in found if entry[1] * _RARER >= found[0][1]][:_MAX_CORRECTIONS]
        terms = tuple(dict.fromkeys(term for _, _, terms in meant for term in terms))
        self.corrections[word] = meant[0][0]
        return QueryWord(word, terms, weight=1 - near[0][1] / len(word))
