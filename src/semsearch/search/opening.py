"""How is an index opened for search?"""

from __future__ import annotations

from pathlib import Path

from semsearch.encoding import open_encoder_for
from semsearch.index import IndexFolder
from semsearch.search.searcher import Searcher


def open_index(index: Path | str = "index", *, version: str | None = None, cache: Path | str | None = None) -> Searcher:
    """A searcher over the version in use, or over the one named.

    ``cache`` is where exported models are kept, ``index/cache`` unless given. Raises IndexNotFound, VersionNotFound,
    DamagedVersion, UnsupportedFormat or ModelError.
    """
    folder = IndexFolder(Path(index))
    snapshot = folder.open(version)
    return Searcher(snapshot, open_encoder_for(snapshot.manifest.model, cache=Path(cache) if cache else folder.cache))
