"""The Jinja environment for pages and exported lists, and a filter that lets only safe links through."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from urllib.parse import quote

import jinja2

WEB = Path(str(resources.files("semsearch") / "web"))

templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(WEB / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
    auto_reload=False,  # templates do not change while the program runs; checking each on every page takes time
)

# Absolute http(s) URLs, and relative ones: no colon before the first slash, and not two slashes at the start, which
# would name a host. Browsers remove tabs and line ends from URLs, so a URL that contains any may turn into another.
_SAFE_URL = re.compile(r"(?!.*[\t\n\r])(https?://.|(?![/\\]{2})[^:/\\?#]*([/\\?#]|$))", re.IGNORECASE | re.DOTALL)


def safe_url(url: str | None) -> str | None:
    """Return an http(s) or relative URL unchanged; None for any other, such as ``javascript:``."""
    return url if url and _SAFE_URL.match(url) else None


def url_with_anchor(url: str, anchor: str) -> str:
    """Return the URL of a place in a page: the URL with another fragment.

    Unchanged without an anchor, and where the fragment is the path of a page that a script builds: ``#/…`` or ``#!…``.
    """
    page, _, fragment = url.partition("#")
    if not anchor or fragment.startswith(("/", "!")):
        return url
    return f"{page}#{quote(anchor, safe=_FRAGMENT)}"


_FRAGMENT = "!$%&'()*+,/:;=?@"
"""Characters of a fragment that need no percent-encoding (RFC 3986), besides letters, digits and ``-._~``. Anchors may
be encoded already, so ``%`` stays."""

templates.filters["safe_url"] = safe_url
