"""Fields that sections of a Hugo site give to all documents below them. https://gohugo.io/configuration/cascade/"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from semsearch.ingest.sites import values

_TARGETS = ("_target", "target")
_NOT_GIVEN = frozenset((*_TARGETS, "cascade", "title", "slug", "url", "aliases"))
"""Keys that are no fields of the documents below, or that each document has for itself."""


class Cascades:
    """The cascades of one site."""

    def __init__(self, of_site: Any) -> None:
        """``of_site``: the cascade of the configuration; None if it has none."""
        self._by_folder: dict[tuple[str, str], tuple[Mapping[str, Any], ...]] = {}
        self._of_site = tuple(_parts(of_site))

    def add(self, folder: str, language: str, cascade: Any) -> None:
        """Add the cascade of a section page. ``folder``: below the content, without a slash at the end."""
        self._by_folder[folder, language] = tuple(_parts(cascade))

    def fields_of(self, path: str, language: str) -> dict[str, Any]:
        """Return the fields of a document that are not its own. ``path``: below the content, without suffix."""
        if not self._by_folder and not self._of_site:
            return {}
        fields: dict[str, Any] = {}
        for parts in (*self._above(path, language), self._of_site):  # the nearest counts most, then the first
            for part in parts:
                if _is_meant(part, path, language):
                    fields = {**_given(part), **fields}
        return fields

    def _above(self, path: str, language: str) -> Iterator[tuple[Mapping[str, Any], ...]]:
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            yield self._by_folder.get((folder, language), ())


def _parts(cascade: Any) -> Iterator[Mapping[str, Any]]:
    for part in cascade if isinstance(cascade, list) else [cascade]:
        if isinstance(part, Mapping):
            yield {str(key).lower(): value for key, value in part.items()}


def _is_meant(part: Mapping[str, Any], path: str, language: str) -> bool:
    """Whether a part of a cascade is for a document, by its target."""
    target: Mapping[str, Any] = next((part[key] for key in _TARGETS if isinstance(part.get(key), Mapping)), {})
    wanted = {"path": f"/{path}", "lang": language, "kind": "page", "environment": "production"}
    patterns = {key: values.text_of(target, key) for key in wanted}
    return all(not pattern or _matches(wanted[key], pattern) for key, pattern in patterns.items())


def _matches(text: str, pattern: str) -> bool:
    """Match a pattern of Hugo: ``{page,section}`` has alternatives, and ``**`` spans folders."""
    pattern = pattern.lower()
    start, brace, rest = pattern.partition("{")
    inside, closing, end = rest.partition("}")
    if brace and closing:
        return any(_matches(text, start + option.strip() + end) for option in inside.split(",")[:100])
    return fnmatchcase(text.lower(), pattern)


def _given(part: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in _NOT_GIVEN}
