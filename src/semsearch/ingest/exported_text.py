"""Small facts of exports: plain text of escaped names, addresses on the site they are served from, heads of files."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from semsearch.ingest.decoding import decode
from semsearch.ingest.files import Files

_E_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_SPACES = re.compile(r"\s+")


def one_line(text: str) -> str:
    """Return a text without line ends and double spaces."""
    return _SPACES.sub(" ", text).strip()


def unescaped(text: str) -> str:
    """Return one line of plain text, escaped once or twice in the export."""
    for _ in range(2):
        text = html.unescape(text)
    return one_line(text)


def public_name(name: str) -> str:
    """Return the name of a person; empty for an e-mail address, which is never published."""
    name = unescaped(name)
    return "" if _E_MAIL.search(name) else name


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
