"""Encode text into vectors: models, encoders, and the cache of computed vectors."""

from semsearch.encoding.cache import VectorCache
from semsearch.encoding.encoder import Encoder, Vectors
from semsearch.encoding.kept_vectors import KeptVectors
from semsearch.encoding.opening import open_encoder, open_encoder_for, open_exported
from semsearch.encoding.trusted_exports import TrustedExports

__all__ = [
    "Encoder",
    "KeptVectors",
    "TrustedExports",
    "VectorCache",
    "Vectors",
    "open_encoder",
    "open_encoder_for",
    "open_exported",
]
