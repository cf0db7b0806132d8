"""The sitemaps in a folder → the addresses of its pages, each with the day of its last change."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Note, Place, Severity
from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.parsing.xml_stream import XmlFile, text_of

_MAX_UNPACKED = 64 * 1024 * 1024
"""Bytes of a compressed sitemap. The protocol allows 50 MB."""
_MAX_PAGES = 1_000_000


def sitemap_paths(files: Files) -> list[str]:
    """The files that are sitemaps by their name, at most one folder deep."""
    return [
        path
        for path in files.paths(".xml", ".gz")
        if "sitemap" in PurePosixPath(path).name.lower() and path.count("/") <= 1
    ]


def read_sitemaps(files: Files) -> tuple[Mapping[str, str | None], list[Note]]:
    """Return address → last change (ISO 8601), in the order of the sitemaps, and notes on broken ones.

    An index of sitemaps names others, which are in the folder as well, so that it need not be followed.
    """
    pages: dict[str, str | None] = {}
    notes: list[Note] = []
    for path in sitemap_paths(files):
        try:
            file = XmlFile(_unpacked(files, path), path)
            for element in file.elements("url", "?:url"):
                names = {part.tag.rpartition("}")[2]: part for part in element if isinstance(part.tag, str)}
                address = text_of(names.get("loc"))
                if address and len(pages) < _MAX_PAGES:
                    pages.setdefault(address, parse_date(text_of(names.get("lastmod"))))
        except (SourceUnreadable, TooLarge, OSError, zlib.error, EOFError) as error:
            notes.append(Note(Place(path), Severity.WARNING, "broken sitemap", str(error)))
        else:
            notes += file.notes()
    return pages, notes


def _unpacked(files: Files, path: str) -> Files:
    return _Unpacked(files, path) if path.endswith(".gz") else files


class _Unpacked:
    """One file of a source, unpacked in memory."""

    is_file = False

    def __init__(self, files: Files, path: str) -> None:
        self.location: Path = files.location
        self._path = path
        packed = read_bytes(files, path)
        unpacker = zlib.decompressobj(wbits=31)
        self._content = unpacker.decompress(packed, _MAX_UNPACKED)
        if unpacker.unconsumed_tail:
            raise TooLarge(f"{path} unpacks to more than {_MAX_UNPACKED // 1024**2} MiB")

    def paths(self, *_suffixes: str, under: str = "") -> list[str]:
        return [self._path] if self._path.startswith(under) else []

    def exists(self, path: str) -> bool:
        return path == self._path

    def size(self, _path: str) -> int:
        return len(self._content)

    def open(self, _path: str) -> BinaryIO:
        return io.BytesIO(self._content)
