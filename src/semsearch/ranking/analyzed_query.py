"""Analysis of a query against a corpus: its terms, spelling corrections and conditions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from semsearch.analysis.compounds import COMPOUNDING, split_compound
from semsearch.analysis.words import (
    Piece,
    Token,
    is_dotted_abbreviation,
    is_joined,
    pieces,
    tokens,
    unspaced_characters,
)
from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.index.lexical.query_model import Alternative, Condition, Phrase, QueryWord
from semsearch.ranking.alternatives import Lexicon, with_acronyms, with_synonyms
from semsearch.ranking.corpus_words import CorpusWords
from semsearch.ranking.specifics import Specific, specifics
from semsearch.ranking.spellings import apart, joined
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
    specifics: tuple[Specific, ...]
    """The names and numbers in the query that a post must have to be a sure answer."""
    length: int
    """How many words a reader counts, without stop words: words joined by signs are one, and so are about three
    characters of a script without spaces."""
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Words and phrases for which an editor gave synonyms, and the synonyms."""

    @property
    def terms(self) -> frozenset[str]:
        """All terms of words and their alternatives."""
        alternatives = (term for word in self.words for other in word.alternatives for term in other.terms)
        return frozenset(term for word in self.words if not word.is_form for term in word.terms).union(alternatives)

    @property
    def marked_phrases(self) -> frozenset[Phrase]:
        """What is highlighted besides terms: the phrases, and the words that are searched as written."""
        forms = [(form,) for word in self.words if word.is_form for form in word.terms]
        if all(word.is_form or word.weight < 1 for word in self.words):  # in some language of the corpus a stop word
            forms += [(word.text,) for word in self.words]
        return frozenset(self.phrases).union(forms)

    def condition(self, filter_: Filter) -> Condition:
        """Return the filter together with the phrases that the query requires and excludes."""
        return Condition(filter_, self.phrases, self.excluded)


def analyze_query(
    query: ParsedQuery,
    snapshot: Snapshot,
    is_word: Callable[[str], bool],
    rules: WordRules = NO_WORD_RULES,
    visibility: Filter = NO_FILTER,
) -> AnalyzedQuery:
    """Look up the words of a query in the visible posts of a snapshot, and correct those that are misspelt.

    Words within quotation marks or behind a minus mean themselves: they are neither stemmed nor corrected.
    ``is_word``: whether a word in lower case is known to be spelt correctly, so that it is not corrected even if no
    post has it: a corpus without the word "contest" is no reason to search for "context". ``rules``: an editor's.
    """
    quoted = [snapshot.analyzer.forms(text).sequence for text in query.phrases]
    excluded = [snapshot.analyzer.forms(text).sequence for text in query.excluded]
    typed, replaced = rules.correct(query.text)
    in_quotes = frozenset(form for phrase in quoted for form in phrase)
    corpus = CorpusWords(snapshot, visibility)
    reader = _Reader(snapshot, corpus, lambda word: rules.keeps(word) or is_word(word), in_quotes)
    text = reader.read(typed)
    words = tuple(reader.words.values())[:MAX_WORDS]
    lexicon = Lexicon(lambda phrase: _alternative(phrase, snapshot, corpus), snapshot.lexical.max_score)
    words, synonyms = with_synonyms(words, typed, rules, lexicon)
    words = with_acronyms(words, text, snapshot.acronyms, lexicon, corpus.is_acronym)
    return AnalyzedQuery(
        text=text,
        words=words,
        phrases=tuple(filter(None, quoted)),
        excluded=tuple(filter(None, excluded)),
        corrections=tuple((replaced | reader.corrections).items()),
        specifics=specifics(
            replace(query, text=typed),
            snapshot.analyzer,
            corpus.has_form,
            corpus.is_author,
        ),
        length=reader.length,
        synonyms=tuple((phrase, tuple(others)) for phrase, others in synonyms.items()),
    )


def _alternative(text: str, snapshot: Snapshot, corpus: CorpusWords) -> Alternative | None:
    """Return what is searched for a synonym: the terms of a word, or a phrase as written; None if there is nothing."""
    analyzer, languages = snapshot.analyzer, corpus.languages
    found = list(tokens(text))
    terms = tuple(dict.fromkeys(term for language in languages for term in analyzer.terms(text, language)))
    if len(found) != 1:
        sequences = tuple(filter(None, (analyzer.forms(text).sequence,)))
    else:
        whole = pieces(found[0].text)[:1]
        sequences = tuple((term,) for piece in whole for term in _piece_terms(piece, found[0].text, snapshot, corpus))
    return Alternative(text, sequences, terms) if sequences and terms else None


