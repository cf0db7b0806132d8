"""Normalization of addresses, so that two addresses of one page compare equal."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote, urlsplit

NO_ADDRESS = 0
_FOLDER_INDEX = re.compile(r"/(?:index\.\w+)?$")


def address_key(url: str | None) -> int:
    """Return a 64-bit hash of a normalized address; NO_ADDRESS for None and for what is no address of a page."""
    page = normalized_address(url or "").encode(errors="replace")
    return int.from_bytes(hashlib.blake2b(page, digest_size=8).digest()) if page else NO_ADDRESS


def normalized_address(url: str) -> str:
    """Return an address without the parts that seldom distinguish pages; empty if it is no address of a page.

    Removes scheme, ``www.``, port, fragment, a trailing ``/`` or ``/index.html`` and, if there is a path, the query.
    """
    try:
        parts = urlsplit(f"//{url}" if url.lower().startswith("www.") else url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    path = _FOLDER_INDEX.sub("", unquote(parts.path))
    if parts.scheme not in ("", "http", "https") or not host + path:
        return ""
    return host + (path or (f"?{parts.query}" if parts.query else ""))
