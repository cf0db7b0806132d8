"""Read a corpus: files in, posts and rejected lines out."""

from semsearch.corpus.loader import CorpusReader, digest, load
from semsearch.corpus.rejection import Rejection

__all__ = ["CorpusReader", "Rejection", "digest", "load"]
