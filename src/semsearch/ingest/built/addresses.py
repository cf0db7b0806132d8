"""The addresses of pages: which two are the same page, and which one a reader sees."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from semsearch.ingest.built.page_files import PageFile
from semsearch.ingest.web_addresses import is_absolute, joined, placed

_END = re.compile(r"/?(?:index\.x?html?)?$|\.x?html?$", re.IGNORECASE)


def page_key(address: str) -> str:
    """The path of an address, the same for ``/a``, ``/a/``, ``/a.html`` and ``/a/index.html``."""
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:
        return ""
    return _END.sub("", path).strip("/").lower()


def address_of(page: PageFile, canonical: str, site_url: str) -> str:
    """The address that a reader sees: of the given site, else as the page says itself, else as the sitemap says."""
    if site_url:
        return placed(page.path.lstrip("/"), f"{site_url}/")
    own = joined(page.url, canonical)
    if is_absolute(own) and page_key(own).endswith(page_key(page.path)):
        return own
    return page.url or page.path
