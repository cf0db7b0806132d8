"""The names of the authors of a corpus, as words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

from semsearch.index import Snapshot
from semsearch.index.attributes import Attributes
from semsearch.index.filters import AUTHORS
from semsearch.index.lexical.query_model import Phrase

Names = Mapping[Phrase, Sequence[str]]
"""The authors by the words of their names, as written: case, accents, hyphens and signs do not count."""

_names: WeakKeyDictionary[Attributes, Names] = WeakKeyDictionary()
"""By version; computed for the first query."""


def names_of(snapshot: Snapshot) -> Names:
    """Return the authors of all posts by the words of their names."""
    if (names := _names.get(snapshot.attributes)) is None:
        found: dict[Phrase, list[str]] = {}
        for author in snapshot.attributes.column(AUTHORS.name).values:
            found.setdefault(snapshot.analyzer.forms(author).sequence, []).append(author)
        names = _names[snapshot.attributes] = found
    return names
