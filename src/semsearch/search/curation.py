"""What does an editor put first, and what out of sight? A YAML file in, pinned and hidden posts for a query out."""

from __future__ import annotations

import difflib
import logging
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
    """A query without what makes no difference: case, accents, white space, punctuation at its ends."""
    letters = unicodedata.normalize("NFKD", clean(q).casefold())
    text = " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
    return text.strip(".,;:!?…¿¡\"'“”’ ") or text


def read_curation(file: Path) -> Curation:
    """Reads a file; one that is not there pins and hides nothing. Raises CurationError."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CurationError(file, f"it has more than {MAX_BYTES:,} bytes")
        content = file.read_bytes()
    except FileNotFoundError:
        return NO_CURATION
    except OSError as error:
        raise CurationError(file, f"it cannot be read ({type(error).__name__})") from error
    try:
        raw = yaml.load(content.decode("utf-8-sig"), _Loader)  # noqa: S506  (a SafeLoader, and stricter)
    except UnicodeDecodeError as error:
        raise CurationError(file, "it is not UTF-8") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CurationError(file, f"it is not YAML: {' '.join(str(error).split())}") from error
    return NO_CURATION if raw is None else _Reader(file).read(raw)


class CurationFile:
    """A file that editors change while it is in use. May be asked from many threads."""

    def __init__(self, file: Path) -> None:
        """Raises CurationError where the file is there and wrong."""
        self._file, self._lock = file, threading.Lock()
        self._seen = self._state()
        self._curation = read_curation(file)

    def current(self) -> Curation:
        """What the file says now or, where it became wrong, what it said before; the log has the reason then."""
        state = self._state()
        if state != self._seen:
            with self._lock:
                if state != self._seen:
                    self._seen = state
                    try:
                        self._curation = read_curation(self._file)
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
            raise yaml.YAMLError(f"line {line}: no aliases (*name) here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                raise yaml.YAMLError(f"line {node.value[place][0].start_mark.line + 1}: {key!r} is there twice")
        return super().construct_mapping(node, deep)


class _Reader:
    """Checks what a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, raw: Any) -> Curation:
        top = self._mapping("the file", raw, ("queries", "hide"))
        queries: dict[str, Curated] = {}
        for number, entry in enumerate(self._list("queries", top.get("queries")), start=1):
            name = f"queries, entry {number}"
            fields = self._mapping(name, entry, ("query", "pin", "hide"))
            pinned, hidden = (
                self._ids(f"{name}: pin", fields.get("pin")),
                self._ids(f"{name}: hide", fields.get("hide")),
            )
            if both := set(pinned) & set(hidden):
                raise CurationError(self._file, f"{name}: {min(both)!r} is pinned and hidden; leave one out")
            asked = fields.get("query")
            for query in asked if isinstance(asked, list) else [asked]:
                if not isinstance(query, str) or not normalized(query):
                    raise CurationError(
                        self._file, f"{name}: query is {query!r}; write a text, between quotation marks"
                    )
                if normalized(query) in queries:
                    raise CurationError(self._file, f"{name}: {query!r} is there already; put both into one entry")
                queries[normalized(query)] = Curated(pinned, frozenset(hidden))
        return Curation(queries, frozenset(self._ids("hide", top.get("hide"))))

    def _mapping(self, name: str, value: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise CurationError(self._file, f"{name} is not a mapping with {', '.join(known)}")
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, 1)
                raise CurationError(
                    self._file, f"{name}: {key!r} is none of {', '.join(known)}" + (f"; {near[0]}?" if near else "")
                )
        return value

    def _list(self, name: str, value: Any) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise CurationError(self._file, f"{name} is not a list")
        return value

    def _ids(self, name: str, value: Any) -> tuple[str, ...]:
        ids = self._list(name, value)
        for post_id in ids:
            if not isinstance(post_id, str) or not clean(post_id):
                raise CurationError(self._file, f"{name}: {post_id!r} is not an id; write it between quotation marks")
        return tuple(dict.fromkeys(map(clean, ids)))
