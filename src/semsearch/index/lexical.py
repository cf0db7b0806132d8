"""Which posts share words with a question? The only module that knows tantivy. Scores are BM25: higher is better."""

from __future__ import annotations

import math
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from semsearch.index.filters import NO_FILTER, Filter, day_number
from semsearch.index.stop_words import STOP_WORDS
from semsearch.posts import Post, language_ranges

FOLDER = "lexical"
BOOSTS = {"title": 1.2, "tags": 1.1, "teaser": 1.0, "body": 0.7}
"""What a word in a field counts: a title says what a post is about, a body says much else too."""
TIE_BREAKER = 0.3
"""A word counts as in its best field, and this much of what it counts in the others: a word that stands in title and
teaser says little more than one that stands in the title."""

_WORDS = "words"  # a word in its stem, with stop words left out: for search
_FORMS = "forms"  # a word as it is written, but for case and accents: for completions
_WORD = r"[\p{L}\p{M}\p{N}]+"
_MAX_WORD_BYTES = 80
_MAX_QUERY_WORDS = 64
_HEAP_BYTES = 256_000_000
_PRIVATE = ("meta.json", ".managed.json")  # what tantivy lets its owner alone read: others may serve what one builds
_BM25_LIMIT = 2.2  # k1 + 1, with the k1 of tantivy


def _analyzer() -> tantivy.TextAnalyzer:
    filters = tantivy.Filter
    return _forms().filter(filters.custom_stopword(STOP_WORDS)).filter(filters.stemmer("english")).build()


def _form_analyzer() -> tantivy.TextAnalyzer:
    return _forms().build()


