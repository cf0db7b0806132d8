"""What is on disk? Posts and vectors in; one immutable, checked version out; and a pointer to the one in use."""

from semsearch.index.filters import NO_FILTER, Filter
from semsearch.index.manifest import Background, Calibration, Manifest, Scale, Scales, Tail
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
