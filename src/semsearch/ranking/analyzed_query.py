"""Analysis of a query against a corpus: its terms, spelling corrections and conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from semsearch.analysis.words import Token, pieces, tokens
from semsearch.index import Filter, Snapshot
from semsearch.index.lexical.query_model import Condition, Phrase, QueryWord
from semsearch.ranking.alternatives import Lexicon, with_acronyms, with_synonyms
from semsearch.ranking.syntax import ParsedQuery
from semsearch.ranking.word_rules import NO_WORD_RULES, WordRules

MAX_WORDS = 64
"""Distinct words of a query that are searched for."""
MAX_MISSPELT = 8
"""Misspelt words of a query for which similar words are searched, at a millisecond each."""
_MAX_CORRECTIONS = 3
_MIN_FREQUENCY_RATIO = 10
"""Of similar words at the same edit distance, those more than this many times rarer than the most frequent are not
taken as corrections."""


@dataclass(frozen=True, slots=True)
class AnalyzedQuery:
    """A query in the terms of a corpus."""

    text: str
    """The text to encode, with misspelt words corrected."""
    words: tuple[QueryWord, ...]
    phrases: tuple[Phrase, ...]
    excluded: tuple[Phrase, ...]
    corrections: tuple[tuple[str, str], ...]
    """Misspelt words, which no post has, and what each was corrected to; with those that an editor always corrects."""
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Words and phrases for which an editor gave synonyms, and the synonyms."""

    @property
    def terms(self) -> frozenset[str]:
        """All terms of words, their alternatives, and phrases."""
        alternatives = [alternative.phrase for word in self.words for alternative in word.alternatives]
        phrases = (term for phrase in (*self.phrases, *alternatives) for terms in phrase for term in terms)
        return frozenset(term for word in self.words for term in word.terms) | frozenset(phrases)

    def condition(self, filter_: Filter) -> Condition:
        """Return the filter together with the phrases that the query requires and excludes."""
        return Condition(filter_, self.phrases, self.excluded)


def analyze_query(
    query: ParsedQuery, snapshot: Snapshot, is_word: Callable[[str], bool], rules: WordRules = NO_WORD_RULES
) -> AnalyzedQuery:
    """Look up the words of a query in a snapshot, and correct those that are misspelt.

    ``is_word``: whether a word in lower case is known to be spelt correctly, so that it is not corrected even if no
    post has it: a corpus without the word "contest" is no reason to search for "context". ``rules``: an editor's.
    """
    typed, replaced = rules.correct(query.text)
    reader = _Reader(snapshot, lambda word: rules.keeps(word) or is_word(word))
    text = reader.read(typed)
    words = tuple(reader.words.values())[:MAX_WORDS]
    lexicon = Lexicon(lambda phrase: _phrase(phrase, snapshot), snapshot.lexical.max_score)
    words, synonyms = with_synonyms(words, typed, rules, lexicon)
    words = with_acronyms(words, text, snapshot.acronyms, lexicon)
    return AnalyzedQuery(
        text=text,
        words=words,
        phrases=tuple(phrase for text in query.phrases if (phrase := _phrase(reader.correct(text), snapshot))),
        excluded=tuple(phrase for text in query.excluded if (phrase := _phrase(text, snapshot))),
        corrections=tuple((replaced | reader.corrections).items()),
        synonyms=tuple((phrase, tuple(others)) for phrase, others in synonyms.items()),
    )


def _phrase(text: str, snapshot: Snapshot) -> Phrase:
    """Return the terms of a phrase in each language; none if it consists of stop words in one of the main languages."""
    manifest = snapshot.manifest
    versions = {language: tuple(snapshot.analyzer.terms(text, language)) for language in manifest.languages}
    if not all(versions[language] for language in manifest.main_languages):
        return ()
    return tuple(dict.fromkeys(terms for terms in versions.values() if terms))


class _Reader:
    """Collects the words and corrections of one text."""

    def __init__(self, snapshot: Snapshot, is_word: Callable[[str], bool]) -> None:
        self._snapshot, self._is_word = snapshot, is_word
        self.words: dict[tuple[str, ...], QueryWord] = {}
        self.corrections: dict[str, str] = {}
        self._looked_up: dict[str, QueryWord | None] = {}
        """By misspelt word, the words that it is corrected to, None if there is no similar word."""

    def read(self, text: str) -> str:
        """Collect every word, and return the text with misspelt words corrected."""
        for token in tokens(text):
            self._add_token(token)
        return self.correct(text) if self.corrections else text

    def correct(self, text: str) -> str:
        """Return a text that was read, or a part of it, with misspelt words corrected."""
        found, last = [], 0
        for token in tokens(text):
            for piece in pieces(token.text):
                if piece.text in self.corrections and token.start + piece.start >= last:
                    found += [text[last : token.start + piece.start], self.corrections[piece.text]]
                    last = token.start + piece.end
        return "".join([*found, text[last:]])

    def _add_token(self, token: Token) -> None:
        parts = pieces(token.text)
        for piece in parts:
            joined = len(parts) > 1 and piece.end - piece.start == len(token.text)
            terms = (self._snapshot.analyzer.fold(piece.text),) if piece.is_verbatim else self._variants(piece.text)
            known = self._known(terms)
            if known or (terms and not joined and not self._add_correction(piece.text)):
                self._add(QueryWord(piece.text, known or terms))

    def _add(self, word: QueryWord) -> None:
        before = self.words.get(word.terms)
        count = word.count if before is None else before.count + word.count
        self.words[word.terms] = QueryWord(word.text, word.terms, count, word.weight)

    def _variants(self, word: str) -> tuple[str, ...]:
        manifest = self._snapshot.manifest
        return self._snapshot.analyzer.variants(word, tuple(manifest.languages), manifest.main_languages)

    def _known(self, terms: Sequence[str]) -> tuple[str, ...]:
        return tuple(term for term in terms if self._snapshot.lexical.has_term(term))

    def _add_correction(self, word: str) -> bool:
        """Add the correction of a word that no post has; False if it is spelt correctly or has no correction."""
        if self._is_word(word) or (word not in self._looked_up and len(self._looked_up) == MAX_MISSPELT):
            return False
        if word not in self._looked_up:
            self._looked_up[word] = self._similar_word(word)
        if (corrected := self._looked_up[word]) is None:
            return False
        self._add(corrected)
        return True

    def _similar_word(self, word: str) -> QueryWord | None:
        """Return the words of the corpus at the least edit distance, as one word with the terms of all of them."""
        near = self._snapshot.vocabulary.similar_words(self._snapshot.analyzer.fold(word))
        found = [
            (similar, max(map(self._snapshot.lexical.document_frequency, terms)), terms)
            for similar, edits in near
            if edits == near[0][1] and (terms := self._known(self._variants(similar)))
        ]
        if not found:
            return None
        found.sort(key=lambda entry: -entry[1])
        chosen = [entry for entry in found if entry[1] * _MIN_FREQUENCY_RATIO >= found[0][1]][:_MAX_CORRECTIONS]
        terms = tuple(dict.fromkeys(term for _, _, terms in chosen for term in terms))
        self.corrections[word] = chosen[0][0]
        return QueryWord(word, terms, weight=1 - near[0][1] / len(word))
