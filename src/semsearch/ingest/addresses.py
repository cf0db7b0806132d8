"""Address of an entry → the url and the id of its post, so that file, feed, sitemap and page of a post are one post."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote, urlsplit

from semsearch.corpus.fields import MAX_CHARACTERS, MAX_ID_BYTES
from semsearch.text import clean

_INDEX = re.compile(r"(?:^|/)index\.(?:html?|php|xhtml|mdx?|markdown)$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DIGEST_CHARACTERS = 12


def absolute(address: str, site_url: str) -> str:
    """Return an address that begins with ``/`` as one of the site; others stay as they are."""
    if site_url and address.startswith("/") and not address.startswith("//"):
        return site_url.rstrip("/") + address
    return address


def url_of(address: str) -> str | None:
    """Return the url of a post: an absolute http address; None for a path alone, which leads nowhere from elsewhere."""
    is_url = address.lower().startswith(("http://", "https://"))
    return address if is_url and len(address) <= MAX_CHARACTERS["url"] else None


def id_of(address: str) -> str:
    """Return the path of an address without outer slashes and ``index.html``, unquoted; empty for an empty address.

    A home page has its host as id. The query counts where the path alone names no page, as in ``/?p=12``. An id that
    would be longer than a post allows is cut and ends in a digest of the address.
    """
    if not address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:  # as "http://[": no address, but different from others
        return _cut(address)
    path = _INDEX.sub("", unquote(parts.path)).strip("/")
    if not path or path.endswith(".php"):
        path = f"{path}?{unquote(parts.query)}" if parts.query else path
    return _cut(path or parts.netloc)


def _cut(text: str) -> str:
    text = clean(_CONTROL.sub("", text))
    if len(text.encode(errors="replace")) <= MAX_ID_BYTES:
        return text
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_DIGEST_CHARACTERS]
    room = MAX_ID_BYTES - _DIGEST_CHARACTERS - 1
    return f"{text.encode(errors='replace')[:room].decode(errors='ignore')}-{digest}"
