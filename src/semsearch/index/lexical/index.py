"""Which posts share words with a question? The only module that keeps a tantivy index. Scores are BM25: higher is
better."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from semsearch.analysis.bounded_memo import Remembered
from semsearch.analysis.stems import Analyzer
from semsearch.index.filters import NO_FILTER, Filter, day_number
from semsearch.index.lexical.postings import Postings
from semsearch.index.lexical.queries import FIELDS, TIE_BREAKER, Clause, LexicalField, Queries, unscored
from semsearch.index.lexical.query_model import NO_CONDITION, Condition, QueryWord, WordShare
from semsearch.posts import Post, language_ranges

FOLDER = "lexical"


_TERMS = "terms"  # terms as the analyzer made them, with spaces between
_FORMS = "forms"  # a word as it is written, but for case and accents: for completions
_WORD = r"[\p{L}\p{M}\p{N}]+"
_MAX_WORD_BYTES = 80
_HEAP_BYTES = 256_000_000
_PRIVATE = ("meta.json", ".managed.json")  # what tantivy lets its owner alone read: others may serve what one builds
_REMEMBERED = 100_000
"""Terms whose posts are counted once."""
_FEW_POSTS = 4_096
"""Up to so many, all that have a word are read at once, and remembered: the next question with the word is scored
without the index. Where more have it, only those posts are looked at that are to be scored."""
_POSTINGS, _OF_A_WORD = 4_000_000, 50
"""Posts that are remembered, of all words together, and how many of them a word itself is counted as: 32 MB."""
_BM25_LIMIT = 2.2  # k1 + 1, with the k1 of tantivy


def _analyzer() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def _form_analyzer() -> tantivy.TextAnalyzer:
    filters = tantivy.Filter
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_WORD)).filter(filters.remove_long(_MAX_WORD_BYTES))
    # Accents go first: the lower case of İ is an i and a mark that no fold removes.
    return builder.filter(filters.ascii_fold()).filter(filters.lowercase()).build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name=_TERMS, index_option="position")
    builder.add_text_field("completion", tokenizer_name=_FORMS, index_option="basic")
    for field in ("tag", "author", "language"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_unsigned_field("ordinal", indexed=True, fast=True)
    return builder.build()


def _register(index: tantivy.Index) -> None:
    for name in (_TERMS, "words"):  # the second is what format 1 calls it
        index.register_tokenizer(name, _analyzer())
    index.register_tokenizer(_FORMS, _form_analyzer())


class LexicalWriter:
    """Writes the words of posts; the first gets ordinal 0."""

    def __init__(self, folder: Path, analyzer: Analyzer) -> None:
        self._path, self._analyzer = folder / FOLDER, analyzer
        self._path.mkdir()
        with _disk_errors():
            index = tantivy.Index(_schema(), path=str(self._path))
            _register(index)
            self._writer: Any = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        self._count = 0

    def add(self, post: Post) -> None:
        document = tantivy.Document()
        document.add_unsigned("ordinal", self._count)
        read = self._analyzer.reader(post.language).terms
        for name, field in FIELDS.items():
            for part, repeats in field.parts.items():
                for value in values_of(post, part):
                    terms = " ".join(read(value))
                    for _ in range(repeats if terms else 0):  # one value each: no phrase goes from one to the next
                        document.add_text(name, terms)
        document.add_text("completion", post.title)
        for tag in post.tags:
            document.add_text("tag", tag)
        for author in post.authors:
            document.add_text("author", author)
        if post.language:
            for language in language_ranges(post.language):
                document.add_text("language", language)
        if (day := post.day) is not None:
            document.add_integer("day", day_number(day))
        with _disk_errors():
            self._writer.add_document(document)
        self._count += 1

    def close(self) -> None:
        with _disk_errors():
            self._writer.commit()
            self._writer.wait_merging_threads()
        for lock in self._path.glob(".*.lock"):
            lock.unlink()
        for name in _PRIVATE:
            content = (self._path / name).read_bytes()
            (self._path / name).unlink()
            (self._path / name).write_bytes(content)

    def abandon(self) -> None:
        """Stops writing before the end; the writer waits for its threads when it goes."""
        self._writer = None


def values_of(post: Post, part: str) -> tuple[str, ...]:
    """The texts of a field of a post: one, or several."""
    value: str | tuple[str, ...] = getattr(post, part)
    return (value,) if isinstance(value, str) else value


@contextmanager
def _disk_errors() -> Iterator[None]:
    """All that goes wrong in writing is the disk's, and tantivy raises ValueError for it."""
    try:
        yield
    except ValueError as error:
        raise OSError(f"{FOLDER}: {error}") from error


