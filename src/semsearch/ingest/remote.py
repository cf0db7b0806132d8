"""An address → the copies of a feed or of the pages of a site, as files that kinds can read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from semsearch.errors import SourceUnreadable
from semsearch.ingest.built.page_files import MANIFEST
from semsearch.ingest.entries import Note, Place, Severity

if TYPE_CHECKING:
    from semsearch.ingest.network import Document, FetchedSource


class FetchedFiles:
    """The documents of a fetched source. Other files in their folder, as of earlier runs, do not exist."""

    is_file = False

    def __init__(self, fetched: FetchedSource) -> None:
        self.location = fetched.folder
        self._paths = dict.fromkeys(_path(fetched, document) for document in fetched.documents)
        self._pages = b"" if fetched.kind == "feed" else _manifest(fetched)

    def paths(self, *suffixes: str, under: str = "") -> list[str]:
        """List the documents in their order: pages of a feed from the newest to the oldest."""
        folder = f"{under}/" if under else ""
        return [path for path in self._paths if path.startswith(folder) and path.endswith(suffixes or "")]

    def exists(self, path: str) -> bool:
        return path in self._paths or (path == MANIFEST and bool(self._pages))

    def size(self, path: str) -> int:
        return len(self._pages) if path == MANIFEST else (self.location / path).stat().st_size

    def open(self, path: str) -> BinaryIO:
        if not self.exists(path):
            raise KeyError(path)
        return io.BytesIO(self._pages) if path == MANIFEST else (self.location / path).open("rb")


def fetch(
    url: str, kind: str, *, cache: Path, allow_private: bool, on_pages: Callable[[int], None]
) -> tuple[FetchedFiles, Literal["feed", "html"], str, list[Note]]:
    """Fetch a source. Returns its files, its kind, why it is of this kind, and notes on what could not be fetched.

    ``kind``: ``feed``, ``html``, or empty for the better one. ``on_pages``: called with the number of fetched pages.
    Raises SourceUnreadable for another kind, and the errors of :func:`semsearch.ingest.network.fetch_source`.
    """
    from semsearch.ingest.network import fetch_source  # noqa: PLC0415  (most sources are files)

    if kind not in ("", "feed", "html"):
        raise SourceUnreadable(url, f"an address is read as feed or html, not as {kind}; fetch the files for that")
    fetched = fetch_source(
        url,
        cache=cache,
        kind=_wanted(kind),
        allow_private=allow_private,
        on_progress=lambda progress: on_pages(progress.done),
    )
    return FetchedFiles(fetched), fetched.kind, fetched.because, _notes(fetched)


def _wanted(kind: str) -> Literal["feed", "html"] | None:
    if kind == "feed":
        return "feed"
    return "html" if kind == "html" else None


def _notes(fetched: FetchedSource) -> list[Note]:
    notes = [
        Note(
            Place(failure.url),
            Severity.WARNING if failure.is_kept else Severity.BROKEN,
            "not fetched" + (", an earlier copy is used" if failure.is_kept else ""),
            failure.reason,
        )
        for failure in fetched.failures
    ]
    for skipped in fetched.skipped:
        detail = f"{skipped.count:,} addresses" if skipped.count > 1 else ""
        notes.append(Note(Place(skipped.first), Severity.WARNING, f"not fetched: {skipped.reason}", detail))
    if not fetched.is_complete:
        notes.append(
            Note(Place(fetched.url), Severity.WARNING, "pages are left for the next run", "run the command again")
        )
    return notes


def _path(fetched: FetchedSource, document: Document) -> str:
    return document.file.relative_to(fetched.folder).as_posix()


def _manifest(fetched: FetchedSource) -> bytes:
    pages = [
        {
            "file": _path(fetched, document),
            "url": document.url,
            "lastmod": document.lastmod.isoformat() if document.lastmod else None,
            "charset": document.charset,
        }
        for document in fetched.documents
    ]
    return json.dumps({"pages": pages}).encode()
