"""An encoder without a model, so that a test can count the texts that are encoded and predict every vector."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import VectorCache
from semsearch.encoding.encoder import Vectors, unit
from semsearch.model_card import ModelCard

DIMENSION = 4


def vector_of(text: str) -> NDArray[np.float32]:
    """A unit vector that depends on every character of a text and on nothing else."""
    numbers = np.frombuffer(hashlib.sha256(text.encode()).digest()[:DIMENSION], dtype=np.int8)
    vector: NDArray[np.float32] = unit(numbers.astype(np.float32).reshape(1, -1))[0]
    return vector


class FakeEncoder:
    """Yields the last batch first, and records every text: documents in ``documents``, queries in ``queries``."""

    card = ModelCard("fake", "e" * 64, "0" * 64, dimension=DIMENSION, pooling="mean", max_tokens=8)
    backend = "fake"

    def __init__(self, batch: int = 2) -> None:
        self.documents: list[str] = []
        self.queries: list[str] = []
        self._batch = batch

    def is_known_word(self, word: str) -> bool:
        return False

    def can_read(self, text: str) -> bool:
        return True

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.queries.extend(texts)
        return np.stack([vector_of(text) for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        self.documents.extend(texts)
        for start in reversed(range(0, len(texts), self._batch)):
            positions = np.arange(start, min(start + self._batch, len(texts)))[::-1]
            yield positions, np.stack([vector_of(texts[position]) for position in positions])


def open_cache(folder: Path) -> VectorCache:
    return VectorCache(folder, user=folder, fingerprint=FakeEncoder.card.fingerprint, dimension=DIMENSION)
