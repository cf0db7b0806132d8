"""Which model made these vectors? The facts that must be equal for two vectors to be comparable."""

from __future__ import annotations

from dataclasses import dataclass

BUILT_IN = "all-MiniLM-L6-v2"
"""The default model: 22 million parameters, 384 dimensions, English; it comes with the installation."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A sentence-transformers model, pinned. Two cards of one fingerprint give the same vectors."""

    name: str
    """As its user named it: a hub name, a folder, or the built-in model's name."""
    fingerprint: str
    """SHA-256 over every file of the model that can change a vector: weights, tokenizer, pooling, settings."""
    weights_sha256: str
    dimension: int
    pooling: str
    max_tokens: int
    """Longer texts are cut to this many tokens, as the model's authors set it."""
    query_prompt: str = ""
    """What the model wants written before a question, such as ``query: ``."""
    document_prompt: str = ""
