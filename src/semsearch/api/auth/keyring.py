"""The API keys of a service, from a keys file that is reloaded when it changes, from the environment, or from both."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from semsearch.api.auth.keys import PREFIX, SCOPES, Key, find
from semsearch.edited import EntryChecker, ErrorFactory, WatchedFile, parse_yaml, read_content
from semsearch.errors import InvalidRequest, KeysError
from semsearch.index import NO_FILTER, Filter
from semsearch.index.filters import FILTER_FIELDS, HasAll, filter_of_parameters
from semsearch.plain_values import day_of

_TEXT_SOURCE = "the keys in the environment"
_FIELDS = ("name", "sha256", "scopes", "filter", "rate_per_minute", "expires")
_FILTER_PARAMETERS = tuple(declared.parameter for declared in FILTER_FIELDS)
_SECRET = re.compile(rf"{PREFIX}[\w-]+")


class Keyring:
    """The valid keys. Thread-safe."""

    def __init__(self, file: Path | None = None, text: str | None = None) -> None:
        """``file`` and ``text`` have the same format; the keys of both are valid. Raises KeysError."""
        self._text_keys = () if text is None else read_text(text)
        self._file = None if file is None else WatchedFile(file, self._read, on_demand=False)

    def current(self) -> tuple[Key, ...]:
        """All keys, as of the last :meth:`reload`."""
        return self._text_keys if self._file is None else self._file.latest

    def reload(self) -> None:
        """Read the file if it changed. If it is missing or invalid, log that and keep the previous keys."""
        if self._file is not None:
            self._file.refresh()

    @property
    def problem(self) -> str | None:
        """Why the present content of the file is not used; None if it is."""
        return None if self._file is None else self._file.problem

    def find(self, secret: str, today: dt.date) -> Key | None:
        """The key of a secret, if it is valid on this day (UTC); None otherwise."""
        return find(self.current(), secret, today)

    def _read(self, file: Path) -> tuple[Key, ...]:
        keys = (*self._text_keys, *read_file(file))
        _check_unique(keys, EntryChecker(_error_factory(str(file))))
        return keys


def read_file(file: Path) -> tuple[Key, ...]:
    """The keys of a file. Raises KeysError, also if it is missing: the service would start unprotected."""
    make_error = _error_factory(str(file))
    content = read_content(file, make_error)
    if content is None:
        raise make_error("the file is missing; create it (semsearch key makes a key), or name another file")
    return _keys(content, make_error)


def read_text(text: str) -> tuple[Key, ...]:
    """The keys of a YAML or JSON text. Raises KeysError."""
    return _keys(text.encode("utf-8", "surrogatepass"), _error_factory(_TEXT_SOURCE))


def _error_factory(source: str) -> ErrorFactory:
    """Creates errors from which secrets are removed, wherever in the file they are."""
    return lambda reason: KeysError(source, _SECRET.sub(f"{PREFIX}…", reason))


def _keys(content: bytes, make_error: ErrorFactory) -> tuple[Key, ...]:
    entries = EntryChecker(make_error)
    keys = tuple(_KeyReader(entries).read(parse_yaml(content, make_error)))
    _check_unique(keys, entries)
    return keys


def _check_unique(keys: Iterable[Key], entries: EntryChecker) -> None:
    names: set[str] = set()
    names_by_digest: dict[str, str] = {}
    for key in keys:
        if key.name in names:
            raise entries.error("keys", f"two keys have the name {key.name!r}", "give each key its own name")
        if (owner := names_by_digest.setdefault(key.sha256, key.name)) != key.name:
            reason = f"{owner!r} and {key.name!r} have the same sha256"
            raise entries.error("keys", reason, "make a new key with semsearch key")
        names.add(key.name)


class _KeyReader:
    """Checks the content of a keys file and creates the keys."""

    def __init__(self, entries: EntryChecker) -> None:
        self._entries = entries

    def read(self, raw: Any) -> Iterator[Key]:
        top = self._fields("the file", raw, ("keys",))
        if "keys" not in top:
            raise self._entries.error("keys", "missing", "write keys: [] for no keys")
        for number, raw_key in enumerate(self._entries.list("keys", top["keys"]), start=1):
            name = f"keys, entry {number}"
            try:
                yield self._key(name, self._fields(name, raw_key, _FIELDS))
            except InvalidRequest as error:
                raise self._entries.make_error(f"{name}: {error.param}: {error.reason}") from None

    def _key(self, name: str, fields: Mapping[str, Any]) -> Key:
        scopes = self._entries.texts(f"{name}: scopes", fields.get("scopes"), "a scope")
        for scope in scopes:
            if scope not in SCOPES:
                raise self._entries.unknown(f"{name}: scopes", f"unknown scope {scope!r}", scope, SCOPES)
        return Key(
            name=fields.get("name", ""),
            sha256=fields.get("sha256", ""),
            scopes=frozenset(scope for scope in SCOPES if scope in scopes),
            filter=self._filter(f"{name}: filter", fields["filter"]) if "filter" in fields else NO_FILTER,
            rate_per_minute=fields.get("rate_per_minute"),
            expires=day_of("expires", fields.get("expires")),
        )

    def _filter(self, name: str, value: Any) -> Filter:
        fields = dict(self._fields(name, value, _FILTER_PARAMETERS))
        for declared in FILTER_FIELDS:
            if isinstance(declared.rule, HasAll) and declared.parameter in fields:
                entry = f"{name}: {declared.parameter}"
                fields[declared.parameter] = self._entries.texts(
                    entry, fields[declared.parameter], f"a valid {declared.parameter}"
                )
        condition = filter_of_parameters(fields)
        if not condition:
            raise self._entries.error(name, "empty", "write a condition, or leave the filter out")
        return condition

    def _fields(self, name: str, value: Any, known: Sequence[str]) -> Mapping[str, Any]:
        """Values by field. A field without a value is an error: an empty filter would let the key see all posts."""
        fields = self._entries.mapping(name, value, known)
        for field, field_value in fields.items():
            if field_value is None:
                raise self._entries.error(name, f"{field} has no value", "write one, or leave the field out")
        return fields
