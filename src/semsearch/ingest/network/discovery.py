"""Where the feed and the sitemaps of a site are: what its page links, and where sites commonly have them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import httpx
from lxml import etree

from semsearch.errors import InvalidAddress, RemoteError
from semsearch.ingest.network.copies import Copies, Copy, State
from semsearch.ingest.network.document_kinds import feed_kind
from semsearch.ingest.network.feeds import read_feed_page
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.report import Report
from semsearch.ingest.network.urls import parse_url

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_FEED_PATHS = (
    "feed", "feed/", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json", "rss", "rss/", "feed.atom",
    "feed.rss", "index.rdf", "feeds/posts/default",
)  # fmt: skip
_SITEMAP_PATHS = (
    "sitemap.xml", "sitemap_index.xml", "sitemap-index.xml", "wp-sitemap.xml", "sitemap.xml.gz", "sitemap.txt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The links of a page to feeds and sitemaps, in its order."""

    feeds: tuple[httpx.URL, ...]
    sitemaps: tuple[httpx.URL, ...]


def read_links(content: bytes, url: httpx.URL) -> PageLinks:
    """Read the ``<link>`` elements of an HTML page. Feeds of comments come last."""
    try:
        root = etree.fromstring(content, etree.HTMLParser(no_network=True, recover=True, huge_tree=False))
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        return PageLinks((), ())
    base = next((found for element in root.iter("base") for found in _resolved(element.get("href"), url)), url)
    feeds: list[httpx.URL] = []
    comments: list[httpx.URL] = []
    sitemaps: list[httpx.URL] = []
    for element in root.iter("link"):
        relations = (element.get("rel") or "").lower().split()
        found = _resolved(element.get("href"), base)
        if "sitemap" in relations:
            sitemaps += found
        elif "alternate" in relations and (element.get("type") or "").split(";")[0].strip().lower() in _FEED_TYPES:
            is_comments = "comment" in f"{element.get('title')} {element.get('href')}".lower()
            (comments if is_comments else feeds).extend(found)
    return PageLinks(tuple(dict.fromkeys([*feeds, *comments])), tuple(dict.fromkeys(sitemaps)))


def common_sitemaps(site: httpx.URL) -> tuple[httpx.URL, ...]:
    """Where sites commonly have their sitemap, in the folder of ``site`` and at the top."""
    return _common(site, _SITEMAP_PATHS)


def find_feed(
    links: Iterable[httpx.URL], site: httpx.URL, copies: Copies, limits: Limits, report: Report, *, guesses: bool
) -> Copy | None:
    """Fetch the first feed with entries: of the linked ones, and if ``guesses``, from where sites commonly have one."""
    linked = tuple(links)
    for url in linked:
        copy = _feed_at(url, copies, limits)
        if isinstance(copy, RemoteError):
            report.fail(str(url), str(copy), is_kept=False)
        elif copy is not None:
            if copy.state is State.KEPT:
                report.fail(str(url), str(copy.error), is_kept=True)
            return copy
    found = (_feed_at(url, copies, limits) for url in _common(site, _FEED_PATHS) if guesses and url not in linked)
    return next((copy for copy in found if isinstance(copy, Copy)), None)


def _feed_at(url: httpx.URL, copies: Copies, limits: Limits) -> Copy | RemoteError | None:
    """The feed at an address; the error, or None for a feed without entries or an address without a document."""
    try:
        copy = copies.get(url, feed_kind(limits))
    except RemoteError as error:
        return error
    page = read_feed_page(copies, copy)
    if page is None:
        return copy.error
    return copy if page.entries else None


def _common(site: httpx.URL, paths: Iterable[str]) -> tuple[httpx.URL, ...]:
    folder = site.path.rpartition("/")[0] if "." in site.path.rpartition("/")[2] else site.path.rstrip("/")
    urls = [site.copy_with(path=f"{start}/{path}", query=None) for path in paths for start in (folder, "")]
    return tuple(dict.fromkeys(urls))


def _resolved(href: str | None, base: httpx.URL) -> list[httpx.URL]:
    try:
        return [parse_url(href, base)] if href else []
    except InvalidAddress:
        return []