def _piece_terms(
    piece: Piece, token: str, snapshot: Snapshot, corpus: CorpusWords, before: str = "", after: str = ""
) -> tuple[str, ...]:
    """Return the terms of a piece in all languages; no acronym that no post has, for it is a stop word.

    ``token``: the token of the piece. ``before`` and ``after``: the tokens beside it.
    """
    if piece.is_verbatim:
        return (snapshot.analyzer.fold(piece.text),)
    terms = snapshot.analyzer.variants(
        piece.text,
        corpus.languages,
        written=token[piece.start : piece.end],
        before=before,
        after=after,
    )
    return tuple(term for term in terms if not term.isupper() or corpus.has_term(term))


class _Reader:
    """Collects the words and corrections of one text."""

    def __init__(
        self, snapshot: Snapshot, corpus: CorpusWords, is_word: Callable[[str], bool], quoted: Collection[str]
    ) -> None:
        """``quoted``: the words, as written, that are within quotation marks."""
        self._snapshot, self._corpus, self._is_word, self._quoted = snapshot, corpus, is_word, quoted
        self._languages = corpus.languages
        self.words: dict[tuple[str, ...], QueryWord] = {}
        self.corrections: dict[str, str] = {}
        self.length = 0
        self._looked_up: dict[str, QueryWord | None] = {}
        """By misspelt word, the words that it is corrected to, None if there is no similar word."""
        self._divided: set[str] = set()
        """The words that may be compounds."""

    def read(self, text: str) -> str:
        """Collect every word, and return the text with misspelt words corrected."""
        found = list(tokens(text))
        written = ["", *(token.text for token in found), ""]
        for place, token in enumerate(found):
            known = len(self.words)
            self._add_token(token, written[place], written[place + 2], partial(joined, text, found, place))
            self.length += min(len(self.words) - known, 1 + unspaced_characters(token.text) // 3)
        if not self.words:
            self._add_stop_words(text)
            self.length = len(self.words)
        return self._corrected(text) if self.corrections else text

    def _corrected(self, text: str) -> str:
        found, last = [], 0
        for token in tokens(text):
            for piece in pieces(token.text):
                if piece.text in self.corrections and token.start + piece.start >= last:
                    found += [text[last : token.start + piece.start], self.corrections[piece.text]]
                    last = token.start + piece.end
        return "".join([*found, text[last:]])

    def _add_token(self, token: Token, before: str, after: str, joined_words: Callable[[], tuple[str, ...]]) -> None:
        """Add the words of a token. ``joined_words``: those that it makes with the tokens beside it."""
        parts = [piece for piece in pieces(token.text) if not piece.is_single]
        if is_dotted_abbreviation(token.text):
            parts = self._form_of_abbreviation(parts, token, before, after)
        is_whole_known = False
        for piece in parts:
            is_whole = len(parts) > 1 and (
                len(token.text) == piece.end - piece.start or is_joined(token.text[piece.start : piece.end])
            )
            terms = _piece_terms(piece, token.text, self._snapshot, self._corpus, before, after)
            known = self._known(terms)
            weight = self._weight(piece, known) if known else 0.0
            form = self._snapshot.analyzer.fold(piece.text)
            if weight < 1 and form in self._quoted and self._corpus.form_frequency(form):
                self._add(QueryWord(piece.text, (form,), is_form=True))  # in some language it is a stop word
            elif known:
                self._add(QueryWord(piece.text, known, weight=weight))
            elif is_whole and self._add_apart(form):
                return
            elif terms and not piece.is_verbatim and self._corpus.has_form(form):
                continue  # a stop word in every post that has it
            elif terms and not is_whole and not is_whole_known:
                self._add_unknown(piece, terms, joined_words)
            is_whole_known |= is_whole and bool(known)

    def _add_unknown(self, piece: Piece, terms: tuple[str, ...], joined_words: Callable[[], tuple[str, ...]]) -> None:
        """Add a word that no post has, by what posts have in its place, if they have anything."""
        if (
            self._add_joined(joined_words())
            or self._add_parts(piece.text)
            or self._add_apart(self._snapshot.analyzer.fold(piece.text))
            or self._add_correction(piece.text)
        ):
            return
        self._add(QueryWord(piece.text, terms))

    def _add_joined(self, words: Sequence[str]) -> bool:
        """Add those of some words that posts have; False if there are none."""
        found = {
            word: known
            for word in words
            if (known := self._known(self._snapshot.analyzer.variants(word, self._languages)))
        }
        for word, known in found.items():
            if known not in self.words:
                self._add(QueryWord(word, known))
        return bool(found)

    def _add_apart(self, word: str) -> bool:
        """Add the parts by which posts have a name or a number; False if they have not."""
        parts = apart(word, self._corpus.has_form)
        for part in parts:
            if known := self._known(self._snapshot.analyzer.variants(part, self._languages)):
                self._add(QueryWord(part, known))
        return bool(parts)

    def _form_of_abbreviation(self, parts: list[Piece], token: Token, before: str, after: str) -> list[Piece]:
        """Return the form, with or without dots, that most posts have: all of them would count one word several times.

        The letters mean nothing by themselves.
        """
        frequency = self._corpus.document_frequency

        def posts(piece: Piece) -> int:
            terms = _piece_terms(piece, token.text, self._snapshot, self._corpus, before, after)
            return max(map(frequency, terms), default=0)

        wholes = [piece for piece in parts if piece.end - piece.start == len(token.text)]
        return [max(wholes, key=posts)]

    def _weight(self, piece: Piece, terms: Sequence[str]) -> float:
        """Return the weight of a known word: less than 1 if it is a stop word in some languages of the corpus.

        Posts in which it is a stop word do not have the term, so the term seems rarer than the word is. The weight is
        the ratio of the rarity of the word as written to that of the term.
        """
        analyzer, lexical = self._snapshot.analyzer, self._snapshot.lexical
        if piece.is_verbatim or len(self._languages) == 1 or any(map(str.isupper, terms)):
            return 1.0
        if all(analyzer.for_language(language).stems[piece.text] for language in self._languages):
            return 1.0
        rarity = lexical.rarity(max(map(self._corpus.document_frequency, terms)))
        return min(lexical.rarity(self._corpus.form_frequency(analyzer.fold(piece.text))) / rarity, 1.0)

    def _add(self, word: QueryWord) -> None:
        before = self.words.get(word.terms)
        self.words[word.terms] = word if before is None else replace(word, count=before.count + word.count)

    def _add_stop_words(self, text: str) -> None:
        """Add the words of a text that consists of stop words, as written."""
        for form in self._snapshot.analyzer.forms(text).sequence:
            if self._corpus.form_frequency(form):
                self._add(QueryWord(form, (form,), is_form=True))

    def _known(self, terms: Sequence[str]) -> tuple[str, ...]:
        return tuple(term for term in terms if self._corpus.has_term(term))

    def _add_parts(self, word: str) -> bool:
        """Add the parts of a compound that no post has; False if it is none, or the corpus has not all of its parts."""
        languages = tuple(language for language in self._languages if language in COMPOUNDING)
        if not languages or len(self._divided) == MAX_MISSPELT:
            return False
        self._divided.add(word)
        parts = split_compound(word, self._frequency)
        for part in parts:
            if known := self._known(self._snapshot.analyzer.variants(part.word, languages)):
                self._add(QueryWord(part.word, known))
        return bool(parts)

    def _frequency(self, word: str) -> int:
        """Return how many posts have a word, as written or as a term."""
        folded = self._snapshot.analyzer.fold(word)
        return max(self._corpus.form_frequency(folded), self._corpus.document_frequency(folded))

    def _add_correction(self, word: str) -> bool:
        """Add the correction of a word that no post has; False if it is spelt correctly or has no correction."""
        if (
            self._snapshot.analyzer.fold(word) in self._quoted
            or self._is_word(word)
            or (word not in self._looked_up and len(self._looked_up) == MAX_MISSPELT)
        ):
            return False
        if word not in self._looked_up:
            self._looked_up[word] = self._similar_word(word)
        if (corrected := self._looked_up[word]) is None:
            return False
        self._add(corrected)
        return True

    def _similar_word(self, word: str) -> QueryWord | None:
        """Return the words of the corpus at the least edit distance, as one word with the terms of all of them."""
        near = self._corpus.similar_words(self._snapshot.analyzer.fold(word))
        found = [
            (similar, max(map(self._corpus.document_frequency, terms)), terms)
            for similar, edits in near
            if edits == near[0][1]
            and (terms := self._known(self._snapshot.analyzer.variants(similar, self._languages)))
        ]
        if not found:
            return None
        found.sort(key=lambda entry: -entry[1])
        chosen = [entry for entry in found if entry[1] * _MIN_FREQUENCY_RATIO >= found[0][1]][:_MAX_CORRECTIONS]
        terms = tuple(dict.fromkeys(term for _, _, terms in chosen for term in terms))
        self.corrections[word] = chosen[0][0]
        return QueryWord(word, terms, certainty=1 - near[0][1] / len(word))
