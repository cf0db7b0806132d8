"""Front matter and data files → the names of the authors of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from semsearch.ingest.sites.values import as_text, found, text_of

AUTHORS = ("authors", "author", "by", "byline", "writer", "taxonomies.authors", "taxonomies.author", "extra.authors",
           "extra.author", "params.authors", "params.author")  # fmt: skip
_NAME_KEYS = ("name", "title", "display_name", "displayname", "display", "full_name", "fullname", "author", "label")
_KEY_KEYS = ("key", "id", "slug", "username", "handle", "github", "login", "nickname", "author")
_MAX_NAME = 300
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_TAG_OR_EMAIL = re.compile(r"<[^>]*>|\(?\S+@\S+\.\w+\)?")


def authors_of(
    fields: Mapping[str, Any], people: Mapping[str, str] | None = None, names: tuple[str, ...] = AUTHORS
) -> tuple[str, ...]:
    """Return the authors of the first of the names that has any, each once.

    An author may be a text, which is never split; a mapping with a name; or a key of ``people``.
    """
    for _, value in found(fields, names):
        authors = dict.fromkeys(author for author in _authors(value, people or {}, depth=0) if author)
        if authors:
            return tuple(authors)
    return ()


def people_of(value: Any) -> dict[str, str]:
    """Read a data file of authors: keys, in lower case → names.

    The file may map keys to names or to mappings with a name, hold such a mapping under one key (``authors``), or be a
    list of mappings with a key and a name.
    """
    if isinstance(value, Mapping):
        people = {
            str(key).lower(): name
            for key, entry in value.items()
            if (name := _name_of(entry) if isinstance(entry, Mapping) else _plain(as_text(entry)))
        }
        if not people and len(value) == 1:
            return people_of(next(iter(value.values())))
        return people
    if isinstance(value, list):
        entries = [entry for entry in value if isinstance(entry, Mapping)]
        return {key.lower(): name for entry in entries for key in _keys_of(entry) if (name := _name_of(entry))}
    return {}


def _keys_of(entry: Mapping[str, Any]) -> list[str]:
    return [key for _, value in found(entry, _KEY_KEYS) if (key := as_text(value))]


def _authors(value: Any, people: Mapping[str, str], depth: int) -> Iterator[str]:
    if isinstance(value, list):
        if depth < 3:
            for entry in value[:100]:
                yield from _authors(entry, people, depth + 1)
    elif isinstance(value, dict):
        if name := _name_of(value):
            yield name
        elif key := next(iter(_keys_of(value)), ""):
            yield people.get(key.lower(), key)
        elif depth == 0:
            yield from (people.get(str(key).lower(), _name_of(entry) or str(key)) for key, entry in value.items())
    elif not isinstance(value, bool):
        text = as_text(value)
        yield people.get(text.lower()) or people.get(text.lower().removeprefix("@")) or _plain(text)


def _name_of(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    if name := text_of(entry, *_NAME_KEYS):
        return _plain(name)
    parts = (text_of(entry, "first_name", "firstname", "first"), text_of(entry, "last_name", "lastname", "last"))
    return _plain(" ".join(filter(None, parts)))


def _plain(name: str) -> str:
    """Take links, tags and e-mail addresses out of a name."""
    name = name[:_MAX_NAME]
    if "[" in name:
        name = _LINK.sub(r"\1", name)
    if "<" in name or "@" in name:
        name = _TAG_OR_EMAIL.sub("", name)
    return " ".join(name.split())
