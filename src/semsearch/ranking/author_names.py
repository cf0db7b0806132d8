"""Is a text the name of an author of the corpus?"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from semsearch.index import Snapshot
from semsearch.index.attributes import Attributes
from semsearch.index.filters import AUTHORS
from semsearch.index.lexical.query_model import Phrase

_names: WeakKeyDictionary[Attributes, frozenset[Phrase]] = WeakKeyDictionary()
"""By version, the names of its authors; computed for the first query."""


def is_author(snapshot: Snapshot, words: Phrase) -> bool:
    """Whether any post has an author of this name, given as written: case, accents, hyphens and signs do not count."""
    if (names := _names.get(snapshot.attributes)) is None:
        authors = snapshot.attributes.column(AUTHORS.name).values
        names = frozenset(snapshot.analyzer.forms(author).sequence for author in authors)
        _names[snapshot.attributes] = names
    return words in names
