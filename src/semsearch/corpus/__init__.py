"""Which posts are there? Files in, posts (and the lines that are not posts, with the reason) out."""

from semsearch.corpus.loader import Loading, digest, load
from semsearch.corpus.rejection import Rejection

__all__ = ["Loading", "Rejection", "digest", "load"]
