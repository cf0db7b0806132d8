"""The address of a page → whether it is one of those that sites have beside their posts."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_PAGES = frozenset((
    "about", "about-me", "about-us", "archive", "archives", "colophon", "contact", "contact-us", "datenschutz",
    "disclaimer", "faq", "home", "impressum", "imprint", "kontakt", "legal", "license", "mentions-legales",
    "newsletter", "now", "privacy", "privacy-policy", "search", "sitemap", "subscribe", "tags", "terms", "uses",
))  # fmt: skip
"""Names of pages that are no posts, where they are all of the path, but for a language."""
_LANGUAGE = re.compile("[a-z]{2}(?:[-_][a-zA-Z]{2,4})?")


def is_page_name(address: str) -> bool:
    """Whether an address is that of a page that sites have beside their posts, as ``/about/`` or ``/de/impressum``."""
    parts = [part for part in urlsplit(address).path.lower().split("/") if part]
    if len(parts) == 2 and _LANGUAGE.fullmatch(parts[0]):
        parts = parts[1:]
    return len(parts) == 1 and parts[0].removesuffix(".html").removesuffix(".php") in _PAGES
