"""What does an editor put first, and what out of sight? A YAML file in, pinned and hidden posts for a query out."""

from __future__ import annotations

import difflib
import logging
import re
import stat
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from semsearch.errors import CurationError
from semsearch.text import clean

log = logging.getLogger(__name__)

MAX_BYTES = 10_000_000
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
        found = self.queries.get(normalized(q), NOTHING_CURATED)
        return Curated(found.pinned, found.hidden | self.hidden)


NO_CURATION = Curation()


def normalized(q: str) -> str:
    """A query without what makes no difference: case, accents, white space, punctuation at its ends (not C++, .NET)."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", clean(q)).casefold())
    text = " ".join(_ACCENTS.sub("", letters).split())
    return text.lstrip(_BEFORE).rstrip(_BEHIND) or text


def read_curation(file: Path) -> Curation:
    """Reads a file; one that is not there pins and hides nothing. Raises CurationError."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise CurationError(file, "it is not a file; put a YAML file there, or name another")
        if status.st_size > MAX_BYTES:
            raise CurationError(file, f"it has more than {MAX_BYTES:,} bytes; name the file that editors keep")
        content = file.read_bytes()
    except FileNotFoundError:
        return NO_CURATION
    except OSError as error:
        raise CurationError(file, f"it cannot be read: {error.strerror}; let this user read it") from error
    try:
        raw = yaml.load(content.decode("utf-8-sig"), _Loader)  # noqa: S506  (a SafeLoader, and stricter)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CurationError(file, f"line {line} is not UTF-8; save the file in it") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CurationError(file, f"it is not YAML: {' '.join(str(error).split())}") from error
    return NO_CURATION if raw is None else _Reader(file).read(raw)


class CurationFile:
    """A file that editors change while it is in use. May be asked from many threads."""

    def __init__(self, file: Path) -> None:
        """Raises CurationError where the file is there and wrong."""
        self._file, self._lock = file, threading.Lock()
        self._seen = self._state()
        self._curation, self._changes = read_curation(file), 0

    def changes(self) -> int:
        """A number that is another whenever what holds is another."""
        self.current()
        return self._changes

    def current(self) -> Curation:
        """What the file says now or, where it became wrong, what it said before; the log has the reason then."""
        state = self._state()
        if state != self._seen:
            with self._lock:
                if state != self._seen:
                    self._seen = state
                    try:
                        self._curation = read_curation(self._file)
                        self._changes += 1
                    except CurationError as error:
                        log.error("%s; what it said before holds", error)  # noqa: TRY400  (the reason says it all)
        return self._curation

    def _state(self) -> tuple[int, int, int] | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


class _Loader(yaml.SafeLoader):
    """YAML without what is a mistake or an attack here: a key given twice, anchors that multiply."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise yaml.YAMLError(f"line {line}: no aliases (*name) here; write it out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: {key.value!r} is there twice; leave one out")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Reader:
    """Checks what a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, raw: Any) -> Curation:
        top = self._mapping("the file", raw, ("queries", "hide"))
        hidden = frozenset(self._ids("hide", top.get("hide")))
        queries: dict[str, Curated] = {}
        for number, entry in enumerate(self._list("queries", top.get("queries")), start=1):
            name = f"queries, entry {number}"
            fields = self._mapping(name, entry, ("query", "pin", "hide"))
            curated = Curated(
                self._ids(f"{name}: pin", fields.get("pin")),
                frozenset(self._ids(f"{name}: hide", fields.get("hide"))),
            )
            if both := sorted((curated.hidden | hidden).intersection(curated.pinned)):
                raise self._error(name, f"{both[0]!r} is pinned and hidden", "leave one out")
            for query in self._queries(name, fields.get("query")):
                if normalized(query) in queries:
                    raise self._error(name, f"{query!r} is there already", "put both into one entry")
                queries[normalized(query)] = curated
        return Curation(queries, hidden)

    def _queries(self, name: str, value: Any) -> list[str]:
        """One query, or a list of them."""
        queries = value if isinstance(value, list) else [value]
        for query in queries:
            if not isinstance(query, str):
                raise self._error(name, f"query is {query!r}", "write a text, between quotation marks")
        if not queries or not all(map(normalized, queries)):
            raise self._error(name, "query is empty", "write what visitors type")
        return queries

    def _mapping(self, name: str, value: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._error(name, "no keys are there", f"write {': …, '.join(known)}: …")
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, 1)
                fix = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
                raise self._error(name, f"the key {key!r} is not known", fix)
        return value

    def _list(self, name: str, value: Any) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._error(name, "this is not a list", "write one, as in [one, other]")
        return value

    def _ids(self, name: str, value: Any) -> tuple[str, ...]:
        ids = self._list(name, value)
        for post_id in ids:
            if not isinstance(post_id, str) or not clean(post_id):
                raise self._error(name, f"{post_id!r} is not an id", "write it between quotation marks")
        return tuple(dict.fromkeys(map(clean, ids)))

    def _error(self, name: str, reason: str, fix: str) -> CurationError:
        return CurationError(self._file, f"{name}: {reason}; {fix}")
