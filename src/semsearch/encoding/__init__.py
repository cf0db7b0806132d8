"""How does text become vectors? Models in, encoders out; vectors once computed are kept."""

from semsearch.encoding.cache import VectorCache
from semsearch.encoding.encoder import Encoder, Vectors
from semsearch.encoding.opening import open_encoder, open_encoder_for, open_exported

__all__ = ["Encoder", "VectorCache", "Vectors", "open_encoder", "open_encoder_for", "open_exported"]
