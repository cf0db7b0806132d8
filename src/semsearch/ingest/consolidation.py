"""The assembled posts of a source → its records: unique ids, one spelling of each tag, translations, and aliases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from semsearch.ingest.addresses import absolute, id_of
from semsearch.ingest.assembly import AssembledPost
from semsearch.ingest.entries import Entry, Note, Place, Severity
from semsearch.ingest.post_records import record_of
from semsearch.ingest.spellings import Spellings
from semsearch.ingest.spool import Spool


@dataclass(frozen=True, slots=True)
class _Key:
    """What is kept in memory of a post."""

    id: str
    number: int
    """In the spool."""
    place: Place
    translation_key: str
    is_original: bool
    language: str


class Collection:
    """Collects the posts of one source, then yields their records in order of ids. To be used with ``with``."""

    def __init__(self, *, site_url: str, taken: Mapping[str, str], folder: Path | None = None) -> None:
        """``taken``: ids of posts of other sources, with the name of the source. ``folder``: for temporary files."""
        self._site_url, self._taken = site_url, taken
        self._spool = Spool(folder)
        self._keys: dict[str, _Key] = {}
        self._spellings = Spellings()
        self._aliases: dict[str, list[str]] = {}
        """Id of a post → its other addresses."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__()

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def ids(self) -> list[str]:
        return sorted(self._keys)

    @property
    def merged_tags(self) -> list[list[str]]:
        """The groups of spellings that became one tag."""
        return self._spellings.merged()

    def spelled(self, tags: Sequence[str]) -> list[str]:
        """Return tags in the commonest spelling of the source."""
        return self._spellings.of(tags)

    def add(self, given: AssembledPost) -> Note | None:
        """Add a post. Returns a note if another post has its id: then it gets the id of its file, or is left out."""
        post, note = given.post, None
        post_id = post.id
        if source := self._taken.get(post_id):
            return Note(given.place, Severity.LEFT_OUT, "also in another source", f"{source} has a post {post_id!r}")
        if other := self._keys.get(post_id):
            post_id = self._unused_id(given.place)
            detail = f"{other.place} has the address of this post, too; it gets the id {post_id!r}"
            note = Note(given.place, Severity.WARNING, "address used twice", detail)
        number = self._spool.add(record_of(post, post_id))
        language = (post.language or "").lower()
        self._keys[post_id] = _Key(post_id, number, given.place, given.translation_key, given.is_original, language)
        self._spellings.add(post.tags)
        for alias in given.aliases:
            self._aliases.setdefault(post_id, []).append(absolute(alias, self._site_url))
        return note

    def add_redirect(self, entry: Entry) -> None:
        """Keep the address of a redirect as an alias of its target, if that is or becomes a post of the source."""
        target = id_of(absolute(entry.redirect, self._site_url))
        self._aliases.setdefault(target, []).append(absolute(entry.address, self._site_url))

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the posts in order of their ids, as objects of the post format."""
        originals = self._originals()
        for post_id in sorted(self._keys):
            key = self._keys[post_id]
            record = self._spool.get(key.number)
            if tags := record.get("tags"):
                record["tags"] = self._spellings.of(tags)
            original = originals.get(key.translation_key)
            if original and original != post_id:
                record["translation_of"] = original
            if aliases := [alias for alias in dict.fromkeys(self._aliases.get(post_id, ())) if alias]:
                record["aliases"] = sorted(aliases)
            yield record

    def _unused_id(self, place: Place) -> str:
        """An id made of the place in the source, with a number if several entries have that place."""
        base = id_of(place.file if place.line is None else f"{place.file}-{place.line}")
        post_id, count = base, 1
        while post_id in self._keys or post_id in self._taken:
            count += 1
            post_id = f"{base[:180]}-{count}"
        return post_id

    def _originals(self) -> dict[str, str]:
        """Translation key → id of the post that the others translate: the one marked as original, else the first."""
        originals: dict[str, _Key] = {}
        for key in self._keys.values():
            if key.translation_key:
                current = originals.get(key.translation_key)
                if current is None or _precedence(key) < _precedence(current):
                    originals[key.translation_key] = key
        return {name: key.id for name, key in originals.items()}


def _precedence(key: _Key) -> tuple[bool, str, str]:
    return not key.is_original, key.language, key.id
