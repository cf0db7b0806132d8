"""JSON-LD in a page → what it says of the article."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_MAX_CHARACTERS = 1_000_000
_MAX_NODES = 10_000
_ARTICLE = re.compile(r"(?:.*/)?(?:\w*Article|BlogPosting|PodcastEpisode|Report|CreativeWork|VideoObject)", re.DOTALL)
_PAGE = re.compile(r"(?:.*/)?\w*WebPage", re.DOTALL)


def article_in(scripts: list[str]) -> Mapping[str, Any]:
    """Return the first article, else the first page, in the texts of JSON-LD scripts; empty if there is none.

    A text that is no JSON, larger than 1 MB or nested too deeply is skipped.
    """
    things = [thing for script in scripts for thing in _things(script)]
    for pattern in (_ARTICLE, _PAGE):
        for thing in things:
            if any(pattern.fullmatch(kind) for kind in texts_of(thing.get("@type"))):
                return thing
    return {}


def texts_of(value: Any) -> list[str]:
    """The texts in a value: itself, its elements, or their names."""
    found = []
    for entry in (value if isinstance(value, list) else [value])[:_MAX_NODES]:
        text = entry.get("name") or entry.get("url") or entry.get("@id") if isinstance(entry, dict) else entry
        if isinstance(text, str) and text.strip():
            found.append(text.strip())
    return found


def _things(script: str) -> Iterator[Mapping[str, Any]]:
    """All objects, the outermost first, in the order of the text."""
    if len(script) > _MAX_CHARACTERS:
        return
    try:
        pending = [json.loads(script.strip().removeprefix("<!--").removesuffix("-->"), strict=False)]
    except (ValueError, RecursionError):
        return
    for _ in range(_MAX_NODES):
        if not pending:
            return
        value = pending.pop(0)
        if isinstance(value, dict):
            yield value
            graph = value.get("@graph")
            pending += graph[:_MAX_NODES] if isinstance(graph, list) else [graph]
            pending.append(value.get("mainEntity"))
        elif isinstance(value, list):
            pending += value[:_MAX_NODES]
