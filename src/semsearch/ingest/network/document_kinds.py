"""The kinds of documents that are fetched: listings, robots.txt and pages, and which content counts as one."""

from __future__ import annotations

import httpx

from semsearch.ingest.network.copies import DocumentKind
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.listings import FeedPage, Sitemap, read_listing
from semsearch.ingest.network.retrieval import Wanted
from semsearch.ingest.network.robots import MAX_BYTES
from semsearch.ingest.network.urls import is_same_site

FEED_FOLDER, PAGE_FOLDER, OTHER_FOLDER = "feeds", "pages", "other"
"""Folders of the copies."""
_HTML = ("text/html", "application/xhtml+xml")
_ACCEPT_LISTING = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml, text/xml, "
    "text/html;q=0.9, */*;q=0.8"
)
_ACCEPT_PAGE = "text/html, application/xhtml+xml, */*;q=0.1"
_NOT_TEXT = ("image/", "audio/", "video/", "font/", "application/pdf")


def is_html(media_type: str) -> bool:
    """Tell whether a media type is one of HTML. A missing one counts as HTML."""
    return media_type in ("", *_HTML)


def start_kind(limits: Limits) -> DocumentKind:
    """The address that the user gave: a feed, a sitemap or a page of a site."""
    wanted = Wanted(_ACCEPT_LISTING, limits.listing_bytes, _may_be_text)
    return DocumentKind("listing", wanted, lambda body, url: _place(body, url) or (OTHER_FOLDER, ".html"), "")


def feed_kind(limits: Limits) -> DocumentKind:
    """A feed, or a page of one."""
    wanted = Wanted(_ACCEPT_LISTING, limits.listing_bytes, _may_be_text)
    return DocumentKind("listing", wanted, lambda body, url: _place(body, url, FeedPage), "it is no feed")


def sitemap_kind(limits: Limits) -> DocumentKind:
    """A sitemap, or a feed that is used as one, which the sitemap protocol allows."""
    wanted = Wanted(_ACCEPT_LISTING, limits.listing_bytes, _may_be_text)
    return DocumentKind("listing", wanted, _place, "it is no sitemap")


def robots_kind() -> DocumentKind:
    """A robots.txt: any text is one."""
    wanted = Wanted("text/plain, */*;q=0.1", MAX_BYTES, lambda _: True, is_cut=True)
    return DocumentKind("listing", wanted, lambda *_: (OTHER_FOLDER, ".txt"), "")


def page_kind(limits: Limits, site: httpx.URL) -> DocumentKind:
    """An HTML page of a site."""
    wanted = Wanted(_ACCEPT_PAGE, limits.page_bytes, is_html, may_redirect=lambda url: is_same_site(url, site))
    return DocumentKind(
        "page", wanted, lambda body, _: (PAGE_FOLDER, ".html") if body.strip() else None, "the page is empty"
    )


def _may_be_text(media_type: str) -> bool:
    return not media_type.startswith(_NOT_TEXT)


def _place(body: bytes, url: str, kind: type[FeedPage] | None = None) -> tuple[str, str] | None:
    listing = read_listing(body, url)
    if listing is None or (kind is not None and not isinstance(listing, kind)):
        return None
    suffix = ".json" if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else ".xml"
    return (OTHER_FOLDER if isinstance(listing, Sitemap) else FEED_FOLDER), suffix
