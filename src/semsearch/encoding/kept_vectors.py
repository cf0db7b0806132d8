"""The cache of vectors for a process that rebuilds an index again and again: what it read stays in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding.cache import VectorCache
from semsearch.encoding.encoder import Vectors

MAX_KEPT = 65_536
"""Vectors in memory, which is 100 MB of those with 384 dimensions. Before there are more, all are forgotten."""


class KeptVectors(VectorCache):
    """A cache that stays open for many rebuilds. They count as one rebuild, so :meth:`prune` removes nothing."""

    def __init__(self, folder: Path, *, user: Path, fingerprint: str, dimension: int) -> None:
        """See :class:`VectorCache`."""
        super().__init__(folder, user=user, fingerprint=fingerprint, dimension=dimension)
        self._places: dict[bytes, int] = {}
        """By key, a row of ``_kept``."""
        self._kept: Vectors = np.empty((0, dimension), dtype=np.float32)

    def contains(self, keys: Sequence[bytes]) -> NDArray[np.bool_]:
        found = np.fromiter((key in self._places for key in keys), dtype=np.bool_, count=len(keys))
        if len(others := np.flatnonzero(~found)):
            found[others] = super().contains([keys[place] for place in others.tolist()])
        return found

    def add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        super().add(keys, vectors)
        for key in keys:
            self._places.pop(key, None)  # it is read again, in the precision in which it is stored

    def get(self, keys: Sequence[bytes]) -> Vectors:
        new = [key for key in dict.fromkeys(keys) if key not in self._places]
        if len(self._kept) + len(new) > MAX_KEPT:
            self._places, self._kept = {}, self._kept[:0]
            return super().get(keys)
        if new:
            start, self._kept = len(self._kept), np.concatenate([self._kept, super().get(new)])
            self._places |= {key: place for place, key in enumerate(new, start=start)}
        return self._kept[[self._places[key] for key in keys]]

    def prune(self) -> None:
        """Remove nothing. The next rebuild by another process removes what is not used."""
