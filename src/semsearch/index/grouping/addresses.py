"""Which post is at an address? Addresses of posts made comparable, and kept as numbers."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote, urlsplit

NO_ADDRESS = 0
_END_OF_FOLDER = re.compile(r"/(?:index\.\w+)?$")


def address(url: str | None) -> int:
    """A number of 64 bits that two addresses of one page have in common; NO_ADDRESS for what is no page's."""
    page = comparable(url or "").encode(errors="replace")
    return int.from_bytes(hashlib.blake2b(page, digest_size=8).digest()) if page else NO_ADDRESS


def comparable(url: str) -> str:
    """An address without what seldom tells two pages apart: scheme, ``www.``, port, fragment, the end of a folder, and,
    where there is a path, the query.

    Empty for what is no address of a page.
    """
    try:
        parts = urlsplit(f"//{url}" if url.lower().startswith("www.") else url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    path = _END_OF_FOLDER.sub("", unquote(parts.path))
    if parts.scheme not in ("", "http", "https") or not host + path:
        return ""
    return host + (path or (f"?{parts.query}" if parts.query else ""))
