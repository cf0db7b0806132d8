"""The pages that the sitemaps of a site name."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from semsearch.errors import RemoteError
from semsearch.ingest.network.copies import Copies, State
from semsearch.ingest.network.document_kinds import sitemap_kind
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.listings import ListedPage, Sitemap, read_listing
from semsearch.ingest.network.report import Report
from semsearch.ingest.network.urls import is_same_site, is_under, parse_url

_MAX_DEPTH = 3
"""The protocol has one level of index; some sites have two."""


@dataclass(frozen=True, slots=True)
class SitePages:
    """The pages of a site, in the order of the sitemaps."""

    pages: dict[str, dt.date | None]
    """Address → day of the last change, if the sitemap says."""
    sources: tuple[str, ...]
    """The sitemaps that were read, or the feed whose entries link the pages."""
    is_complete: bool
    """False if a sitemap could not be read, so that a page may be missing here and still exist."""


def read_sitemaps(
    starts: Iterable[httpx.URL], site: httpx.URL, copies: Copies, limits: Limits, report: Report, *, is_guess: bool
) -> SitePages:
    """Read sitemaps, and those that they name.

    Only pages of the site below the folder of ``site`` count. ``is_guess``: a start that does not exist or is no
    sitemap is no failure, and after the first that is one, the others are not tried.
    """
    reader = _Reader(site, copies, limits, report)
    for start in starts:
        if not (is_guess and reader.sources):
            reader.read_from(start, is_guess=is_guess)
    return SitePages(reader.pages, tuple(reader.sources), reader.is_complete)


def select_pages(listed: Iterable[ListedPage], site: httpx.URL, report: Report) -> dict[str, dt.date | None]:
    """Check the addresses of pages, and keep those of the site that are below its folder."""
    pages: dict[str, dt.date | None] = {}
    for page in listed:
        try:
            url = parse_url(page.url, site)
        except RemoteError:
            report.skip(page.url, "an address that is not valid")
            continue
        if not is_same_site(url, site):
            report.skip(str(url), "on another site")
        elif not is_under(url, site):
            report.skip(str(url), f"not below {site.path}")
        else:
            pages.setdefault(str(url), page.lastmod)
    return pages


class _Reader:
    def __init__(self, site: httpx.URL, copies: Copies, limits: Limits, report: Report) -> None:
        self._site, self._copies, self._limits, self._report = site, copies, limits, report
        self._kind = sitemap_kind(limits)
        self._seen: set[str] = set()
        self.pages: dict[str, dt.date | None] = {}
        self.sources: list[str] = []
        self.is_complete = True

    def read_from(self, start: httpx.URL, *, is_guess: bool) -> None:
        queue = deque([(start, 0)])
        while queue:
            url, depth = queue.popleft()
            if str(url) in self._seen:
                continue
            if len(self._seen) >= self._limits.sitemaps or len(self.pages) > self._limits.pages:
                self._report.skip(str(url), "a sitemap beyond the limits of one source")
                continue
            self._seen.add(str(url))
            sitemap = self._read(url, is_guess=is_guess and depth == 0)
            children = self._children(sitemap, url)
            if depth < _MAX_DEPTH:
                queue.extend((child, depth + 1) for child in children)
            else:
                for child in children:
                    self._report.skip(str(child), f"a sitemap more than {_MAX_DEPTH} levels deep")

    def _read(self, url: httpx.URL, *, is_guess: bool) -> Sitemap:
        try:
            copy = self._copies.get(url, self._kind)
        except RemoteError as error:
            self._failed(url, str(error), is_kept=False)
            return Sitemap()
        if copy.state is State.KEPT and not (is_guess and not copy.has_file):
            self._failed(url, str(copy.error), is_kept=copy.has_file)
        elif not copy.has_file and not is_guess:
            self._failed(url, "the sitemap does not exist", is_kept=False)
        listing = read_listing(self._copies.read(copy), copy.record.final_url) if copy.has_file else None
        if listing is None:
            return Sitemap()
        sitemap = listing if isinstance(listing, Sitemap) else Sitemap(listing.links)
        if sitemap.damage:
            self._failed(url, f"the sitemap is damaged: {sitemap.damage}", is_kept=True)
        self.sources.append(str(url))
        for page, lastmod in select_pages(sitemap.pages, self._site, self._report).items():
            self.pages.setdefault(page, lastmod)
        return sitemap

    def _children(self, sitemap: Sitemap, parent: httpx.URL) -> list[httpx.URL]:
        children = []
        for text in sitemap.sitemaps:
            try:
                url = parse_url(text, parent)
            except RemoteError:
                self._report.skip(text, "an address that is not valid")
                continue
            if is_same_site(url, parent) or is_same_site(url, self._site):
                children.append(url)
            else:
                self._report.skip(str(url), "a sitemap on another site")
        return children

    def _failed(self, url: httpx.URL, reason: str, *, is_kept: bool) -> None:
        self.is_complete = self.is_complete and is_kept
        self._report.fail(str(url), reason, is_kept=is_kept)
