"""A cache whose every vector can be told from its name. Imports nothing slow: tests start processes that use it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from semsearch.encoding import VectorCache, Vectors
from semsearch.encoding.key_table import prefixes
from tests.encoding.tiny import cosines

User = Callable[[str], Path]
"""From a name to the folder of a user of the cache."""

FINGERPRINT = "0123456789abcdef" * 4
FILE = f"{FINGERPRINT[:32]}.vectors"
HEADER = b"semsearch vectors 1\n"
RECORD = 32 + 2 * 2 + 4
"""Bytes of one vector of two dimensions: key, half-precision numbers, checksum."""


def open_cache(folder: Path, dimension: int = 2) -> VectorCache:
    return VectorCache(folder, fingerprint=FINGERPRINT, dimension=dimension)


def key(name: object) -> bytes:
    return hashlib.sha256(str(name).encode()).digest()


def directions(names: Iterable[object]) -> Vectors:
    """The vectors, shape (names, 2), that are kept under the names' keys."""
    angles = np.array([int.from_bytes(key(name)[:4], "big") for name in names], dtype=np.float64)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def fill(cache: VectorCache, names: Iterable[object]) -> None:
    for name in names:
        cache.add([key(name)], directions([name]))


def holds(cache: VectorCache, names: Iterable[object]) -> bool:
    """Whether exactly these are there, each with its own vector."""
    names = list(names)
    if len(cache) != len(names) or not cache.known([key(name) for name in names]).all():
        return False
    return bool(np.all(cosines(cache.get([key(name) for name in names]), directions(names)) > 0.99999))


def prune(cache: VectorCache, user: Path, names: Iterable[object]) -> int:
    """As after a rebuild that used the vectors of these names, where none was added since the last."""
    cache._uses.set_pruned_at(1_000_000)
    return cache.prune(user, prefixes(key(name) for name in names))


def records(folder: Path) -> int:
    """How many records the file has, of use or not."""
    count, rest = divmod((folder / FILE).stat().st_size - len(HEADER), RECORD)
    assert rest == 0
    return count


def readable(cache: VectorCache, names: Iterable[object]) -> bool:
    """Whether these are there, each with its own vector, and maybe others."""
    names = list(names)
    if not cache.known([key(name) for name in names]).all():
        return False
    return bool(np.all(cosines(cache.get([key(name) for name in names]), directions(names)) > 0.99999))
