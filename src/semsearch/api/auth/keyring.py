"""Which keys are there now? A file, a text, or both in; the keys out, read again whenever the file changes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from semsearch.api.auth.keys import PREFIX, SCOPES, Key, find
from semsearch.edited import Entries, Watched, Wrong, content_of, values_of
from semsearch.errors import InvalidRequest, KeysError
from semsearch.index import NO_FILTER, Filter
from semsearch.search.requests import day_of, make_filter

_TEXT = "the keys in the environment"
_FIELDS = ("name", "sha256", "scopes", "filter", "rate_per_minute", "expires")
_FILTER = ("tag", "author", "language", "date_from", "date_to")
_SECRET = re.compile(rf"{PREFIX}[\w-]+")


class Keyring:
    """The keys that open. May be asked from many threads."""

    def __init__(self, file: Path | None = None, text: str | None = None) -> None:
        """``file`` and ``text`` have the same form, and their keys all open. Raises KeysError."""
        self._fixed = () if text is None else read_text(text)
        self._watched = None if file is None else Watched(file, self._read)

    def current(self) -> tuple[Key, ...]:
        """All keys, as the file was when it was last looked at."""
        return self._fixed if self._watched is None else self._watched.latest

    def look(self) -> None:
        """Reads the file if it changed. What it said before holds where it is gone or became wrong; the log says so."""
        if self._watched is not None:
            self._watched.current()

    @property
    def problem(self) -> str | None:
        """Why what the file says now does not hold; None where it does."""
        return None if self._watched is None else self._watched.problem

    def find(self, secret: str, today: dt.date) -> Key | None:
        """The key that a secret opens with on a day, in UTC; None where there is none."""
        return find(self.current(), secret, today)

    def _read(self, file: Path) -> tuple[Key, ...]:
        keys = (*self._fixed, *read_file(file))
        _check_unique(keys, Entries(_wrong_in(str(file))))
        return keys


def read_file(file: Path) -> tuple[Key, ...]:
    """The keys of a file. Raises KeysError, also where it is not there: who meant to lock must not be left open."""
    wrong = _wrong_in(str(file))
    content = content_of(file, wrong)
    if content is None:
        raise wrong("it is not there; put the keys there (semsearch key makes one), or name another file")
    return _keys(content, wrong)


def read_text(text: str) -> tuple[Key, ...]:
    """The keys of a text, which may be JSON, since that is YAML. Raises KeysError."""
    return _keys(text.encode("utf-8", "surrogatepass"), _wrong_in(_TEXT))


def _wrong_in(source: str) -> Wrong:
    """Makes errors that do not repeat a secret, wherever in the file it was put."""
    return lambda reason: KeysError(source, _SECRET.sub(f"{PREFIX}…", reason))


def _keys(content: bytes, wrong: Wrong) -> tuple[Key, ...]:
    entries = Entries(wrong)
    keys = tuple(_Reader(entries).read(values_of(content, wrong)))
    _check_unique(keys, entries)
    return keys


def _check_unique(keys: Iterable[Key], entries: Entries) -> None:
    names: set[str] = set()
    holders: dict[str, str] = {}
    for key in keys:
        if key.name in names:
            raise entries.error("keys", f"the name {key.name!r} is there twice", "give each key its own")
        if (other := holders.setdefault(key.sha256, key.name)) != key.name:
            reason = f"{other!r} and {key.name!r} have the same sha256"
            raise entries.error("keys", reason, "make another key with semsearch key")
        names.add(key.name)


class _Reader:
    """Checks what a file says."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def read(self, raw: Any) -> Iterator[Key]:
        top = self._fields("the file", raw, ("keys",))
        if "keys" not in top:
            raise self._entries.error("keys", "they are not there", "write keys: [] if none is to open")
        for number, raw_key in enumerate(self._entries.list("keys", top["keys"]), start=1):
            name = f"keys, entry {number}"
            try:
                yield self._key(name, self._fields(name, raw_key, _FIELDS))
            except InvalidRequest as error:
                raise self._entries.wrong(f"{name}: {error.param}: {error.reason}") from None

    def _key(self, name: str, fields: Mapping[str, Any]) -> Key:
        scopes = self._entries.texts(f"{name}: scopes", fields.get("scopes"), "a scope")
        for scope in scopes:
            if scope not in SCOPES:
                raise self._entries.unknown(f"{name}: scopes", f"{scope!r} is not known", scope, SCOPES)
        return Key(
            name=fields.get("name", ""),
            sha256=fields.get("sha256", ""),
            scopes=frozenset(scope for scope in SCOPES if scope in scopes),
            filter=self._filter(f"{name}: filter", fields["filter"]) if "filter" in fields else NO_FILTER,
            rate_per_minute=fields.get("rate_per_minute"),
            expires=day_of("expires", fields.get("expires")),
        )

    def _filter(self, name: str, value: Any) -> Filter:
        fields = self._fields(name, value, _FILTER)
        chosen = make_filter(
            tags=self._entries.texts(f"{name}: tag", fields.get("tag"), "a tag"),
            authors=self._entries.texts(f"{name}: author", fields.get("author"), "an author"),
            language=fields.get("language"),
            date_from=fields.get("date_from"),
            date_to=fields.get("date_to"),
        )
        if not chosen:
            raise self._entries.error(name, "it lets everything pass", "say what it is to let pass, or leave it out")
        return chosen

    def _fields(self, name: str, value: Any, known: Sequence[str]) -> Mapping[str, Any]:
        """Values by key. A key with nothing behind it is an error: a filter that got lost would open everything."""
        fields = self._entries.mapping(name, value, known)
        for key, one in fields.items():
            if one is None:
                raise self._entries.error(name, f"nothing is behind {key}", "write a value, or leave the key out")
        return fields
