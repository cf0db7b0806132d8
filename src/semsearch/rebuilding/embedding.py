"""Which vectors must be computed? Texts in, their keys out; what the cache lacks is embedded on the way."""

from __future__ import annotations

from semsearch.encoding import Encoder, VectorCache
from semsearch.rebuilding.texts import TEMPLATE

_WINDOW = 4_096
"""Texts gathered before they are embedded: enough to sort by length, few enough to keep memory flat."""


class Embedder:
    """Sees to it that the cache holds the vector of every text it is given."""

    def __init__(self, encoder: Encoder, cache: VectorCache, *, full: bool) -> None:
        self._encoder, self._cache, self._full = encoder, cache, full
        self._waiting: dict[bytes, str] = {}
        self._renewed: set[bytes] = set()
        self.embedded = 0
        self.reused = 0

    def add(self, text: str) -> bytes:
        """The key of a text, whose vector the cache holds after the next flush."""
        key = self._cache.key(text, TEMPLATE)
        known = key in self._renewed if self._full else key in self._cache
        if known or key in self._waiting:
            self.reused += 1
        else:
            self._waiting[key] = text
            if len(self._waiting) >= _WINDOW:
                self.flush()
        return key

    def flush(self) -> None:
        """Embeds what is waiting; every batch is in the cache as soon as it is computed."""
        if not self._waiting:
            return
        keys, texts = list(self._waiting), list(self._waiting.values())
        for positions, vectors in self._encoder.encode_documents(texts):
            self._cache.add([keys[position] for position in positions], vectors)
            self.embedded += len(positions)
        self._cache.sync()
        if self._full:
            self._renewed.update(keys)
        self._waiting.clear()
