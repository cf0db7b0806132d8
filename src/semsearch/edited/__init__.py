"""What do people write into files that are in use? YAML in, plain values out, read again whenever it changes."""

from semsearch.edited.reading import Entries, Wrong, content_of, values_of
from semsearch.edited.watching import Watched

__all__ = ["Entries", "Watched", "Wrong", "content_of", "values_of"]
