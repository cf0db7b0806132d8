"""What is on disk? Posts and vectors in; one immutable, checked version out; and a pointer to the one in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.index.filters import NO_FILTER, Filter
from semsearch.index.storage.manifest import Background, Calibration, Manifest, Scale, Scales, Tail
from semsearch.lazy_imports import lazily

if TYPE_CHECKING:
    from semsearch.index.snapshot import Snapshot
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
    "VersionInfo",
    "VersionWriter",
]

# What asks a service needs filters, and neither FAISS nor tantivy.
__getattr__ = lazily(
    __name__,
    {
        "IndexFolder": "semsearch.index.versions",
        "Snapshot": "semsearch.index.snapshot",
        "VersionInfo": "semsearch.index.versions",
        "VersionWriter": "semsearch.index.writer",
    },
)
