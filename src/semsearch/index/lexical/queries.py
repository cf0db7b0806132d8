"""What is asked of tantivy? Words, phrases and filters in, its queries out; and which fields they look into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import tantivy

from semsearch.index.filters import Filter, day_number
from semsearch.index.lexical.query_model import Condition, Phrase, QueryWord

Clause = tuple[tantivy.Occur, tantivy.Query]


@dataclass(frozen=True, slots=True)
class LexicalField:
    """A field of the lexical index, which one or several fields of a post are written into."""

    boost: float
    """What a word in it counts, against a word in another."""
    parts: Mapping[str, int]
    """Fields of a post, and how often a word there is counted: with one length for all of them, as in BM25F (Robertson,
    Zaragoza and Taylor, 2004)."""


FIELDS: Mapping[str, LexicalField] = {
    "text": LexicalField(1.0, {"title": 3, "tags": 2, "teaser": 1, "authors": 1}),
    "body": LexicalField(0.7, {"body": 1}),
}
"""A title says what a post is about, tags too, a body says much else."""
FIELDS_OF_FORMAT_1: Mapping[str, LexicalField] = {
    "title": LexicalField(1.2, {"title": 1}),
    "tags": LexicalField(1.1, {"tags": 1}),
    "teaser": LexicalField(1.0, {"teaser": 1}),
    "body": LexicalField(0.7, {"body": 1}),
}
TIE_BREAKER = 0.3
"""A word counts as in its best field, and this much of what it counts in the others: a word that stands in teaser and
body says little more than one that stands in the teaser."""


class Queries:
    """The queries of an index with these fields."""

    def __init__(self, schema: tantivy.Schema, fields: Mapping[str, LexicalField]) -> None:
        self._schema, self._fields = schema, fields

    def any_of(self, words: Sequence[QueryWord]) -> tantivy.Query | None:
        """Posts with any of the words."""
        if not words:
            return None
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, self._counted(word)) for word in words])

    def word(self, terms: Sequence[str]) -> tantivy.Query:
        """Posts with a word, which stands there as one of its terms."""
        fields = [self.term(field, term) for term in terms for field in self._fields]
        return tantivy.Query.disjunction_max_query(fields, TIE_BREAKER)

    def _counted(self, word: QueryWord) -> tantivy.Query:
        query, counted = self.word(word.terms), word.count * word.weight
        return query if counted == 1.0 else tantivy.Query.boost_query(query, counted)

    def term(self, field: str, term: str) -> tantivy.Query:
        """Posts with a term in a field."""
        query = tantivy.Query.term_query(self._schema, field, term, "freq")
        boost = self._fields[field].boost
        return query if boost == 1.0 else tantivy.Query.boost_query(query, boost)

    def ordinal(self, ordinal: int) -> tantivy.Query:
        """The post with an ordinal."""
        return tantivy.Query.term_query(self._schema, "ordinal", ordinal)

    def ordinals(self, ordinals: Iterable[int]) -> tantivy.Query:
        """The posts with some ordinals."""
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, self.ordinal(ordinal)) for ordinal in ordinals])

    def completion(self, whole: Iterable[str], last: str) -> tantivy.Query:
        """Titles that have some words, and one that begins with another."""
        must = tantivy.Occur.Must
        clauses = [(must, tantivy.Query.term_query(self._schema, "completion", word)) for word in whole]
        prefix = tantivy.Query.regex_query(self._schema, "completion", f"{re.escape(last)}.*")
        return tantivy.Query.boolean_query([*clauses, (must, prefix)])

    def clauses(self, condition: Condition) -> list[Clause]:
        """What a condition demands of posts, and adds nothing to their scores."""
        must, must_not = tantivy.Occur.Must, tantivy.Occur.MustNot
        clauses = [(must, unscored(query)) for query in self._filters(condition.filter)]
        clauses += [(must, unscored(self._phrase(phrase))) for phrase in condition.required]
        clauses += [(must_not, self._phrase(phrase)) for phrase in condition.excluded]
        return clauses

    def _phrase(self, phrase: Phrase) -> tantivy.Query:
        query, schema = tantivy.Query, self._schema
        versions = [
            query.phrase_query(schema, field, list(terms))
            if len(terms) > 1
            else query.term_query(schema, field, terms[0], "basic")
            for terms in phrase
            for field in self._fields
        ]
        return query.boolean_query([(tantivy.Occur.Should, version) for version in versions])

    def _filters(self, condition: Filter) -> list[tantivy.Query]:
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


def unscored(query: tantivy.Query) -> tantivy.Query:
    """The same posts, with a score of 0."""
    return tantivy.Query.const_score_query(query, 0.0)
