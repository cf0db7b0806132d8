"""Searches the tantivy index of a version. Scores are BM25: higher is better."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from semsearch.analysis.bounded_memo import BoundedMemo
from semsearch.analysis.stems import Analyzer
from semsearch.index.filters import NO_FILTER, Filter
from semsearch.index.lexical.postings import Postings
from semsearch.index.lexical.queries import TIE_BREAKER, Clause, QueryBuilder, unscored
from semsearch.index.lexical.query_model import NO_CONDITION, Alternative, Condition, QueryWord, WordContribution
from semsearch.index.lexical.schema import FIELDS, FOLDER, MAX_WORD_BYTES, form_tokenizer, register_tokenizers
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

_Searched = tuple[tuple[str, ...], tuple[Alternative, ...]]
"""The terms of a word and its alternatives."""


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
        self._form_tokenizer = form_tokenizer()
        self._frequencies: BoundedMemo[str, tuple[int, ...]] = BoundedMemo(
            partial(_frequencies, self._searcher), _MEMO_TERMS, MAX_WORD_BYTES
        )
        """By term, its document frequency in each of FIELDS."""
        self._postings: BoundedMemo[_Searched, Postings] = BoundedMemo(
            partial(_postings, self._searcher, self._queries),
            _MEMO_POSTINGS,
            size=lambda postings: len(postings) + _WORD_OVERHEAD_POSTINGS,
        )
        """By the terms and alternatives of a word, its postings."""

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
        if (query := self._with(self._queries.any_word(words), self._queries.clauses(condition))) is None:
            return 0
        return int(self._searcher.search(query, limit=1, count=True).count or 0)  # type: ignore[attr-defined]

    def satisfying(self, condition: Condition) -> NDArray[np.int64]:
        """Return the ordinals of all posts that satisfy a condition."""
        return self._find(unscored(tantivy.Query.all_query()), self._queries.clauses(condition), len(self))[0]

    def complete(self, text: str, limit: int, post_filter: Filter = NO_FILTER) -> NDArray[np.int64]:
        """Return the ordinals of posts that pass the filter and whose title has every word of ``text``.

        The last word may be a prefix.
        """
        *words, prefix = [token.text for token in self._form_tokenizer.pre_tokenize(text).tokens] or [""]
        if not prefix or limit < 1:
            return np.empty(0, dtype=np.int64)
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
                postings = self._postings[word.terms, word.alternatives]
                total += word.count * word.weight * postings.scores_of(ordinals)
        return total + self._scores_by_index(frequent, ordinals) if frequent else total

    def prefetch(self, words: Sequence[QueryWord]) -> None:
        """Memoise the postings that :meth:`scores` needs for some words."""
        for word in words:
            if not self._is_frequent(word):
                self._postings[word.terms, word.alternatives]

    def _is_frequent(self, word: QueryWord) -> bool:
        return any(min(map(self.document_frequency, terms)) > _MAX_MEMOISED_POSTS for _, terms in _sequences(word))

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

    def max_score(self, words: Sequence[QueryWord]) -> float:
        """Return an upper bound of the score of any post for these words.

        It is BM25 as the term frequency in every field tends to infinity (Robertson and Zaragoza, 2009). An unknown
        word counts as the rarest, so that no post matches well if most of a query is unknown. Corrected words count in
        full, whatever their weight: the correction may be wrong.
        """
        return sum(word.count * self._max_word_score(word) for word in words)

    def _max_word_score(self, word: QueryWord) -> float:
        """Alternatives of a word that no post has count in its place."""
        fields = self._max_field_scores((1.0, (term,)) for term in word.terms) or self._max_field_scores(
            _sequences(word)
        )
        fields = fields or [_BM25_LIMIT * self._inverse_document_frequency(0)]
        best = max(fields)
        return best + TIE_BREAKER * (sum(fields) - best)

    def _max_field_scores(self, sequences: Iterable[tuple[float, tuple[str, ...]]]) -> list[float]:
        """Return the limit of each weighted sequence of terms in each field that has all of its terms."""
        return [
            weight * field.boost * _BM25_LIMIT * sum(map(self._inverse_document_frequency, frequencies))
            for weight, terms in sequences
            for place, field in enumerate(FIELDS.values())
            if all(frequencies := [self._frequencies[term][place] for term in terms])
        ]

    def _inverse_document_frequency(self, frequency: int) -> float:
        return math.log1p((len(self) - frequency + 0.5) / (frequency + 0.5))

    # --- explaining -------------------------------------------------------------------------------------------------

    def contributions(
        self, words: Sequence[QueryWord], ordinal: int, post: Post, analyzer: Analyzer
    ) -> tuple[WordContribution, ...]:
        """Return what each word contributes to the score of a post, by field of the post; they sum up to the score.

        ``post`` is the post with this ordinal. The score in a lexical field is divided between the fields of the post
        that it holds, in proportion to how often the word is counted in each.
        """
        address = self._searcher.search(self._queries.ordinal(ordinal), limit=1, count=False).hits[0][1]
        terms_of = analyzer.for_language(post.language).terms
        part_terms = {
            part: [terms_of(value) for value in field_values(post, part)]
            for field in FIELDS.values()
            for part in field.parts
        }
        field_terms = {
            name: {term for part in field.parts for terms in part_terms[part] for term in terms}
            for name, field in FIELDS.items()
        }

        def scored(weight: float, sequences: Iterable[tuple[str, ...]]) -> list[tuple[str, tuple[str, ...], float]]:
            """Return field, terms and score of each sequence of terms that a field has; the scores sum up."""
            found = [
                (name, sequence, weight * score)
                for sequence in sequences
                for name, terms in field_terms.items()
                if terms.issuperset(sequence)
                and (score := self._explained_score(self._queries.sequence(name, sequence), address)) > 0
            ]
            found.sort(key=lambda entry: -entry[2])
            return [
                (name, sequence, score * (TIE_BREAKER if rank else 1.0))
                for rank, (name, sequence, score) in enumerate(found)
            ]

        contributions = []
        for word in words:
            ways = [scored(1.0, [(term,) for term in word.terms])]
            ways += [scored(alternative.weight, alternative.phrase) for alternative in word.alternatives]
            for name, sequence, score in max(ways, key=lambda way: sum(score for _, _, score in way)):
                parts = FIELDS[name].parts
                frequencies = {part: sum(_count(sequence, terms) for terms in part_terms[part]) for part in parts}
                total = sum(parts[part] * frequency for part, frequency in frequencies.items())
                term, field_score = " ".join(sequence), word.count * word.weight * score
                contributions += [
                    WordContribution(word.text, term, part, frequency, field_score * parts[part] * frequency / total)
                    for part, frequency in frequencies.items()
                    if frequency
                ]
        return tuple(contributions)

    def _explained_score(self, query: tantivy.Query, address: tantivy.DocAddress) -> float:
        try:
            return float(json.loads(query.explain(self._searcher, address).to_json())["value"])
        except ValueError:  # the post does not match
            return 0.0


# These are no methods: memos that refer to the index would be reference cycles, and keep it in memory after use.


def _frequencies(searcher: tantivy.Searcher, term: str) -> tuple[int, ...]:
    return tuple(searcher.doc_freq(field, term) for field in FIELDS)


def _postings(searcher: tantivy.Searcher, queries: QueryBuilder, searched: _Searched) -> Postings:
    return Postings.from_unsorted(*_search(searcher, queries.word(*searched), searcher.num_docs))


def _sequences(word: QueryWord) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Yield the sequences of terms that a word is searched by, each with its weight."""
    yield from ((1.0, (term,)) for term in word.terms)
    for alternative in word.alternatives:
        yield from ((alternative.weight, terms) for terms in alternative.phrase)


def _count(sequence: tuple[str, ...], terms: Sequence[str]) -> int:
    """Return how often a sequence of terms occurs in others."""
    length = len(sequence)
    return sum(tuple(terms[start : start + length]) == sequence for start in range(len(terms) - length + 1))


def _search(
    searcher: tantivy.Searcher, query: tantivy.Query, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ordinals of the posts that a query matches, best first, and their scores."""
    hits = searcher.search(query, limit=limit, count=False).hits
    ordinals = searcher.fast_field_values("ordinal", [address for _, address in hits])
    return np.array(ordinals, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float64)
