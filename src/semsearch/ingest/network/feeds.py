"""The pages of a feed, from the newest entries to the oldest."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from semsearch.errors import RemoteError, ServerFailed
from semsearch.ingest.network.copies import Copies, Copy, State
from semsearch.ingest.network.document_kinds import feed_kind
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.listings import FeedPage, ListedPage, read_listing
from semsearch.ingest.network.report import Report
from semsearch.ingest.network.urls import parse_url


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed with all its pages."""

    copies: tuple[Copy, ...]
    """One per page, newest entries first."""
    entries: int
    """The number of entries with different ids."""
    links: tuple[ListedPage, ...]
    """The pages that the entries link."""
    is_complete: bool
    """False if older pages could not be read."""


def read_feed_page(copies: Copies, copy: Copy) -> FeedPage | None:
    """The listing in a copy; None if it is no feed, or there is no copy."""
    listing = read_listing(copies.read(copy), copy.record.final_url) if copy.has_file else None
    return listing if isinstance(listing, FeedPage) else None


def follow_feed(first: Copy, copies: Copies, limits: Limits, report: Report) -> Feed:
    """Follow a feed to its older pages.

    They are named by ``rel=next`` or ``prev-archive`` (RFC 5005), by ``next_url``, or not at all, in WordPress.
    It ends at a page that does not exist, that repeats an address, or that has no new entry.
    """
    kind = feed_kind(limits)
    pages: list[Copy] = []
    entries: set[str] = set()
    links: dict[str, ListedPage] = {}
    visited = {first.record.url}
    copy, is_complete = first, True
    while (page := read_feed_page(copies, copy)) is not None:
        new = set(page.entries) - entries
        if pages and not new:
            break
        pages.append(copy)
        entries |= new
        links |= {link.url: link for link in page.links}
        url = _older_page(page, first, len(pages) + 1)
        if url is None or str(url) in visited:
            break
        if len(pages) >= limits.pages:
            report.skip(str(url), f"pages of a feed beyond {limits.pages:,}")
            break
        visited.add(str(url))
        try:
            copy = copies.get(url, kind)
        except RemoteError as error:
            report.fail(str(url), str(error), is_kept=False)
            is_complete = False
            break
        is_guess = page.next_url is None and not isinstance(copy.error, ServerFailed)
        if copy.state is State.KEPT and (copy.has_file or not is_guess):
            report.fail(str(url), str(copy.error), is_kept=copy.has_file)
            is_complete = copy.has_file and is_complete
    return Feed(tuple(pages), len(entries), tuple(links.values()), is_complete)


def _older_page(page: FeedPage, first: Copy, number: int) -> httpx.URL | None:
    """The address of the next page, which has this number, from 1. WordPress does not name it."""
    if page.next_url is not None:
        return parse_url(page.next_url)
    return parse_url(first.record.final_url).copy_set_param("paged", number) if page.is_wordpress else None
