"""A source on the web → local copies of its feed or of its pages."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx

from semsearch.errors import FetchFailed, InvalidAddress, NothingListed, RemoteError, ServerFailed
from semsearch.ingest.network.clock import Clock
from semsearch.ingest.network.connections import Connections, Resolve, resolve
from semsearch.ingest.network.copies import Copies, Copy, State
from semsearch.ingest.network.discovery import PageLinks, common_sitemaps, find_feed, read_links
from semsearch.ingest.network.document_kinds import FEED_FOLDER, PAGE_FOLDER, robots_kind, start_kind
from semsearch.ingest.network.feeds import follow_feed, read_feed_page
from semsearch.ingest.network.fetched import Document, FetchedKind, FetchedSource, Progress
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.listings import FeedPage, Sitemap, read_listing
from semsearch.ingest.network.pages import fetch_pages
from semsearch.ingest.network.politeness import Politeness
from semsearch.ingest.network.report import Report
from semsearch.ingest.network.retrieval import Retriever
from semsearch.ingest.network.robots import Robots, parse_robots
from semsearch.ingest.network.sitemaps import SitePages, read_sitemaps, select_pages
from semsearch.ingest.network.store import Role, Store
from semsearch.ingest.network.urls import parse_url


def fetch_source(
    url: str,
    *,
    cache: Path,
    kind: FetchedKind | None = None,
    allow_private: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
    limits: Limits | None = None,
    clock: Clock | None = None,
    resolve: Resolve = resolve,
) -> FetchedSource:
    """Fetch a feed, the pages of a sitemap, or a site whose feed and sitemap are found, into a folder of ``cache``.

    Documents that did not change are not sent again, those that cannot be fetched keep their earlier copy, and an
    interrupted run is resumed. If a site has a sitemap and a feed, the one that lists more is used, unless ``kind``
    says which. ``allow_private``: also fetch from addresses of the local network.

    Raises InvalidAddress, PrivateAddress, DisallowedByRobots, FetchFailed and ServerFailed for the address itself;
    NothingListed, SourceBusy, CacheNotWritable.
    """
    limits, clock = limits or Limits(), clock or Clock()
    start = parse_url(url)
    with (
        Store(source_folder(cache, start), clock.now()) as store,
        Connections(
            allow_private=allow_private, request_seconds=limits.request_seconds, clock=clock, resolve=resolve
        ) as connections,
    ):
        fetcher = _SourceFetcher(store, connections, limits, clock, on_progress)
        try:
            return fetcher.fetch(start, kind)
        except RemoteError:
            store.abandon()  # the next run asks again, instead of resuming
            raise


def source_folder(cache: Path, url: httpx.URL) -> Path:
    """The folder of the copies of a source."""
    name = re.sub(r"[^a-z0-9.-]+", "-", url.host)
    return cache / f"{name}-{hashlib.sha256(str(url).encode()).hexdigest()[:16]}"


class _SourceFetcher:
    def __init__(
        self,
        store: Store,
        connections: Connections,
        limits: Limits,
        clock: Clock,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._store, self._limits, self._on_progress = store, limits, on_progress
        self._politeness = Politeness(limits, clock, self._read_robots)
        retriever = Retriever(connections, limits, clock, self._politeness.before_request)
        self._copies = Copies(store, retriever, self._listing_arrived)
        self._report = Report()
        self._listings = 0

    def fetch(self, start: httpx.URL, kind: FetchedKind | None) -> FetchedSource:
        copy = self._copies.get(start, start_kind(self._limits))
        if not copy.has_file:
            raise copy.error or FetchFailed(str(start), _why_missing(copy))
        if copy.error is not None:
            self._report.fail(str(start), str(copy.error), is_kept=True)
        address = parse_url(copy.record.final_url)
        listing = read_listing(self._copies.read(copy), str(address))
        if isinstance(listing, FeedPage):
            if kind == "html":
                return self._linked_pages(copy, "the address is a feed")
            return self._feed(copy, "the address is a feed")
        if isinstance(listing, Sitemap):
            site = address.join("/")
            if kind != "feed":
                return self._pages(self._sitemaps([address], site), site, "the address is a sitemap")
            return self._site(site, PageLinks((), ()), kind)
        return self._site(address, read_links(self._copies.read(copy), address), kind)

    def _site(self, site: httpx.URL, links: PageLinks, kind: FetchedKind | None) -> FetchedSource:
        pages = None if kind == "feed" else self._listed_pages(site, links)
        feed = None
        if pages is None or kind is None:
            feed = find_feed(links.feeds, site, self._copies, self._limits, self._report, guesses=pages is None)
        if pages is not None and feed is not None:
            return self._larger(pages, feed, site)
        if pages is not None:
            return self._pages(pages, site, _described(pages) if kind else f"{_described(pages)}; no feed was found")
        if feed is not None and kind == "html":
            return self._linked_pages(feed, f"no sitemap was found, but a feed, {feed.record.url}")
        if feed is not None:
            return self._feed(feed, "a feed was found" if kind else "a feed was found, and no sitemap")
        raise NothingListed(str(site), "feed" if kind == "feed" else "feed, and no sitemap that names a page of it,")

    def _larger(self, pages: SitePages, feed: Copy, site: httpx.URL) -> FetchedSource:
        """Return the pages of the sitemap or the feed, whichever lists more. Many feeds list only the newest posts."""
        page = read_feed_page(self._copies, feed)
        entries = len(page.entries) if page else 0
        has_more = page is not None and (page.next_url is not None or page.is_wordpress)
        count = "1 entry" if entries == 1 else f"{entries:,} entries"
        what = f"the feed {feed.record.url} has {count}{' on its first page' if has_more else ''}"
        if has_more or len(pages.pages) > entries:
            return self._pages(pages, site, f"{_described(pages)}; {what}")
        return self._feed(feed, f"{what}; {_described(pages)}")

    def _listed_pages(self, site: httpx.URL, links: PageLinks) -> SitePages | None:
        """The pages of the sitemaps of a site; None if there are none."""
        pages = self._sitemaps([*links.sitemaps, *self._robots_sitemaps(site)], site)
        if not pages.sources and pages.is_complete:
            pages = self._sitemaps(common_sitemaps(site), site, is_guess=True)
        return pages if pages.pages else None

    def _sitemaps(self, starts: Iterable[httpx.URL], site: httpx.URL, *, is_guess: bool = False) -> SitePages:
        return read_sitemaps(starts, site, self._copies, self._limits, self._report, is_guess=is_guess)

    def _robots_sitemaps(self, site: httpx.URL) -> list[httpx.URL]:
        urls = []
        for text in self._politeness.robots_of(site).sitemaps:
            try:
                urls.append(parse_url(text, site))
            except InvalidAddress as error:
                self._report.fail(text, str(error), is_kept=False)
        return urls

    def _read_robots(self, url: httpx.URL) -> Robots:
        """The rules of a host. RFC 9309: all is allowed without a robots.txt, and nothing while its server fails."""
        copy = self._copies.get(url, robots_kind())
        if isinstance(copy.error, ServerFailed) and not copy.has_file:
            raise copy.error
        return parse_robots(self._copies.read(copy))

    def _linked_pages(self, feed: Copy, because: str) -> FetchedSource:
        """The pages that the entries of a feed link. The site is that of the first one."""
        followed = follow_feed(feed, self._copies, self._limits, self._report)
        if not followed.links:
            raise NothingListed(feed.record.url, "entry with a link")
        site = parse_url(followed.links[0].url).join("/")
        pages = select_pages(followed.links, site, self._report)
        listed = SitePages(pages, (feed.record.url,), followed.is_complete)
        return self._pages(listed, site, f"{because}, and its entries link {len(pages):,} pages")

    def _pages(self, listed: SitePages, site: httpx.URL, because: str) -> FetchedSource:
        if not listed.pages:
            raise NothingListed(str(site), "page in the sitemap")

        def on_page(url: str, done: int, total: int) -> None:
            self._on_progress(Progress(url, done, total, self._copies.received_bytes))

        fetched = fetch_pages(listed, site, self._copies, self._limits, self._report, on_page)
        return self._finished("html", str(site), fetched.pages, because, is_complete=fetched.is_complete)

    def _feed(self, first: Copy, because: str) -> FetchedSource:
        feed = follow_feed(first, self._copies, self._limits, self._report)
        pages = list(feed.copies)
        if not feed.is_complete:
            earlier = [record for record in self._copies.earlier("listing") if str(record.file).startswith(FEED_FOLDER)]
            pages += [Copy(record, State.KEPT) for record in earlier]
            self._copies.asked.update((record.url, record.role) for record in earlier)
        return self._finished("feed", first.record.url, [(copy, None) for copy in pages], because, is_complete=True)

    def _finished(
        self,
        kind: FetchedKind,
        url: str,
        copies: Iterable[tuple[Copy, dt.date | None]],
        because: str,
        *,
        is_complete: bool,
    ) -> FetchedSource:
        found = list(copies)
        gone = self._copies.removed
        removed = {*gone, *self._store.finish(self._copies.asked)} if is_complete else set(gone)
        return FetchedSource(
            kind=kind,
            url=url,
            folder=self._store.folder / (FEED_FOLDER if kind == "feed" else PAGE_FOLDER),
            documents=tuple(self._document(copy, day) for copy, day in found),
            because=because,
            changed=sum(copy.state is State.CHANGED for copy, _ in found),
            removed=len(removed),
            failures=tuple(self._report.failures),
            skipped=self._report.skipped,
            is_complete=is_complete,
        )

    def _document(self, copy: Copy, day: dt.date | None) -> Document:
        record = copy.record
        file = self._store.folder / str(record.file)
        return Document(file, record.final_url, day, record.media_type, record.charset)

    def _listing_arrived(self, url: str, role: Role) -> None:
        if role == "listing":
            self._listings += 1
            self._on_progress(Progress(url, self._listings, None, self._copies.received_bytes))


def _described(pages: SitePages) -> str:
    others = f" and {len(pages.sources) - 1:,} more" if len(pages.sources) > 1 else ""
    count = "1 page" if len(pages.pages) == 1 else f"{len(pages.pages):,} pages"
    return f"the sitemap {pages.sources[0]}{others} names {count}"


def _why_missing(copy: Copy) -> str:
    if copy.state is State.GONE:
        return f"the server responds {copy.record.status}: there is no such page"
    return f"{copy.record.media_type} is no feed, sitemap or HTML page"
