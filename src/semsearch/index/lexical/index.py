"""Searches the tantivy index of a version. Scores are BM25: higher is better."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray

from semsearch.analysis.bounded_memo import BoundedMemo
from semsearch.analysis.stems import Analyzer
from semsearch.index.filters import NO_FILTER, Filter
from semsearch.index.lexical.postings import Postings
from semsearch.index.lexical.queries import TIE_BREAKER, Clause, QueryBuilder, unscored
from semsearch.index.lexical.query_model import NO_CONDITION, Alternative, Condition, QueryWord, WordContribution
from semsearch.index.lexical.schema import (
    FIELDS,
    FOLDER,
    FORM_FIELDS,
    MAX_WORD_BYTES,
    LexicalField,
    fields_of,
    register_tokenizers,
)
from semsearch.index.lexical.writer import field_values
from semsearch.posts import Post

_MEMO_TERMS = 100_000
"""How many document frequencies are memoised."""
_MAX_MEMOISED_POSTS = 4_096
"""Words in at most this many posts have their postings read at once and memoised; the next query with the word is
scored without the index. For a more frequent word, the index scores just the candidates."""
_MEMO_POSTINGS = 4_000_000
"""The size of the memo of postings, about 32 MB."""
_WORD_OVERHEAD_POSTINGS = 50
"""What a word itself adds to the size of the memo of postings."""
_BM25_LIMIT = 2.2
"""k1 + 1, with tantivy's k1: the limit of BM25's term frequency factor."""


_Searched = tuple[tuple[str, ...], tuple[Alternative, ...], bool]
"""The terms and the alternatives of a word, and whether the terms are words as written."""
_Texts = Mapping[bool, Mapping[str, Sequence[Sequence[str]]]]
"""By whether they are as written, and by field of a post, the words of each of its values."""


class _Way(NamedTuple):
    """One way to search a word of a query."""

    words: tuple[str, ...]
    """A term, or the words of a phrase."""
    is_form: bool
    """Whether the words are as written."""
    weight: float


@dataclass(frozen=True, slots=True)
class _Scored:
    """The score of one way to search in one field of a post."""

    text: str
    field: LexicalField
    counts: Mapping[str, int]
    """How often it occurs in each part of the field that has it."""
    score: float


class LexicalIndex:
    """The terms of all posts of a version. Thread-safe."""

    def __init__(self, path: Path) -> None:
        # Tantivy creates a lock file in the folder it opens, but versions are immutable and perhaps on a read-only
        # disk. So it opens a temporary folder of symbolic links. The searcher keeps the files open after that is gone.
        with tempfile.TemporaryDirectory(prefix="semsearch-lexical-", ignore_cleanup_errors=True) as links:
            for file in path.iterdir():
                (Path(links) / file.name).symlink_to(file.resolve())
            index = tantivy.Index.open(links)
            index.config_reader("manual")  # a version never changes, so there is nothing to reload
            register_tokenizers(index)
            self._queries = QueryBuilder(index.schema)
            self._searcher = index.searcher()
        self._frequencies: BoundedMemo[str, tuple[int, ...]] = BoundedMemo(
            partial(_frequencies, self._searcher, FIELDS), _MEMO_TERMS, MAX_WORD_BYTES
        )
        """By term, its document frequency in each of FIELDS."""
        self._form_frequencies: BoundedMemo[str, tuple[int, ...]] = BoundedMemo(
            partial(_frequencies, self._searcher, FORM_FIELDS), _MEMO_TERMS, MAX_WORD_BYTES
        )
        """By word as written, its document frequency in each of FORM_FIELDS."""
        self._postings: BoundedMemo[_Searched, Postings] = BoundedMemo(
            partial(_postings, self._searcher, self._queries),
            _MEMO_POSTINGS,
            size=lambda postings: len(postings) + _WORD_OVERHEAD_POSTINGS,
        )
        """By what is searched for a word, its postings."""

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        return cls(folder / FOLDER)

    def __len__(self) -> int:
        """Return the number of posts."""
        return self._searcher.num_docs

    # --- searching --------------------------------------------------------------------------------------------------

    def search(
        self, words: Sequence[QueryWord], limit: int, condition: Condition = NO_CONDITION
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the ordinals of the posts with any of the words, best first, at most ``limit``, and their scores."""
        return self._find(self._queries.any_word(words), self._queries.clauses(condition), limit)

    def matching(self, words: Sequence[QueryWord], condition: Condition = NO_CONDITION) -> NDArray[np.int64]:
        """Return the ordinals of all posts with any of the words, best first."""
        return self._find(self._queries.any_word(words), self._queries.clauses(condition), len(self))[0]

    def count(self, words: Sequence[QueryWord], condition: Condition = NO_CONDITION) -> int:
        """Return the number of posts with any of the words: the length of :meth:`matching`, without listing them."""
        return self._count(self._queries.any_word(words), self._queries.clauses(condition))

    def _count(self, query: tantivy.Query | None, clauses: list[Clause]) -> int:
        if (query := self._with(query, clauses)) is None:
            return 0
        return int(self._searcher.search(query, limit=1, count=True).count or 0)  # type: ignore[attr-defined]

    def satisfying(self, condition: Condition) -> NDArray[np.int64]:
        """Return the ordinals of all posts that satisfy a condition."""
        return self._find(unscored(tantivy.Query.all_query()), self._queries.clauses(condition), len(self))[0]

    def complete(self, forms: Sequence[str], limit: int, post_filter: Filter = NO_FILTER) -> NDArray[np.int64]:
        """Return the ordinals of posts that pass the filter and whose title has every word of ``forms``, as written.

        The last word may be a prefix.
        """
        if not forms or limit < 1:
            return np.empty(0, dtype=np.int64)
        *words, prefix = forms
        query = self._queries.completion(words, prefix)
        return self._find(query, self._queries.clauses(Condition(post_filter)), limit)[0]

    def _find(
        self, query: tantivy.Query | None, clauses: list[Clause], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        query = self._with(query, clauses)
        if query is None or limit < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
        return _search(self._searcher, query, limit)

    def _with(self, query: tantivy.Query | None, clauses: list[Clause]) -> tantivy.Query | None:
        if query is None or not clauses:
            return query
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *clauses])

    # --- scoring ----------------------------------------------------------------------------------------------------

    def scores(self, words: Sequence[QueryWord], ordinals: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the scores of some distinct posts, in their order; 0 for a post with none of the words.

        They equal those of :meth:`search` up to rounding to single precision.
        """
        total = np.zeros(len(ordinals))
        frequent = []
        for word in words:
            if self._is_frequent(word):
                frequent.append(word)
            else:
                total += word.factor * self._postings[_searched(word)].scores_of(ordinals)
        return total + self._scores_by_index(frequent, ordinals) if frequent else total

    def prefetch(self, words: Sequence[QueryWord]) -> None:
        """Memoise the postings that :meth:`scores` needs for some words."""
        for word in words:
            if not self._is_frequent(word):
                self._postings[_searched(word)]

    def _is_frequent(self, word: QueryWord) -> bool:
        return any(min(self._counts(way)) > _MAX_MEMOISED_POSTS for way in _ways(word))

    def _counts(self, way: _Way) -> list[int]:
        """Return how many posts have each word of a way to search, in the field where it is most frequent."""
        return [max(self._all_frequencies(way.is_form)[term]) for term in way.words]

    def _all_frequencies(self, is_form: bool) -> BoundedMemo[str, tuple[int, ...]]:
        return self._form_frequencies if is_form else self._frequencies

    def _scores_by_index(self, words: Sequence[QueryWord], ordinals: NDArray[np.int64]) -> NDArray[np.float64]:
        candidates = self._queries.ordinals(ordinals.tolist())
        clauses = [(tantivy.Occur.Must, unscored(candidates))]
        found, found_scores = self._find(self._queries.any_word(words), clauses, len(ordinals))
        order = np.argsort(ordinals)
        scores = np.zeros(len(ordinals))
        scores[order[np.searchsorted(ordinals, found, sorter=order)]] = found_scores
        return scores

    def has_term(self, term: str) -> bool:
        """Return whether any post has a term."""
        return any(self._frequencies[term])

    def document_frequency(self, term: str) -> int:
        """Return how many posts have a term, in the field where it is most frequent."""
        return max(self._frequencies[term])

    def form_frequency(self, form: str) -> int:
        """Return how many posts have a word as written, in the field where it is most frequent."""
        return max(self._form_frequencies[form])

    def has_form(self, form: str) -> bool:
        """Return whether any post has a word as written."""
        return self.form_frequency(form) > 0

    def frequency_within(self, word: str, condition: Filter, *, is_form: bool) -> int:
        """Return how many posts that pass a filter have a word, in the field where it is most frequent.

        ``is_form``: whether it is a word as written, or else a term.
        """
        clauses = self._queries.clauses(Condition(condition))
        fields = zip(fields_of(is_form=is_form), self._all_frequencies(is_form)[word], strict=True)
        queries = [self._queries.term(field, word) for field, posts in fields if posts]
        return max((self._count(query, clauses) for query in queries), default=0)

    def rarity(self, frequency: int) -> float:
        """Return the inverse document frequency of what ``frequency`` posts have."""
        return math.log1p((len(self) - frequency + 0.5) / (frequency + 0.5))

    def max_score(self, words: Sequence[QueryWord]) -> float:
        """Return an upper bound of the score of any post for these words.

        It is BM25 as the term frequency in every field tends to infinity (Robertson and Zaragoza, 2009). An unknown
        word counts as the rarest, so that no post matches well if most of a query is unknown. Corrected words count in
        full, whatever their certainty: the correction may be wrong.
        """
        return sum(word.count * word.weight * self._max_word_score(word) for word in words)

    def _max_word_score(self, word: QueryWord) -> float:
        """Alternatives of a word that no post has count in its place."""
        fields = [score for way in _ways(word)[: len(word.terms)] for score in self._max_field_scores(way)]
        fields = fields or [score for way in _ways(word) for score in self._max_field_scores(way)]
        fields = fields or [_BM25_LIMIT * self.rarity(0)]
        best = max(fields)
        return best + TIE_BREAKER * (sum(fields) - best)

    def _max_field_scores(self, way: _Way) -> list[float]:
        """Return the limit of the score of a way to search, in each field that has all of its words."""
        frequencies = self._all_frequencies(way.is_form)
        return [
            way.weight * field.boost * _BM25_LIMIT * sum(map(self.rarity, counts))
            for place, field in enumerate(fields_of(is_form=way.is_form).values())
            if all(counts := [frequencies[term][place] for term in way.words])
        ]

    # --- explaining -------------------------------------------------------------------------------------------------

    def contributions(
        self, words: Sequence[QueryWord], ordinal: int, post: Post, analyzer: Analyzer
    ) -> tuple[WordContribution, ...]:
        """Return what each word contributes to the score of a post, by field of the post; they sum up to the score.

        ``post`` is the post with this ordinal. The score in a lexical field is divided between the fields of the post
        that it holds, in proportion to how often the word is counted in each.
        """
        address = self._searcher.search(self._queries.ordinal(ordinal), limit=1, count=False).hits[0][1]
        texts = _texts(post, analyzer)
        contributions = []
        for word in words:
            ways = [self._scored(_ways(word)[: len(word.terms)], texts, address)]
            ways += [self._scored(_ways_of(alternative), texts, address) for alternative in word.alternatives]
            for found in max(ways, key=lambda way: sum(scored.score for scored in way)):
                score = word.factor * found.score
                total = sum(found.field.parts[part] * count for part, count in found.counts.items())
                contributions += [
                    WordContribution(
                        word.text, found.text, part, count, score * found.field.parts[part] * count / total
                    )
                    for part, count in found.counts.items()
                ]
        return tuple(contributions)

    def _scored(self, ways: Sequence[_Way], texts: _Texts, address: tantivy.DocAddress) -> list[_Scored]:
        """Return the score in each field of what is searched; together they are the score of a word in a post."""
        found = []
        for way in ways:
            for name, field in fields_of(is_form=way.is_form).items():
                counts = {
                    part: sum(_count(way.words, value) for value in texts[way.is_form][part]) for part in field.parts
                }
                counts = {part: count for part, count in counts.items() if count}
                query = self._queries.sequence(name, way.words)
                if counts and (score := self._explained_score(query, address)) > 0:
                    found.append(_Scored(" ".join(way.words), field, counts, way.weight * score))
        found.sort(key=lambda scored: -scored.score)
        return [
            replace(scored, score=scored.score * (TIE_BREAKER if rank else 1.0)) for rank, scored in enumerate(found)
        ]

    def _explained_score(self, query: tantivy.Query, address: tantivy.DocAddress) -> float:
        try:
            return float(json.loads(query.explain(self._searcher, address).to_json())["value"])
        except ValueError:  # the post does not match
            return 0.0


# These are no methods: memos that refer to the index would be reference cycles, and keep it in memory after use.


def _frequencies(searcher: tantivy.Searcher, fields: Mapping[str, LexicalField], term: str) -> tuple[int, ...]:
    return tuple(searcher.doc_freq(field, term) for field in fields)


def _searched(word: QueryWord) -> _Searched:
    return word.terms, word.alternatives, word.is_form


def _postings(searcher: tantivy.Searcher, queries: QueryBuilder, searched: _Searched) -> Postings:
    terms, alternatives, is_form = searched
    query = queries.word(terms, alternatives, is_form=is_form)
    return Postings.from_unsorted(*_search(searcher, query, searcher.num_docs))


def _texts(post: Post, analyzer: Analyzer) -> _Texts:
    def terms_of(value: str, *, is_form: bool) -> Sequence[str]:
        if is_form:
            return analyzer.forms(value).sequence
        return analyzer.for_language(post.language).indexed_terms(value)

    return {
        is_form: {
            part: [terms_of(value, is_form=is_form) for value in field_values(post, part)]
            for field in fields_of(is_form=is_form).values()
            for part in field.parts
        }
        for is_form in (False, True)
    }


def _ways(word: QueryWord) -> list[_Way]:
    """Return the ways to search a word: its terms, and then its alternatives."""
    own = [_Way((term,), word.is_form, 1.0) for term in word.terms]
    return own + [way for alternative in word.alternatives for way in _ways_of(alternative)]


def _ways_of(alternative: Alternative) -> list[_Way]:
    return [_Way(sequence, len(sequence) > 1, alternative.weight) for sequence in alternative.sequences]


def _count(sequence: Sequence[str], terms: Sequence[str]) -> int:
    """Return how often a sequence of terms occurs in others."""
    if len(sequence) == 1:
        return terms.count(sequence[0])
    length, wanted = len(sequence), tuple(sequence)
    return sum(tuple(terms[start : start + length]) == wanted for start in range(len(terms) - length + 1))


def _search(
    searcher: tantivy.Searcher, query: tantivy.Query, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ordinals of the posts that a query matches, best first, and their scores."""
    hits = searcher.search(query, limit=limit, count=False).hits
    ordinals = searcher.fast_field_values("ordinal", [address for _, address in hits])
    return np.array(ordinals, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float64)
