"""The fields and tokenizers of the tantivy index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import tantivy

from semsearch.index.filters import FILTER_FIELDS, KeywordColumn

FOLDER = "lexical"
FILTER_COLUMNS = {declared.rule.lexical_field: declared.rule.column for declared in FILTER_FIELDS}
"""The columns of filters, by the field of the tantivy index that holds their values."""
MAX_WORD_BYTES = 80
_TERMS = "terms"
"""Tokenizer of text that already consists of terms, separated by spaces."""


@dataclass(frozen=True, slots=True)
class LexicalField:
    """A searched field of the tantivy index, which holds one or several fields of a post."""

    boost: float
    """The weight of a match in this field."""
    parts: Mapping[str, int]
    """Fields of a post, and how many times each occurrence of a word in them is counted. They share one field length,
    as in BM25F (Robertson, Zaragoza and Taylor, 2004)."""


FIELDS: Mapping[str, LexicalField] = {
    "text": LexicalField(1.0, {"title": 3, "tags": 2, "teaser": 1, "authors": 1}),
    "body": LexicalField(0.7, {"body": 1}),
}
"""Title and tags weigh most, since they say what a post is about; the body mentions much else."""
FORM_FIELDS: Mapping[str, LexicalField] = {
    "text_forms": LexicalField(1.0, {"title": 1, "tags": 1, "teaser": 1, "authors": 1}),
    "body_forms": LexicalField(0.7, {"body": 1}),
}
"""The same words as written, stop words too: for phrases, exclusions, and queries of stop words alone."""


def fields_of(*, is_form: bool) -> Mapping[str, LexicalField]:
    """Return the fields that hold words as written, or those that hold terms."""
    return FORM_FIELDS if is_form else FIELDS


def schema() -> tantivy.Schema:
    """Return the schema of a new index."""
    builder = tantivy.SchemaBuilder()
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name=_TERMS, index_option="freq")
    for field in FORM_FIELDS:
        builder.add_text_field(field, tokenizer_name=_TERMS, index_option="position")
    builder.add_text_field("completion", tokenizer_name=_TERMS, index_option="basic")
    for name, column in FILTER_COLUMNS.items():
        if isinstance(column, KeywordColumn):
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        else:
            builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_unsigned_field("ordinal", indexed=True, fast=True)
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """Register the tokenizer of the schema; needed for each index that is created or opened."""
    index.register_tokenizer(_TERMS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
