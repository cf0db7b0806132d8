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
_FORMS = "forms"
"""Tokenizer for completions: words without case and accents, not stemmed."""
_WORD = r"[\p{L}\p{M}\p{N}]+(?:\+\+|#)?"
"""A word of a title, with the signs that belong to it: C++, C#."""


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


def schema() -> tantivy.Schema:
    """Return the schema of a new index."""
    builder = tantivy.SchemaBuilder()
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name=_TERMS, index_option="position")
    builder.add_text_field("completion", tokenizer_name=_FORMS, index_option="basic")
    for name, column in FILTER_COLUMNS.items():
        if isinstance(column, KeywordColumn):
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        else:
            builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_unsigned_field("ordinal", indexed=True, fast=True)
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """Register the tokenizers of the schema; needed for each index that is created or opened."""
    index.register_tokenizer(_TERMS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    index.register_tokenizer(_FORMS, form_tokenizer())


def form_tokenizer() -> tantivy.TextAnalyzer:
    """Return the tokenizer of completions."""
    filters = tantivy.Filter
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_WORD)).filter(filters.remove_long(MAX_WORD_BYTES))
    # Accents are folded before lower-casing: the lower case of İ is i with a combining mark that no filter folds.
    return builder.filter(filters.ascii_fold()).filter(filters.lowercase()).build()
