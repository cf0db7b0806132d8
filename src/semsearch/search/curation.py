"""What does an editor put first, and what out of sight? A YAML file in, pinned and hidden posts for a query out."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from semsearch.edited import Entries, Watched, content_of, values_of
from semsearch.errors import CurationError
from semsearch.text import clean

_QUOTES = "\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb "
_BEFORE = _QUOTES + "\u00bf\u00a1"
_BEHIND = _QUOTES + ".,;:!?\u3002\u3001"
_ACCENTS = re.compile("(?<=[a-z\u03b1-\u03c9])[\u0300-\u036f]+")  # Latin and Greek; elsewhere marks make letters


@dataclass(frozen=True, slots=True)
class Curated:
    """What holds for one query."""

    pinned: tuple[str, ...] = ()
    """Ids of posts that come first, in this order."""
    hidden: frozenset[str] = frozenset()
    """Ids of posts that do not come at all."""


NOTHING_CURATED = Curated()


@dataclass(frozen=True, slots=True)
class Curation:
    """What holds for each query."""

    queries: Mapping[str, Curated] = field(default_factory=dict)
    """By the normalized query."""
    hidden: frozenset[str] = frozenset()
    """Ids that come for no query."""

    def for_query(self, q: str) -> Curated:
        """What holds for a query, however it is written."""
        found = self.own(q)
        return Curated(found.pinned, found.hidden | self.hidden)

    def own(self, q: str) -> Curated:
        """What holds for a query alone."""
        return self.queries.get(normalized(q), NOTHING_CURATED)

    def having(self, q: str, curated: Curated) -> Curation:
        """The same, but for one query, for which something else holds."""
        return Curation({**self.queries, normalized(q): curated}, self.hidden)

    # It may stand where a file does, which changes.

    def current(self) -> Curation:
        """Itself."""
        return self

    @property
    def held(self) -> str:
        """Its name: the same for all that say the same."""
        return repr((sorted(self.queries.items(), key=lambda entry: entry[0]), sorted(self.hidden)))


NO_CURATION = Curation()


def normalized(q: str) -> str:
    """A query without what makes no difference: case, accents, white space, punctuation at its ends (not C++, .NET)."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", clean(q)).casefold())
    text = " ".join(_ACCENTS.sub("", letters).split())
    return text.lstrip(_BEFORE).rstrip(_BEHIND) or text


def read_curation(file: Path) -> Curation:
    """Reads a file; one that is not there pins and hides nothing. Raises CurationError."""

    def wrong(reason: str) -> CurationError:
        return CurationError(file, reason)

    content = content_of(file, wrong)
    raw = None if content is None else values_of(content, wrong)
    return NO_CURATION if raw is None else _Reader(Entries(wrong)).read(raw)


def entry(q: str, curated: Curated) -> str:
    """The lines that pin and hide posts for a query, to be put below ``queries:``."""
    fields = {"query": q, "pin": list(curated.pinned), "hide": sorted(curated.hidden)}
    content = [{name: value for name, value in fields.items() if value}]
    lines = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, allow_unicode=True, width=100_000)
    return textwrap.indent(lines, "  ")


class CurationFile(Watched[Curation]):
    """A file that editors change while it is in use. May be asked from many threads."""

    def __init__(self, file: Path) -> None:
        """Raises CurationError where the file is there and wrong."""
        super().__init__(file, read_curation)


class _Reader:
    """Checks what a file says."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def read(self, raw: Any) -> Curation:
        entries = self._entries
        top = entries.mapping("the file", raw, ("queries", "hide"))
        hidden = frozenset(self._ids("hide", top.get("hide")))
        queries: dict[str, Curated] = {}
        for number, entry in enumerate(entries.list("queries", top.get("queries")), start=1):
            name = f"queries, entry {number}"
            fields = entries.mapping(name, entry, ("query", "pin", "hide"))
            curated = Curated(
                self._ids(f"{name}: pin", fields.get("pin")),
                frozenset(self._ids(f"{name}: hide", fields.get("hide"))),
            )
            if both := sorted((curated.hidden | hidden).intersection(curated.pinned)):
                raise entries.error(name, f"{both[0]!r} is pinned and hidden", "leave one out")
            for query in self._queries(name, fields.get("query")):
                if normalized(query) in queries:
                    raise entries.error(name, f"{query!r} is there already", "put both into one entry")
                queries[normalized(query)] = curated
        return Curation(queries, hidden)

    def _queries(self, name: str, value: Any) -> list[str]:
        """One query, or a list of them."""
        queries = value if isinstance(value, list) else [value]
        for query in queries:
            if not isinstance(query, str):
                raise self._entries.error(name, f"query is {query!r}", "write a text, between quotation marks")
        if not queries or not all(map(normalized, queries)):
            raise self._entries.error(name, "query is empty", "write what visitors type")
        return queries

    def _ids(self, name: str, value: Any) -> tuple[str, ...]:
        return self._entries.texts(name, value, "an id")
