"""The index on disk: immutable, checksummed versions of posts, vectors and terms, and a pointer to the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.index.filters import NO_FILTER, Filter
from semsearch.index.storage.manifest import Background, Calibration, Manifest, Scale, Scales, Tail
from semsearch.lazy_imports import lazy_attributes

if TYPE_CHECKING:
    from semsearch.index.snapshot import Snapshot
    from semsearch.index.vector_index import VectorIndex
    from semsearch.index.versions import IndexFolder, VersionInfo
    from semsearch.index.writer import VersionWriter

__all__ = [
    "NO_FILTER",
    "Background",
    "Calibration",
    "Filter",
    "IndexFolder",
    "Manifest",
    "Scale",
    "Scales",
    "Snapshot",
    "Tail",
    "VectorIndex",
    "VersionInfo",
    "VersionWriter",
]

# The HTTP clients need filters, but neither FAISS nor tantivy.
__getattr__ = lazy_attributes(
    __name__,
    {
        "IndexFolder": "semsearch.index.versions",
        "Snapshot": "semsearch.index.snapshot",
        "VectorIndex": "semsearch.index.vector_index",
        "VersionInfo": "semsearch.index.versions",
        "VersionWriter": "semsearch.index.writer",
    },
)
