"""Writes the tantivy index of a version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from semsearch.analysis.stems import Analyzer
from semsearch.index.filters import KeywordColumn, day_number
from semsearch.index.lexical.schema import FIELDS, FILTER_COLUMNS, FOLDER, FORM_FIELDS, register_tokenizers, schema
from semsearch.posts import Post
from semsearch.system_errors import of_rust

_HEAP_BYTES = 256_000_000
_OWNER_ONLY_FILES = ("meta.json", ".managed.json")
"""Tantivy creates these readable by their owner only; a service may run as another user than the rebuild."""


FieldTerms = tuple[tuple[str, str], ...]
"""Names of fields, each with the terms of a value of it, joined by spaces. A field may have several values."""


class LexicalWriter:
    """Writes the terms of posts; the first post gets ordinal 0. Raises OSError if the disk is full or fails."""

    def __init__(self, folder: Path, analyzer: Analyzer) -> None:
        self._path, self._analyzer = folder / FOLDER, analyzer
        self._path.mkdir()
        with self._disk_errors():
            index = tantivy.Index(schema(), path=str(self._path))
            register_tokenizers(index)
            self._writer: Any = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        self._count = 0

    def add(self, post: Post, terms: FieldTerms | None = None) -> None:
        """Add a post. ``terms``: what :func:`field_terms` returns, if that is known."""
        document = tantivy.Document()
        document.add_unsigned("ordinal", self._count)
        for name, values in terms or field_terms(post, self._analyzer):
            document.add_text(name, values)
        for name, column in FILTER_COLUMNS.items():
            if isinstance(column, KeywordColumn):
                for keyword in column.values(post):
                    document.add_text(name, column.key(keyword))
            elif (day := column.value(post)) is not None:
                document.add_integer(name, day_number(day))
        with self._disk_errors():
            self._writer.add_document(document)
        self._count += 1

    def close(self) -> None:
        with self._disk_errors():
            self._writer.commit()
            self._writer.wait_merging_threads()
        for lock in self._path.glob(".*.lock"):
            lock.unlink()
        for name in _OWNER_ONLY_FILES:
            content = (self._path / name).read_bytes()
            (self._path / name).unlink()
            (self._path / name).write_bytes(content)

    def abandon(self) -> None:
        """Stop writing. Deleting the tantivy writer waits for its threads."""
        self._writer = None

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        """Turn the ValueErrors that tantivy raises while writing, all of them for disk errors, into OSErrors."""
        try:
            yield
        except ValueError as error:
            raise of_rust(error, self._path) from error


def field_terms(post: Post, analyzer: Analyzer) -> FieldTerms:
    """Return the values of the fields of a post: its terms, its words as written, and those of the title."""
    completion = (("completion", " ".join(analyzer.all_forms(post.title))),)
    return (*_terms(post, analyzer), *_forms(post, analyzer), *completion)


def _terms(post: Post, analyzer: Analyzer) -> Iterator[tuple[str, str]]:
    terms_of = analyzer.for_language(post.language).indexed_terms
    for name, field in FIELDS.items():
        for part, repeats in field.parts.items():
            for value in field_values(post, part):
                if terms := " ".join(terms_of(value)):
                    yield from ((name, terms) for _ in range(repeats))


def _forms(post: Post, analyzer: Analyzer) -> Iterator[tuple[str, str]]:
    """Words that do not follow each other are separate values, so that no phrase spans two."""
    for name, field in FORM_FIELDS.items():
        for part in field.parts:
            for value in field_values(post, part):
                sequence, others = analyzer.forms(value)
                yield from ((name, " ".join(forms)) for forms in filter(None, (sequence, *others)))


def field_values(post: Post, part: str) -> tuple[str, ...]:
    """Return the texts of a field of a post: the items of ``tags`` and ``authors``, one text for any other."""
    value: str | tuple[str, ...] = getattr(post, part)
    return (value,) if isinstance(value, str) else value