class LexicalIndex:
    """The words of all posts of a version. May be used from many threads."""

    def __init__(self, path: Path, fields: Mapping[str, LexicalField] = FIELDS) -> None:
        # Tantivy makes a lock in the folder that it opens, but a version is not written to, and perhaps may not be: it
        # opens a folder of links to the files instead. Its searcher keeps the files open, and needs the folder no more.
        with tempfile.TemporaryDirectory(prefix="semsearch-lexical-", ignore_cleanup_errors=True) as links:
            for file in path.iterdir():
                (Path(links) / file.name).symlink_to(file.resolve())
            index = tantivy.Index.open(links)
            index.config_reader("manual")  # a version never changes: there is nothing to watch for
            _register(index)
            self._queries = Queries(index.schema, fields)
            self._searcher = index.searcher()
        self._forms = _form_analyzer()
        self._fields = fields
        self._counted: Remembered[str, tuple[int, ...]] = Remembered(
            partial(_frequencies, self._searcher, tuple(fields)), _REMEMBERED, _MAX_WORD_BYTES
        )
        """By term, how many posts have it in each of the fields."""
        self._postings: Remembered[tuple[str, ...], Postings] = Remembered(
            partial(_postings, self._searcher, self._queries), _POSTINGS, size=lambda found: len(found) + _OF_A_WORD
        )
        """By the terms of a word, the posts that have it."""

    @classmethod
    def open(cls, folder: Path, fields: Mapping[str, LexicalField] = FIELDS) -> LexicalIndex:
        return cls(folder / FOLDER, fields)

    def __len__(self) -> int:
        return self._searcher.num_docs

    def search(
        self, words: Sequence[QueryWord], limit: int, condition: Condition = NO_CONDITION
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The ordinals of the posts that have any of the words, best first, and their scores."""
        return self._find(self._queries.any_of(words), self._queries.clauses(condition), limit)

    def matching(self, words: Sequence[QueryWord], condition: Condition = NO_CONDITION) -> NDArray[np.int64]:
        """The ordinals of all posts that have any of the words."""
        return self._find(self._queries.any_of(words), self._queries.clauses(condition), len(self))[0]

    def count(self, words: Sequence[QueryWord], condition: Condition = NO_CONDITION) -> int:
        """How many posts have any of the words: as many as :meth:`matching` gives, without listing them."""
        if (query := self._with(self._queries.any_of(words), self._queries.clauses(condition))) is None:
            return 0
        return int(self._searcher.search(query, limit=1, count=True).count or 0)  # type: ignore[attr-defined]

    def meeting(self, condition: Condition) -> NDArray[np.int64]:
        """The ordinals of all posts that meet a condition."""
        return self._find(unscored(tantivy.Query.all_query()), self._queries.clauses(condition), len(self))[0]

    def scores(self, words: Sequence[QueryWord], ordinals: NDArray[np.int64]) -> NDArray[np.float64]:
        """The scores of some posts, each given once, in their order; 0 for one that has none of the words.

        They are those of :meth:`search`, but for what single precision rounds.
        """
        total = np.zeros(len(ordinals))
        frequent = []
        for word in words:
            if self._is_frequent(word):
                frequent.append(word)
            else:
                total += word.count * word.weight * self._postings[word.terms].scores_of(ordinals)
        return total + self._asked_for(frequent, ordinals) if frequent else total

    def look_up(self, words: Sequence[QueryWord]) -> None:
        """Has ready what :meth:`scores` needs to know of some words."""
        for word in words:
            if not self._is_frequent(word):
                self._postings[word.terms]

    def _is_frequent(self, word: QueryWord) -> bool:
        return max(map(self.frequency, word.terms)) > _FEW_POSTS

    def _asked_for(self, words: Sequence[QueryWord], ordinals: NDArray[np.int64]) -> NDArray[np.float64]:
        """The scores of some posts, as the index knows them."""
        chosen = self._queries.ordinals(ordinals.tolist())
        found, scores = self._find(self._queries.any_of(words), [(tantivy.Occur.Must, unscored(chosen))], len(ordinals))
        order = np.argsort(ordinals)
        all_scores = np.zeros(len(ordinals))
        all_scores[order[np.searchsorted(ordinals, found, sorter=order)]] = scores
        return all_scores

    def knows(self, term: str) -> bool:
        """Whether any post has it."""
        return any(self._counted[term])

    def frequency(self, term: str) -> int:
        """How many posts have it, in the field where most do."""
        return max(self._counted[term])

    def best_score(self, words: Sequence[QueryWord]) -> float:
        """More than any post can score for these words: each so often in every field that more would not count.

        A word that no post has counts as the rarest: where most of a question is unknown, no post matches it well. It
        is BM25 as a word's frequency grows without bound (Robertson and Zaragoza, 2009).
        """
        return sum(word.count * self._best_score(word) for word in words)

    def _best_score(self, word: QueryWord) -> float:
        """Corrected words too count in full: what was meant is not known."""
        fields = [
            field.boost * _BM25_LIMIT * self._rarity(frequency)
            for term in word.terms
            for field, frequency in zip(self._fields.values(), self._counted[term], strict=True)
            if frequency
        ] or [_BM25_LIMIT * self._rarity(0)]
        best = max(fields)
        return best + TIE_BREAKER * (sum(fields) - best)

    def _rarity(self, frequency: int) -> float:
        """The inverse document frequency of BM25."""
        return math.log1p((len(self) - frequency + 0.5) / (frequency + 0.5))

    def shares(self, words: Sequence[QueryWord], ordinal: int, post: Post, analyzer: Analyzer) -> tuple[WordShare, ...]:
        """What each word adds to the score of a post, by the fields of the post that it stands in; they sum up to it.

        ``post`` is the one with this ordinal. A lexical field that several fields were written into is divided between
        them by how often the word was counted in each.
        """
        address = self._searcher.search(self._queries.ordinal(ordinal), limit=1, count=False).hits[0][1]
        read = analyzer.reader(post.language).terms
        counts = {
            part: [read(value) for value in values_of(post, part)]
            for field in self._fields.values()
            for part in field.parts
        }
        there = {
            name: {term for part in field.parts for terms in counts[part] for term in terms}
            for name, field in self._fields.items()
        }
        shares = []
        for word in words:
            scored = [
                (name, term, score)
                for term in word.terms
                for name, terms in there.items()
                if term in terms and (score := self._explained(self._queries.term(name, term), address)) > 0
            ]
            scored.sort(key=lambda entry: -entry[2])
            for place, (name, term, score) in enumerate(scored):
                counted = word.count * word.weight * score * (1.0 if place == 0 else TIE_BREAKER)
                parts = self._fields[name].parts
                frequencies = {part: sum(terms.count(term) for terms in counts[part]) for part in parts}
                total = sum(parts[part] * frequency for part, frequency in frequencies.items())
                shares += [
                    WordShare(word.text, term, part, frequency, counted * parts[part] * frequency / total)
                    for part, frequency in frequencies.items()
                    if frequency
                ]
        return tuple(shares)

    def _explained(self, query: tantivy.Query, address: tantivy.DocAddress) -> float:
        try:
            return float(json.loads(query.explain(self._searcher, address).to_json())["value"])
        except ValueError:  # the post does not match
            return 0.0

    def complete(self, text: str, limit: int, chosen: Filter = NO_FILTER) -> NDArray[np.int64]:
        """The ordinals of posts that pass, whose title has every word of the text, the last one perhaps unfinished."""
        *whole, last = [token.text for token in self._forms.pre_tokenize(text).tokens] or [""]
        if not last or limit < 1:
            return np.empty(0, dtype=np.int64)
        query = self._queries.completion(whole, last)
        return self._find(query, self._queries.clauses(Condition(chosen)), limit)[0]

    def _find(
        self, query: tantivy.Query | None, clauses: list[Clause], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        query = self._with(query, clauses)
        if query is None or limit < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
        return _found(self._searcher, query, limit)

    def _with(self, query: tantivy.Query | None, clauses: list[Clause]) -> tantivy.Query | None:
        if query is None or not clauses:
            return query
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *clauses])


# No methods: an index that refers to itself would outlive the version that it is of.


def _frequencies(searcher: tantivy.Searcher, fields: Sequence[str], term: str) -> tuple[int, ...]:
    return tuple(searcher.doc_freq(field, term) for field in fields)


def _postings(searcher: tantivy.Searcher, queries: Queries, terms: Sequence[str]) -> Postings:
    return Postings.of(*_found(searcher, queries.word(terms), searcher.num_docs))


def _found(
    searcher: tantivy.Searcher, query: tantivy.Query, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The ordinals of the posts that a query finds, best first, and their scores."""
    found = searcher.search(query, limit=limit, count=False).hits
    ordinals = searcher.fast_field_values("ordinal", [address for _, address in found])
    return np.array(ordinals, dtype=np.int64), np.array([score for score, _ in found], dtype=np.float64)
