"""Curation: pinned and hidden posts, read from a YAML file."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from semsearch.edited import EntryChecker, WatchedFile, parse_yaml, read_content
from semsearch.errors import CurationError
from semsearch.text import clean

_QUOTES = "\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb "
_LEADING = _QUOTES + "\u00bf\u00a1"
_TRAILING = _QUOTES + ".,;:!?\u3002\u3001"
_ACCENTS = re.compile("(?<=[a-z\u03b1-\u03c9])[\u0300-\u036f]+")  # Latin and Greek; in other scripts marks are letters


@dataclass(frozen=True, slots=True)
class QueryCuration:
    """The pinned and hidden posts of one query."""

    pinned: tuple[str, ...] = ()
    """Ids of the posts that come first, in this order."""
    hidden: frozenset[str] = frozenset()
    """Ids of the posts that are never found."""


EMPTY_QUERY_CURATION = QueryCuration()


@dataclass(frozen=True, slots=True)
class Curation:
    """The pinned and hidden posts of all queries. It can be used in place of a CurationFile."""

    queries: Mapping[str, QueryCuration] = field(default_factory=dict)
    """By normalized query."""
    hidden: frozenset[str] = frozenset()
    """Ids that are hidden from every query."""

    def for_query(self, q: str) -> QueryCuration:
        """The pinned and hidden posts of a query, including those hidden from every query."""
        found = self.for_query_only(q)
        return QueryCuration(found.pinned, found.hidden | self.hidden)

    def for_query_only(self, q: str) -> QueryCuration:
        """The entry of a query, without the posts hidden from every query. ``q`` need not be normalized."""
        return self.queries.get(normalize_query(q), EMPTY_QUERY_CURATION)

    def with_query(self, q: str, curation: QueryCuration) -> Curation:
        """A copy in which the entry of one query is replaced."""
        return Curation({**self.queries, normalize_query(q): curation}, self.hidden)

    def current(self) -> Curation:
        """Return itself, as :meth:`CurationFile.current` returns the content of the file."""
        return self

    @property
    def fingerprint(self) -> str:
        """A text that is equal for equal curations."""
        return repr((sorted(self.queries.items(), key=lambda entry: entry[0]), sorted(self.hidden)))


NO_CURATION = Curation()


def normalize_query(q: str) -> str:
    """Fold case, accents, white space and the punctuation at both ends, except in words such as C++ and .NET."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", clean(q)).casefold())
    text = " ".join(_ACCENTS.sub("", letters).split())
    return text.lstrip(_LEADING).rstrip(_TRAILING) or text


def read_curation(file: Path) -> Curation:
    """Read a curation file. A missing file is an empty curation. Raises CurationError."""

    def error(reason: str) -> CurationError:
        return CurationError(file, reason)

    content = read_content(file, error)
    raw = None if content is None else parse_yaml(content, error)
    return NO_CURATION if raw is None else _Reader(EntryChecker(error)).read(raw)


def yaml_entry(q: str, curation: QueryCuration) -> str:
    """The YAML entry of a query, indented to stand below ``queries:`` in the file."""
    fields = {"query": q, "pin": list(curation.pinned), "hide": sorted(curation.hidden)}
    content = [{name: value for name, value in fields.items() if value}]
    lines = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, allow_unicode=True, width=100_000)
    return textwrap.indent(lines, "  ")


class CurationFile(WatchedFile[Curation]):
    """A curation file that is read again when it changes. Thread-safe."""

    def __init__(self, file: Path) -> None:
        """Read the file, which need not exist yet. Raises CurationError where its content is invalid."""
        super().__init__(file, read_curation)


class _Reader:
    """Builds a curation from parsed YAML and checks it."""

    def __init__(self, checker: EntryChecker) -> None:
        self._checker = checker

    def read(self, raw: Any) -> Curation:
        checker = self._checker
        top = checker.mapping("the file", raw, ("queries", "hide"))
        hidden = frozenset(self._ids("hide", top.get("hide")))
        queries: dict[str, QueryCuration] = {}
        for number, entry in enumerate(checker.list("queries", top.get("queries")), start=1):
            name = f"queries, entry {number}"
            fields = checker.mapping(name, entry, ("query", "pin", "hide"))
            curation = QueryCuration(
                self._ids(f"{name}: pin", fields.get("pin")),
                frozenset(self._ids(f"{name}: hide", fields.get("hide"))),
            )
            if conflicts := sorted((curation.hidden | hidden).intersection(curation.pinned)):
                raise checker.error(name, f"{conflicts[0]!r} is both pinned and hidden", "remove one of the two")
            for query in self._queries(name, fields.get("query")):
                if normalize_query(query) in queries:
                    raise checker.error(name, f"{query!r} already has an entry", "merge the two entries")
                queries[normalize_query(query)] = curation
        return Curation(queries, hidden)

    def _queries(self, name: str, value: Any) -> list[str]:
        """One query or a list of queries, as a list."""
        queries = value if isinstance(value, list) else [value]
        for query in queries:
            if not isinstance(query, str):
                raise self._checker.error(name, f"query is {query!r}, not text", "put it in quotation marks")
        if not queries or not all(map(normalize_query, queries)):
            raise self._checker.error(name, "query is empty", "write what visitors type")
        return queries

    def _ids(self, name: str, value: Any) -> tuple[str, ...]:
        return self._checker.texts(name, value, "an id")
