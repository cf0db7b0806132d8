"""A cache whose every vector can be told from its name. Imports nothing slow: tests start processes that use it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from semsearch.encoding import VectorCache, Vectors
from tests.encoding.tiny import cosines

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
    if len(cache) != len(names) or not all(key(name) in cache for name in names):
        return False
    return bool(np.all(cosines(cache.get([key(name) for name in names]), directions(names)) > 0.99999))
