"""What can every encoder do? The protocol that rebuild and search rely on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from semsearch.model_card import ModelCard

Vectors = NDArray[np.float32]
"""Shape (texts, dimension); every row has length 1, so a dot product is a cosine."""


class Encoder(Protocol):
    """Text to unit vectors, with one model."""

    @property
    def card(self) -> ModelCard:
        """The model, pinned."""

    @property
    def form(self) -> str:
        """What runs it: ``openvino-int8``, ``openvino-bf16``, ``openvino-f32`` or ``sentence-transformers``."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """A few questions at once, in their order. May be called from many threads."""

    def knows(self, word: str) -> bool:
        """Whether a word in lower case is whole in the model's vocabulary: it is hardly misspelt then."""

    def reads(self, text: str) -> bool:
        """Whether the model knows anything of a text: all that it knows nothing of has one vector, which means
        nothing."""

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        """Many texts, as fast as can be: yields ``(positions in texts, their vectors)`` a batch at a time, in any
        order, until every position was yielded once."""


def is_whole(word: str, tokens: Sequence[str]) -> bool:
    """Whether a tokenizer made one token of a word, and that word; ``tokens`` may have its marks of a word's start."""
    return len(tokens) == 1 and tokens[0].lstrip("\u2581\u0120").lower() == word


UNKNOWN = ("[UNK]", "<unk>")
"""What tokenizers call what they do not know."""


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """The rows scaled to length 1 in single precision; a row of zeros stays as it is."""
    rows = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = rows / np.maximum(norms, np.finfo(np.float32).tiny)
    return scaled
