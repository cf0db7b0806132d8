"""What else is in a source, beside the files of a kind?"""

from __future__ import annotations

from semsearch.ingest.files import Files
from semsearch.ingest.paths import suffix_of
from semsearch.ingest.sites.one_off import is_repository_file

_BESIDE = frozenset(
    (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".ico", ".pdf", ".mp3", ".mp4", ".css", ".map", ".log")
)
"""Files that lie beside posts and hold none."""


def holds_only(files: Files, *suffixes: str) -> bool:
    """Whether a source has files of these suffixes, and others only that are no posts: pictures, a README."""
    found = set(files.paths(*suffixes))
    others = (path for path in files.paths() if path not in found)
    return bool(found) and all(suffix_of(path).lower() in _BESIDE or is_repository_file(path) for path in others)
