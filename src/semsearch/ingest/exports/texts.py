"""Small facts of exports: lines, lists without repetitions, addresses on the site of the owner, heads of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from semsearch.ingest.entries import Note, Place, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.parsing.decoding import decode

_SPACES = re.compile(r"\s+")


def one_line(text: str) -> str:
    """Return a text without line ends and double spaces."""
    return _SPACES.sub(" ", text).strip()


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that are not empty, each once, in order."""
    return tuple(dict.fromkeys(text for text in texts if text))


def on_site(address: str, site_url: str, exported_site: str = "") -> str:
    """Return an address of the exported site on the site that the owner names; other addresses do not change.

    ``exported_site``: the address of the site in the export. If empty, the site of the address itself.
    """
    if not site_url:
        return address
    if exported_site and address.startswith(exported_site.rstrip("/") + "/"):
        return site_url + address[len(exported_site.rstrip("/")) :]
    if address.startswith("/"):
        return site_url + address
    parts = urlsplit(address)
    if exported_site or not parts.netloc:
        return address
    return site_url + address[len(f"{parts.scheme}://{parts.netloc}") :]


def head(files: Files, path: str, size: int = 64 * 1024) -> str:
    """Return the beginning of a file as text; empty if it cannot be read."""
    try:
        with files.open(path) as stream:
            return decode(stream.read(size))[0]
    except (OSError, KeyError, EOFError):
        return ""


def other_types(place: Place, counts: Mapping[str, int]) -> Iterator[Note]:
    """Tell how many items of an export are of types that are no posts, as menus and attachments."""
    if counts:
        listed = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
        yield Note(place, Severity.INFO, "not posts", listed)
