"""The curation file: a curation as YAML, checked entry by entry."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from semsearch.analysis.phrase_table import phrase_key
from semsearch.edited import (
    EntryChecker,
    ErrorFactory,
    WatchedFile,
    entry_name,
    field_name,
    parse_yaml_with_lines,
    read_content,
)
from semsearch.errors import CurationError, SemsearchError
from semsearch.ranking.word_rules import WordRules, merge_synonyms
from semsearch.search.curation.curated import NO_CURATION, Curation, Period, QueryCuration, normalize_query
from semsearch.text import clean

MAX_SYNONYMS = 50
"""Words and phrases of one entry."""
_MAX_PHRASE_CHARACTERS = 200
_MAX_REPORTED = 5
"""Mistakes that one message lists."""
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]{1,2040}", re.IGNORECASE)
_KEYS = ("queries", "hide", "synonyms", "corrections", "redirects")


def read_curation(file: Path) -> Curation:
    """Read a curation file. A missing file is an empty curation. Raises CurationError with the line of each mistake."""

    def error(reason: str) -> CurationError:
        return CurationError(file, reason)

    content = read_content(file, error)
    return NO_CURATION if content is None else _read(content, error)


def read_curation_text(text: str, make_error: ErrorFactory) -> Curation:
    """Read the content of a curation file. Raises what ``make_error`` makes of the reason."""
    return _read(text.encode("utf-8", "surrogatepass"), make_error)


def _read(content: bytes, make_error: ErrorFactory) -> Curation:
    raw, lines = parse_yaml_with_lines(content, make_error)
    if raw is None:
        return NO_CURATION
    reader = _Reader(lines)
    curation = reader.read(raw)
    if reader.mistakes:
        more = len(reader.mistakes) - _MAX_REPORTED
        shown = [*reader.mistakes[:_MAX_REPORTED], *([f"and {more} more mistakes"] if more > 0 else [])]
        raise make_error(" | ".join(shown))
    return curation


def yaml_entry(q: str, curation: QueryCuration) -> str:
    """The YAML entry of a query, indented to stand below ``queries:`` in the file."""
    pins = [_yaml_pin(post_id, curation.periods.get(post_id)) for post_id in curation.pinned]
    fields = {"query": q, "pin": pins, "hide": sorted(curation.hidden)}
    content = [{name: value for name, value in fields.items() if value}]
    lines = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, allow_unicode=True, width=100_000)
    return textwrap.indent(lines, "  ")


def _yaml_pin(post_id: str, period: Period | None) -> str | dict[str, str | dt.date]:
    if period is None:
        return post_id
    days = {"from": period.first, "until": period.last}
    return {"id": post_id} | {name: day for name, day in days.items() if day is not None}


class CurationFile(WatchedFile[Curation]):
    """A curation file that is read again when it changes. Thread-safe."""

    def __init__(self, file: Path, *, on_demand: bool = True) -> None:
        """Read the file, which need not exist yet. Raises CurationError where its content is invalid.

        ``on_demand``: see :class:`semsearch.edited.WatchedFile`.
        """
        super().__init__(file, read_curation, on_demand=on_demand)


class _Mistake(SemsearchError):
    """An entry is invalid."""


class _Reader:
    """Builds a curation from parsed YAML. Every entry is checked, so that one message can list all mistakes."""

    def __init__(self, lines: Mapping[str, int]) -> None:
        self._checker = EntryChecker(_Mistake, lines)
        self.mistakes: list[str] = []

    def read(self, raw: Any) -> Curation:
        """Return the curation of the entries without :attr:`mistakes`."""
        top: Mapping[str, Any] = {}
        with self._collected():
            top = self._checker.mapping("the file", raw, _KEYS)
        hidden: list[str] = []
        queries: dict[str, QueryCuration] = {}
        redirects: dict[str, str] = {}
        synonyms: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        corrections: dict[str, Any] = {"always": {}, "never": ()}
        with self._collected():
            hidden.extend(self._ids("hide", top.get("hide")))
        for name, entry in self._entries("queries", top):
            with self._collected():
                self._read_query(name, entry, queries, frozenset(hidden))
        for name, entry in self._entries("redirects", top):
            with self._collected():
                self._read_redirect(name, entry, redirects)
        for name, entry in self._entries("synonyms", top):
            with self._collected():
                synonyms.append(self._synonyms(name, entry))
        with self._collected():
            corrections.update(self._corrections(top.get("corrections")))
        word_rules = WordRules(merge_synonyms(synonyms), corrections["always"], frozenset(corrections["never"]))
        return Curation(queries, frozenset(hidden), redirects, word_rules)

    @contextmanager
    def _collected(self) -> Iterator[None]:
        """Collect the mistake of an entry."""
        try:
            yield
        except _Mistake as mistake:
            self.mistakes.append(str(mistake))

    def _entries(self, key: str, top: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield the entries of a list, with their names."""
        entries: list[Any] = []
        with self._collected():
            entries.extend(self._checker.list(key, top.get(key)))
        yield from ((entry_name(key, number), entry) for number, entry in enumerate(entries, start=1))

    # --- queries and redirects --------------------------------------------------------------------------------------

    def _read_query(self, name: str, entry: Any, queries: dict[str, QueryCuration], hidden: frozenset[str]) -> None:
        fields = self._checker.mapping(name, entry, ("query", "pin", "hide"))
        pins = self._pins(field_name(name, "pin"), fields.get("pin"))
        own_hidden = frozenset(self._ids(field_name(name, "hide"), fields.get("hide")))
        periods = {post_id: period for post_id, period in pins.items() if period is not None}
        curation = QueryCuration(tuple(pins), own_hidden, periods)
        if conflicts := sorted((own_hidden | hidden).intersection(pins)):
            raise self._checker.error(name, f"{conflicts[0]!r} is both pinned and hidden", "remove one of the two")
        self._enter(name, fields.get("query"), curation, queries)

    def _read_redirect(self, name: str, entry: Any, redirects: dict[str, str]) -> None:
        fields = self._checker.mapping(name, entry, ("query", "to"))
        address = fields.get("to")
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address.strip()):
            fix = "write the whole address, as in https://example.org/contact"
            raise self._checker.error(
                name, f"to: {address!r:.60} is not an http or https address", fix, at=field_name(name, "to")
            )
        self._enter(name, fields.get("query"), address.strip(), redirects)

    def _enter(self, name: str, value: Any, entry: Any, entries: dict[str, Any]) -> None:
        """Enter something for one query or a list of queries."""
        queries = value if isinstance(value, list) else [value]
        for query in queries:
            if not isinstance(query, str):
                raise self._checker.error(name, f"query is {query!r}, not text", "put it in quotation marks")
        if not queries or not all(map(normalize_query, queries)):
            raise self._checker.error(name, "query is empty", "write what visitors type")
        for query in queries:
            if normalize_query(query) in entries:
                raise self._checker.error(name, f"{query!r} already has an entry", "merge the two entries")
            entries[normalize_query(query)] = entry

    def _pins(self, name: str, value: Any) -> dict[str, Period | None]:
        """Return the pinned ids in order, each with its period; None for always."""
        pins: dict[str, Period | None] = {}
        for number, pin in enumerate(self._checker.list(name, value), start=1):
            if isinstance(pin, dict):
                place = entry_name(name, number)
                fields = self._checker.mapping(place, pin, ("id", "from", "until"))
                [post_id] = self._ids(name, [fields.get("id")])
                period = Period(self._day(place, "from", fields), self._day(place, "until", fields))
                if period.first and period.last and period.first > period.last:
                    raise self._checker.error(place, "from is a later day than until", "swap the two")
                pins.setdefault(post_id, period)
            else:
                pins.setdefault(self._ids(name, [pin])[0], None)
        return pins

    def _day(self, name: str, key: str, fields: Mapping[str, Any]) -> dt.date | None:
        value = fields.get(key)
        if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
            return value
        try:
            return dt.date.fromisoformat(value)
        except (TypeError, ValueError):
            reason, at = f"{key}: {value!r:.40} is not a day", field_name(name, key)
            raise self._checker.error(name, reason, "write one, as in 2026-01-31", at=at) from None

    def _ids(self, name: str, value: Any) -> tuple[str, ...]:
        return self._checker.texts(name, value, "an id")

    # --- words ------------------------------------------------------------------------------------------------------

    def _synonyms(self, name: str, entry: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the phrases of an entry, and what is searched for each of them as well."""
        if isinstance(entry, dict):
            fields = self._checker.mapping(name, entry, ("from", "to"))
            sides = [self._phrases(name, key, fields.get(key)) for key in ("from", "to")]
            return sides[0], sides[1]
        phrases = self._phrases(name, "", entry) if isinstance(entry, list) else ()
        if len(set(map(phrase_key, phrases))) < 2:
            fix = "write at least two phrases, as in [car, automobile], or from: and to: for one way"
            raise self._checker.error(name, "it has no synonyms", fix)
        return phrases, phrases

    def _phrases(self, name: str, key: str, value: Any) -> tuple[str, ...]:
        values = [value] if isinstance(value, str) else value
        phrases = tuple(self._phrase(name, key, phrase) for phrase in self._checker.list(name, values))
        if not phrases or len(phrases) > MAX_SYNONYMS:
            reason = f"{key}: it has more than {MAX_SYNONYMS} phrases" if phrases else f"{key}: is empty"
            raise self._checker.error(name, reason.removeprefix(": "), "write a few words or phrases")
        return phrases

    def _phrase(self, name: str, key: str, value: Any) -> str:
        """Return a cleaned word or phrase."""
        prefix = f"{key}: " if key else ""
        if not isinstance(value, str):
            raise self._checker.error(name, f"{prefix}{value!r:.40} is not text", "put it in quotation marks")
        phrase = clean(value)
        if not phrase_key(phrase) or len(phrase) > _MAX_PHRASE_CHARACTERS:
            reason = f"{prefix}{value!r:.40} is not a word or phrase"
            raise self._checker.error(name, reason, f"write at most {_MAX_PHRASE_CHARACTERS} characters with a letter")
        return phrase

    def _corrections(self, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        name = "corrections"
        fields = self._checker.mapping(name, value, ("always", "never"))
        always = fields.get("always") or {}
        place = field_name(name, "always")
        if not isinstance(always, dict):
            raise self._checker.error(place, "it is not a mapping", "write what is typed: what is meant")
        meant = {
            self._phrase(place, "", typed): self._phrase(field_name(place, typed), "", other)
            for typed, other in always.items()
        }
        place = field_name(name, "never")
        never = tuple(self._phrase(place, "", word) for word in self._checker.list(place, fields.get("never")))
        keys = {phrase_key(typed) for typed in meant}
        if conflict := next((word for word in never if phrase_key(word) in keys), None):
            raise self._checker.error(place, f"{conflict!r} is also corrected always", "remove one of the two")
        return {"always": meant, "never": never}
