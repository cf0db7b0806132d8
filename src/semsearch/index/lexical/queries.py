"""Translates words, phrases and filters into tantivy queries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import tantivy

from semsearch.index.filters import Filter, HasAll, InLanguage, NotAfter, NotBefore, Rule, day_number
from semsearch.index.lexical.query_model import Alternative, Condition, Phrase, QueryWord
from semsearch.index.lexical.schema import FIELDS, FORM_FIELDS, fields_of

Clause = tuple[tantivy.Occur, tantivy.Query]

TIE_BREAKER = 0.3
"""A word scores as in its best field, plus this share of its scores in the others: a word in teaser and body says
little more than one in the teaser."""
_BOOSTS = {name: field.boost for name, field in (*FIELDS.items(), *FORM_FIELDS.items())}


class QueryBuilder:
    """Builds tantivy queries for a schema."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def any_word(self, words: Sequence[QueryWord]) -> tantivy.Query | None:
        """Match posts with any of the words; None if there are no words."""
        if not words:
            return None
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, self._weighted(word)) for word in words])

    def word(
        self, terms: Sequence[str], alternatives: Sequence[Alternative] = (), *, is_form: bool = False
    ) -> tantivy.Query:
        """Match posts with any of the terms of a word in any field, or with one of its alternatives."""
        fields = [self.term(field, term) for term in terms for field in fields_of(is_form=is_form)]
        query = tantivy.Query.disjunction_max_query(fields, TIE_BREAKER)
        if not alternatives:
            return query
        return tantivy.Query.disjunction_max_query([query, *map(self.alternative, alternatives)], 0.0)

    def alternative(self, alternative: Alternative) -> tantivy.Query:
        """Match posts with an alternative, which scores like a word."""
        fields = [
            self.sequence(field, sequence)
            for sequence in alternative.sequences
            for field in fields_of(is_form=len(sequence) > 1)
        ]
        query = tantivy.Query.disjunction_max_query(fields, TIE_BREAKER)
        return tantivy.Query.boost_query(query, alternative.weight)

    def sequence(self, field: str, words: Sequence[str]) -> tantivy.Query:
        """Match posts with a sequence of words, as written, in a field; or with a term, if it is only one."""
        if len(words) == 1:
            return self.term(field, words[0])
        return tantivy.Query.boost_query(tantivy.Query.phrase_query(self._schema, field, list(words)), _BOOSTS[field])

    def _weighted(self, word: QueryWord) -> tantivy.Query:
        query = self.word(word.terms, word.alternatives, is_form=word.is_form)
        return query if word.factor == 1.0 else tantivy.Query.boost_query(query, word.factor)

    def term(self, field: str, term: str) -> tantivy.Query:
        """Match posts with a term in a field."""
        query = tantivy.Query.term_query(self._schema, field, term, "freq")
        boost = _BOOSTS[field]
        return query if boost == 1.0 else tantivy.Query.boost_query(query, boost)

    def ordinal(self, ordinal: int) -> tantivy.Query:
        """Match the post with an ordinal."""
        return tantivy.Query.term_query(self._schema, "ordinal", ordinal)

    def ordinals(self, ordinals: Iterable[int]) -> tantivy.Query:
        """Match the posts with some ordinals."""
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, self.ordinal(ordinal)) for ordinal in ordinals])

    def completion(self, words: Iterable[str], prefix: str) -> tantivy.Query:
        """Match titles with all of the words and a word that begins with the prefix."""
        must = tantivy.Occur.Must
        clauses = [(must, tantivy.Query.term_query(self._schema, "completion", word)) for word in words]
        prefix_query = tantivy.Query.regex_query(self._schema, "completion", f"{re.escape(prefix)}.*")
        return tantivy.Query.boolean_query([*clauses, (must, prefix_query)])

    def clauses(self, condition: Condition) -> list[Clause]:
        """Return clauses for a condition; they do not change scores."""
        must, must_not = tantivy.Occur.Must, tantivy.Occur.MustNot
        clauses = [(must, unscored(query)) for query in self._filters(condition.filter)]
        clauses += [(must, unscored(self._phrase(phrase))) for phrase in condition.required]
        clauses += [(must_not, self._phrase(phrase)) for phrase in condition.excluded]
        return clauses

    def _phrase(self, phrase: Phrase) -> tantivy.Query:
        query, schema = tantivy.Query, self._schema
        alternatives = [
            query.phrase_query(schema, field, list(phrase))
            if len(phrase) > 1
            else query.term_query(schema, field, phrase[0], "basic")
            for field in FORM_FIELDS
        ]
        return query.boolean_query([(tantivy.Occur.Should, alternative) for alternative in alternatives])

    def _filters(self, condition: Filter) -> Iterator[tantivy.Query]:
        for declared, value in condition.conditions():
            yield from self._rule_queries(declared.rule, value)

    def _rule_queries(self, rule: Rule, value: Any) -> Iterator[tantivy.Query]:
        """Yield queries that must all match, for one condition of a filter."""
        query, schema = tantivy.Query, self._schema
        match rule:
            case HasAll(column=column, lexical_field=field):
                yield from (query.term_query(schema, field, column.key(keyword)) for keyword in value)
            case InLanguage(lexical_field=field):
                yield query.term_query(schema, field, value.lower())
            case NotBefore(lexical_field=field):
                yield query.range_query(schema, field, tantivy.FieldType.Integer, day_number(value), None)
            case NotAfter(lexical_field=field):
                yield query.range_query(schema, field, tantivy.FieldType.Integer, None, day_number(value))


def unscored(query: tantivy.Query) -> tantivy.Query:
    """Match the same posts with a score of 0."""
    return tantivy.Query.const_score_query(query, 0.0)
