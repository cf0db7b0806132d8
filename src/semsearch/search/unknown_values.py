"""Which values of a filter does no post have, and which values did the client probably mean?"""

from __future__ import annotations

from rapidfuzz import fuzz, process

from semsearch.index import Filter
from semsearch.index.attributes import Attributes
from semsearch.index.filters import HasAll, KeywordColumn
from semsearch.search.results import UnknownValue

MAX_SUGGESTIONS = 10
"""Unknown values of a request for which a similar one is looked up."""
_MIN_SIMILARITY = 65.0
"""Percent; see ``rapidfuzz.fuzz.ratio``."""


def unknown_values(attributes: Attributes, requested: Filter, visibility: Filter) -> tuple[UnknownValue, ...]:
    """Return the tags and authors of a filter that no visible post has.

    ``visibility``: the posts that the client may see. Its own conditions are not reported.
    """
    found: list[UnknownValue] = []
    for declared, values in requested.conditions():
        if not isinstance(declared.rule, HasAll):
            continue
        column = declared.rule.column
        own = set(map(column.key, getattr(visibility, declared.name)))
        mask = attributes.mask(visibility)
        for value in values:
            if column.key(value) in own or attributes.column(column.name).has(column.key(value), mask):
                continue
            known = attributes.column(column.name).values_in(mask) if len(found) < MAX_SUGGESTIONS else []
            found.append(UnknownValue(declared.parameter, value, _nearest(column, value, known)))
    return tuple(found)


def _nearest(column: KeywordColumn, value: str, known: list[str]) -> str | None:
    best = process.extractOne(value, known, scorer=fuzz.ratio, processor=column.key, score_cutoff=_MIN_SIMILARITY)
    return None if best is None else best[0]
