"""Documents that are looked into before their turn → the same documents in their turn, read once."""

from __future__ import annotations

from collections.abc import Callable

from semsearch.ingest.entries import Note
from semsearch.ingest.sites.documents import SiteDocument

MAX_CHARACTERS = 8_000_000
"""Of the documents that are kept. Others are read again."""
_OF_FIELDS = 2_000
"""What a document takes besides its body, at a guess."""

Reading = tuple[SiteDocument | None, list[Note]]
"""See :func:`semsearch.ingest.sites.documents.read_document`."""


class ReadAhead:
    """Reads the documents of a site. Which folders hold posts is known from documents in all of them."""

    def __init__(self, read: Callable[[str], Reading], max_characters: int = MAX_CHARACTERS) -> None:
        self._read = read
        self._kept: dict[str, Reading] = {}
        self._room = max_characters

    def look_into(self, path: str) -> SiteDocument | None:
        """Return a document before its turn; None if it cannot be read."""
        reading = self._kept.get(path) or self._read(path)
        if path not in self._kept and _size(reading) <= self._room:
            self._kept[path] = reading
            self._room -= _size(reading)
        return reading[0]

    def take(self, path: str) -> Reading:
        """Return a document in its turn, after which it is forgotten."""
        reading = self._kept.pop(path, None)
        if reading is None:
            return self._read(path)
        self._room += _size(reading)
        return reading


def _size(reading: Reading) -> int:
    document = reading[0]
    return _OF_FIELDS + (0 if document is None else len(document.body.text))
