"""What lists the posts of a site: feeds and sitemaps. Reads the addresses in them, not the posts."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree

from semsearch.errors import InvalidAddress
from semsearch.ingest.network.urls import parse_url

_SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
"""Options of lxml: no entities, no DTD, no network, and the size limits of libxml2."""
_ATOM = "{http://www.w3.org/2005/Atom}"
_JSON_FEED = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")
_FEED_ROOTS = ("rss", "feed", "rdf")
_SITEMAP_ROOTS = ("urlset", "sitemapindex")
_START_BYTES = 4_096
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page that a sitemap or feed names."""

    url: str
    """As it is written: not yet checked."""
    lastmod: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap, or an index of sitemaps."""

    pages: tuple[ListedPage, ...] = ()
    sitemaps: tuple[str, ...] = ()
    """Addresses of other sitemaps, as they are written."""
    damage: str | None = None
    """Why only what precedes the error, or what is not affected by it, was read."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A feed, or one page of it."""

    entries: tuple[str, ...]
    """The identity of each entry: its id, or its link."""
    links: tuple[ListedPage, ...]
    """The pages of the entries."""
    next_url: str | None = None
    """The page with older entries (RFC 5005), absolute."""
    is_wordpress: bool = False


def read_listing(content: bytes, url: str) -> Sitemap | FeedPage | None:
    """Read a feed or sitemap; None for anything else. ``url``: where it came from.

    Damaged XML is read as far as it goes.
    """
    start = content[:_START_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return _json_feed(content, url)
    if _ADDRESS.match(start.decode("utf-8", "replace")):
        return _text_sitemap(content)
    root = _root_name(content)
    if root in _SITEMAP_ROOTS:
        return _xml_sitemap(content)
    return _xml_feed(content, url) if root in _FEED_ROOTS else None


def _root_name(content: bytes) -> str | None:
    """The local name of the root element in lower case."""
    try:
        for _, element in etree.iterparse(BytesIO(content), events=("start",), recover=True, **_SAFE):
            return _name(element).lower()
    except etree.XMLSyntaxError:
        pass
    return None


def _text_sitemap(content: bytes) -> Sitemap | None:
    """One address per line."""
    lines = [line.strip() for line in content.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if not all(map(_ADDRESS.fullmatch, lines)):
        return None
    return Sitemap(tuple(map(ListedPage, lines)))


def _xml_sitemap(content: bytes) -> Sitemap:
    pages: list[ListedPage] = []
    sitemaps: list[str] = []
    damage = None
    parsed = etree.iterparse(BytesIO(content), events=("end",), recover=True, **_SAFE)
    try:
        for _, element in parsed:
            kind = _name(element)
            if kind not in ("url", "sitemap"):
                continue
            location = _child_text(element, "loc")
            if location and kind == "sitemap":
                sitemaps.append(location)
            elif location:
                pages.append(ListedPage(location, _day(_child_text(element, "lastmod"))))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        damage = str(error)
    errors = [entry for entry in parsed.error_log if entry.level >= etree.ErrorLevels.ERROR]
    if errors and damage is None:
        damage = f"{errors[0].message}, line {errors[0].line}"
    return Sitemap(tuple(pages), tuple(sitemaps), damage)


def _xml_feed(content: bytes, url: str) -> FeedPage | None:
    root = etree.fromstring(content, etree.XMLParser(recover=True, **_SAFE))
    if root is None:
        return None
    entries = [element for element in root.iter() if _name(element) in ("item", "entry")]
    links = [_entry_link(entry, url) for entry in entries]
    generator = next((_text(element) for element in root.iter() if _name(element) == "generator"), "")
    return FeedPage(
        entries=tuple(
            _child_text(entry, "guid") or _child_text(entry, "id") or link or f"entry {number}"
            for number, (entry, link) in enumerate(zip(entries, links, strict=True))
        ),
        links=tuple(ListedPage(link) for link in links if link),
        next_url=_next_page(root, url),
        is_wordpress="wordpress.org" in generator and _name(root).lower() == "rss",
    )


def _json_feed(content: bytes, url: str) -> FeedPage | None:
    try:
        feed = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(feed, dict) or not str(feed.get("version")).startswith(_JSON_FEED):
        return None
    found = feed.get("items")
    items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    links = [_absolute(item.get("url"), url) for item in items]
    return FeedPage(
        entries=tuple(
            str(item.get("id") or link or f"entry {number}")
            for number, (item, link) in enumerate(zip(items, links, strict=True))
        ),
        links=tuple(ListedPage(link) for link in links if link),
        next_url=_absolute(feed.get("next_url"), url),
    )


def _next_page(root: Any, url: str) -> str | None:
    """The link to older entries: ``next`` of a paged feed, ``prev-archive`` of an archived one."""
    parents = [root, *(child for child in root if _name(child) == "channel")]
    links = [child for parent in parents for child in parent if child.tag == f"{_ATOM}link"]
    for relation in ("next", "prev-archive"):
        for link in links:
            if relation in (link.get("rel") or "").lower().split():
                return _absolute(link.get("href"), url)
    return None


def _entry_link(entry: Any, url: str) -> str | None:
    """The page of an entry: ``<link>`` of RSS, or the alternate link of Atom."""
    for child in entry:
        if _name(child) == "link" and (child.get("rel") or "alternate") == "alternate":
            link = _absolute(child.get("href") or _text(child), url)
            if link:
                return link
    return None


def _absolute(text: object, base: str) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return str(parse_url(text, parse_url(base)))
    except InvalidAddress:
        return None


def _child_text(element: Any, name: str) -> str:
    """The text of a child in the namespace of its parent, so that ``image:loc`` is no ``loc``."""
    namespace = etree.QName(element).namespace
    return next(
        (_text(child) for child in element if _name(child) == name and etree.QName(child).namespace == namespace), ""
    )


def _text(element: Any) -> str:
    return "".join(_strings(element)).strip()


def _strings(element: Any) -> Iterator[str]:
    """The texts in an element, without comments and entities."""
    for node in element.iter():
        if isinstance(node.tag, str) and node.text:
            yield node.text
        if node is not element and node.tail:
            yield node.tail


def _name(element: Any) -> str:
    """The local name; empty for comments, instructions and entities."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
