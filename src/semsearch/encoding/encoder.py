"""The protocol of encoders, from text to unit vectors, which rebuild and search rely on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from semsearch.model_card import ModelCard

Vectors = NDArray[np.float32]
"""Shape (texts, dimension). Every row has length 1, so a dot product is a cosine similarity."""


class Encoder(Protocol):
    """Encodes text with one model."""

    @property
    def card(self) -> ModelCard:
        """The model, identified by its digests."""

    @property
    def backend(self) -> str:
        """What runs the model: ``openvino-int8``, ``openvino-bf16``, ``openvino-f32`` or ``sentence-transformers``."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode a few queries together; rows are in the order of the texts. Thread-safe."""

    def is_known_word(self, word: str) -> bool:
        """True if a lower-case word is a single token of the vocabulary: then it is hardly misspelt."""

    def can_read(self, text: str) -> bool:
        """True if any token of the text is in the vocabulary. All other texts have one and the same vector, which
        means nothing."""

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        """Encode many texts at the highest throughput.

        Yields batches of ``(positions in texts, their vectors)`` in any order; every position comes exactly once.
        """


def is_single_token(word: str, tokens: Sequence[str]) -> bool:
    """True if a tokenizer turned a word into one token, equal to it apart from case and a start-of-word mark."""
    return len(tokens) == 1 and tokens[0].lstrip(_START_OF_WORD).lower() == word


def has_known_token(tokens: Sequence[str]) -> bool:
    """True if any token is in the vocabulary; a start-of-word mark alone stands for no text."""
    return any(token.strip(_START_OF_WORD) and token not in UNKNOWN_TOKENS for token in tokens)


_START_OF_WORD = "\u2581\u0120"
UNKNOWN_TOKENS = ("[UNK]", "<unk>")
"""The tokens that stand for text outside the vocabulary."""


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Scale rows to length 1, in single precision. A row of zeros stays as it is."""
    rows = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = rows / np.maximum(norms, np.finfo(np.float32).tiny)
    return scaled
