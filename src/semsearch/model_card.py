"""The identity of an embedding model. Vectors are comparable only if their models have the same fingerprint."""

from __future__ import annotations

from dataclasses import dataclass

BUILT_IN = "all-MiniLM-L6-v2"
"""The default model: 22 million parameters, 384 dimensions, English. It is part of the installation."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Describes a sentence-transformers model. Models with the same fingerprint give the same vectors."""

    name: str
    """The name that the user gave: a Hugging Face name, a folder, or the name of the built-in model."""
    fingerprint: str
    """SHA-256 over every file of the model that can change a vector: weights, tokenizer, pooling, settings."""
    weights_sha256: str
    """SHA-256 of the weights, in hexadecimal."""
    dimension: int
    """Number of components of a vector."""
    pooling: str
    """How token vectors become a text vector, as sentence-transformers names it, such as ``mean``."""
    max_tokens: int
    """Longer texts are truncated to this many tokens, the limit that the model defines."""
    query_prompt: str = ""
    """Prefix of queries that the model was trained with, such as ``query: ``."""
    document_prompt: str = ""
    """The same of documents."""