def _forms() -> tantivy.TextAnalyzerBuilder:
    filters = tantivy.Filter
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_WORD)).filter(filters.remove_long(_MAX_WORD_BYTES))
    # Accents go first: the lower case of İ is an i and a mark that no fold removes.
    return builder.filter(filters.ascii_fold()).filter(filters.lowercase())


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in BOOSTS:
        builder.add_text_field(field, tokenizer_name=_WORDS, index_option="position")
    builder.add_text_field("completion", tokenizer_name=_FORMS, index_option="basic")
    for field in ("tag", "author", "language"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_unsigned_field("ordinal", indexed=True, fast=True)
    return builder.build()


def _register(index: tantivy.Index) -> None:
    index.register_tokenizer(_WORDS, _analyzer())
    index.register_tokenizer(_FORMS, _form_analyzer())


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, as the index sees it."""

    term: str
    start: int
    end: int
    """``text[start:end]`` is the word as it is written; code points."""


class LexicalWriter:
    """Writes the words of posts; the first gets ordinal 0."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FOLDER
        self._path.mkdir()
        with _disk_errors():
            index = tantivy.Index(_schema(), path=str(self._path))
            _register(index)
            self._writer: Any = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        self._count = 0

    def add(self, post: Post) -> None:
        document = tantivy.Document()
        document.add_unsigned("ordinal", self._count)
        document.add_text("title", post.title)
        document.add_text("completion", post.title)
        document.add_text("teaser", post.teaser)
        document.add_text("body", post.body)
        for tag in post.tags:
            document.add_text("tags", tag)
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


@contextmanager
def _disk_errors() -> Iterator[None]:
    """All that goes wrong in writing is the disk's, and tantivy raises ValueError for it."""
    try:
        yield
    except ValueError as error:
        raise OSError(f"{FOLDER}: {error}") from error


class LexicalIndex:
    """The words of all posts of a version. May be used from many threads."""

    def __init__(self, path: Path) -> None:
        # Tantivy makes a lock in the folder that it opens, but a version is not written to, and perhaps may not be: it
        # opens a folder of links to the files instead, which goes with this object.
        links = tempfile.mkdtemp(prefix="semsearch-lexical-")
        weakref.finalize(self, shutil.rmtree, links, ignore_errors=True)
        for file in path.iterdir():
            (Path(links) / file.name).symlink_to(file.resolve())
        self._index = tantivy.Index.open(links)
        self._index.config_reader("manual")  # a version never changes: there is nothing to watch for
        _register(self._index)
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._words, self._forms = _analyzer(), _form_analyzer()

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        return cls(folder / FOLDER)

    def __len__(self) -> int:
        return self._searcher.num_docs

    def words(self, text: str) -> list[Word]:
        """The words of a text, stemmed, without stop words."""
        tokens = self._words.pre_tokenize(text).tokens
        return [Word(token.text, token.char_offset_from, token.char_offset_to) for token in tokens]

    def terms(self, query: str) -> tuple[str, ...]:
        """The distinct words of a question, in their order, at most 64."""
        return tuple(dict.fromkeys(word.term for word in self.words(query)))[:_MAX_QUERY_WORDS]

    def search(
        self, terms: Sequence[str], limit: int, condition: Filter = NO_FILTER
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The ordinals of the posts that have any of the words, best first, and their scores."""
        return self._find(terms, self._conditions(condition), limit)

    def score(self, terms: Sequence[str], ordinals: NDArray[np.int64]) -> NDArray[np.float64]:
        """The scores of some posts, shape (ordinals,); 0 for those that have none of the words."""
        chosen = tantivy.Query.term_set_query(self._schema, "ordinal", ordinals.tolist())
        found, scores = self._find(terms, [chosen], len(ordinals))
        by_ordinal = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.array([by_ordinal.get(ordinal, 0.0) for ordinal in ordinals.tolist()], dtype=np.float64)

    def matching(self, terms: Sequence[str], condition: Filter = NO_FILTER) -> NDArray[np.int64]:
        """The ordinals of all posts that have any of the words."""
        return self._find(terms, self._conditions(condition), len(self))[0]

    def best_score(self, terms: Sequence[str]) -> float:
        """More than any post can score for these words: every word so often in every field that more would not count.

        A word that no post has counts as the rarest: where most of a question is unknown, no post matches it well. It
        is BM25 as a word's frequency grows without bound (Robertson and Zaragoza, 2009).
        """
        return sum(self._best_score(term) for term in terms)

    def _best_score(self, term: str) -> float:
        fields = []
        for field, boost in BOOSTS.items():
            if frequency := self._searcher.doc_freq(field, term):
                fields.append(boost * _BM25_LIMIT * self._rarity(frequency))
        if not fields:
            return _BM25_LIMIT * self._rarity(0)
        best = max(fields)
        return best + TIE_BREAKER * (sum(fields) - best)

    def _rarity(self, frequency: int) -> float:
        """The inverse document frequency of BM25."""
        return math.log1p((len(self) - frequency + 0.5) / (frequency + 0.5))

    def complete(self, text: str, limit: int) -> NDArray[np.int64]:
        """The ordinals of posts whose title has every word of the text, the last one perhaps unfinished."""
        *whole, last = [token.text for token in self._forms.pre_tokenize(text).tokens] or [""]
        if not last or limit < 1:
            return np.empty(0, dtype=np.int64)
        must = tantivy.Occur.Must
        clauses = [(must, tantivy.Query.term_query(self._schema, "completion", word)) for word in whole]
        prefix = tantivy.Query.regex_query(self._schema, "completion", f"{re.escape(last)}.*")
        query = tantivy.Query.boolean_query([*clauses, (must, prefix)])
        found = self._searcher.search(query, limit=limit, count=False).hits
        return self._ordinals([address for _, address in found])

    def _ordinals(self, addresses: list[tantivy.DocAddress]) -> NDArray[np.int64]:
        return np.array(self._searcher.fast_field_values("ordinal", addresses), dtype=np.int64)

    def _find(
        self, terms: Sequence[str], conditions: Sequence[tantivy.Query], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if not terms or limit < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
        query, should, must = tantivy.Query, tantivy.Occur.Should, tantivy.Occur.Must
        words = [(should, query.disjunction_max_query(self._fields(term), TIE_BREAKER)) for term in terms]
        clauses = [(must, query.boolean_query(words))]
        clauses += [(must, query.const_score_query(condition, 0.0)) for condition in conditions]
        found = self._searcher.search(query.boolean_query(clauses), limit=limit, count=False).hits
        scores = np.array([score for score, _ in found], dtype=np.float64)
        return self._ordinals([address for _, address in found]), scores

    def _fields(self, term: str) -> list[tantivy.Query]:
        query, schema = tantivy.Query, self._schema
        return [
            query.boost_query(query.term_query(schema, field, term, "freq"), boost) for field, boost in BOOSTS.items()
        ]

    def _conditions(self, condition: Filter) -> list[tantivy.Query]:
        query, schema = tantivy.Query, self._schema
        queries = [query.term_query(schema, "tag", tag) for tag in condition.tags]
        queries += [query.term_query(schema, "author", author) for author in condition.authors]
        if condition.language is not None:
            queries.append(query.term_query(schema, "language", condition.language.lower()))
        if condition.date_from is not None or condition.date_to is not None:
            first = None if condition.date_from is None else day_number(condition.date_from)
            last = None if condition.date_to is None else day_number(condition.date_to)
            queries.append(query.range_query(schema, "day", tantivy.FieldType.Integer, first, last))
        return queries
