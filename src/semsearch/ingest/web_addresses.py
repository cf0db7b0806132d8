"""Addresses of the web as sources write them → joined, without what only counts visitors, and ids made of them."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|mc_[ce]id|_hsenc|_hsmi|at_(?:medium|campaign))(?:=|$)|(?:source|ref|src)=rss",
    re.IGNORECASE,
)
MAX_ID_BYTES = 200


def joined(base: str, address: str) -> str:
    """Return an address relative to a base, which may be empty; empty if it is no address."""
    address = address.strip()
    try:
        return urljoin(base, address) if base and address else address
    except ValueError:
        return ""


def is_absolute(address: str) -> bool:
    """Whether an address begins with ``http://`` or ``https://``."""
    return address.lower().startswith(("http://", "https://"))


def placed(address: str, base: str) -> str:
    """Return an address absolute, or as a path that begins with ``/``; relative ones are joined with ``base``.

    What only counts visitors, as ``utm_source``, is dropped. Empty for ``mailto:`` and what is no address.
    """
    full = joined(base if is_absolute(base) else "", address)
    if full.startswith("//"):
        full = f"https:{full}"
    try:
        parts = urlsplit(full)
    except ValueError:
        return ""
    if parts.scheme and not is_absolute(full):
        return ""
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair))
    fragment = "" if _TRACKING.match(parts.fragment) else parts.fragment
    path = parts.path if parts.netloc or parts.path.startswith("/") or not full else f"/{parts.path}"
    return urlunsplit((parts.scheme, parts.netloc, path, query, fragment))


def id_with_query(address: str) -> str:
    """Return an id of path and query where the query names the page (``/?p=7``); empty where the path does."""
    parts = urlsplit(address)
    return bounded_id(f"{parts.path.strip('/')}?{parts.query}") if parts.query else ""


def bounded_id(text: str) -> str:
    """Return a text as an id; one that is too long, or not printable, becomes its hash."""
    text = text.strip()
    is_fit = text.isprintable() and len(text.encode("utf-8", "replace")) <= MAX_ID_BYTES
    return text if is_fit else hashed_id(text)


def hashed_id(*parts: str) -> str:
    """Return a stable id of 16 hexadecimal digits for some texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
