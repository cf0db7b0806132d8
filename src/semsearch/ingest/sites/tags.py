"""Front matter → the tags of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from semsearch.ingest.sites.values import as_text, found, lookup, text_of, texts

TAGS = ("tags", "tag", "categories", "category", "topics", "topic", "extra.tags", "extra.categories")
_IF_NONE = ("keywords", "keyword")
"""Words for search engines, which are the tags where there are no others."""
_NO_TAGS = frozenset(("author", "authors", "series", "people", "language", "languages"))
"""Taxonomies that are fields of their own."""
_NAME_KEYS = ("name", "label", "title", "tag")


def not_split(text: str) -> list[str]:
    """A text is one tag, as most generators have it."""
    return [text]


def tags_of(
    fields: Mapping[str, Any], names: tuple[str, ...] = TAGS, split: Callable[[str], list[str]] = not_split
) -> tuple[str, ...]:
    """Return the tags under all of the names and in ``taxonomies``, each once.

    ``split`` is the rule of the generator for a text where a list is expected.
    """
    values = [value for _, value in found(fields, names)]
    taxonomies = lookup(fields, "taxonomies")
    if isinstance(taxonomies, dict):
        values += [value for name, value in taxonomies.items() if str(name).lower() not in _NO_TAGS]
    return _unique(values, split) or _unique((value for _, value in found(fields, _IF_NONE)), _at_commas)


def _unique(values: Iterable[Any], split: Callable[[str], list[str]]) -> tuple[str, ...]:
    result: dict[str, None] = {}
    for value in values:
        if isinstance(value, str):
            result.update(dict.fromkeys(part for part in map(str.strip, split(value)) if part))
        else:
            result.update(dict.fromkeys(texts(_names(value))))
    return tuple(result)


def _names(value: Any) -> Any:
    """Replace mappings in a list by their names."""
    if isinstance(value, list):
        return [_names(entry) for entry in value]
    if isinstance(value, dict):
        return text_of(value, *_NAME_KEYS) or value
    return value


def _at_commas(text: str) -> list[str]:
    """Keywords have the form of the HTML element ``meta name=keywords``."""
    return as_text(text).split(",")
