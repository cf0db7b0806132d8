"""A cache whose every vector can be told from its name. Imports nothing slow: tests start processes that use it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import numpy as np

from semsearch.encoding import VectorCache, Vectors
from semsearch.encoding.encoder import unit
from tests.encoding.tiny import cosines

User = Callable[[str], Path]
"""From a name to the folder of a user of the cache."""

FINGERPRINT = "0123456789abcdef" * 4
FILE = f"{FINGERPRINT[:32]}.sqlite"
DIMENSION = 2


def open_cache(folder: Path, dimension: int = DIMENSION, *, user: Path | None = None) -> VectorCache:
    return VectorCache(folder, user=user or folder, fingerprint=FINGERPRINT, dimension=dimension)


def key(name: object) -> bytes:
    return hashlib.sha256(str(name).encode()).digest()


def directions(names: Iterable[object]) -> Vectors:
    """The vectors, shape (names, 2), that are kept under the names' keys."""
    angles = np.array([int.from_bytes(key(name)[:4], "big") for name in names], dtype=np.float64)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def fill(cache: VectorCache, names: Iterable[object]) -> None:
    """Adds vectors, each in a transaction of its own."""
    for name in names:
        cache.add([key(name)], directions([name]))


def rebuild(folder: Path, user: Path, names: Iterable[object]) -> None:
    """Uses the cache as a rebuild does whose texts have these names."""
    names = list(names)
    with open_cache(folder, user=user) as cache:
        here = cache.contains([key(name) for name in names])
        missing = [name for name, known in zip(names, here, strict=True) if not known]
        cache.add([key(name) for name in missing], directions(missing))
        cache.prune()


def stored(file: Path) -> dict[bytes, bytes]:
    """All vectors of a database by their keys. To ask the cache itself would count as a use."""
    with closing(sqlite3.connect(file)) as connection:
        return dict(connection.execute("SELECT key, vector FROM vectors"))


def number_stored(file: Path) -> int:
    """The number of vectors of a database."""
    with closing(sqlite3.connect(file)) as connection:
        (number,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
        return int(number)


def includes(folder: Path, names: Iterable[object]) -> bool:
    """Whether these are there, each with its own vector, and maybe others."""
    names, vectors = list(names), stored(folder / FILE)
    if any(key(name) not in vectors for name in names):
        return False
    rows = np.frombuffer(b"".join(vectors[key(name)] for name in names), dtype=np.float16).reshape(-1, DIMENSION)
    return bool(np.all(cosines(unit(rows), directions(names)) > 0.99999))


def holds(folder: Path, names: Iterable[object]) -> bool:
    """Whether exactly these are there, each with its own vector."""
    names = list(names)
    return includes(folder, names) and len(stored(folder / FILE)) == len(set(names))
