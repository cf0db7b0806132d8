"""Copies of the pages of a site."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from semsearch.errors import DisallowedByRobots, RemoteError, ServerFailed
from semsearch.ingest.network.copies import Copies, Copy, State
from semsearch.ingest.network.document_kinds import page_kind
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.report import Report
from semsearch.ingest.network.sitemaps import SitePages
from semsearch.ingest.network.urls import parse_url


@dataclass(frozen=True, slots=True)
class FetchedPages:
    """The pages of a site that there are copies of."""

    pages: tuple[tuple[Copy, dt.date | None], ...]
    """Copy and day of the last change, in the order of the sitemaps, each final address once."""
    is_complete: bool
    """False if the server failed so often that pages were left for the next run."""


def fetch_pages(
    listed: SitePages,
    site: httpx.URL,
    copies: Copies,
    limits: Limits,
    report: Report,
    on_page: Callable[[str, int, int], None],
) -> FetchedPages:
    """Fetch the pages that a site lists. ``on_page``: called after each, with its address, the number done and of all.

    If the list is not complete, the pages of earlier runs are asked for too, so that none is lost.
    """
    days = dict(list(listed.pages.items())[: limits.pages])
    for url in list(listed.pages)[limits.pages :]:
        report.skip(url, f"beyond the limit of {limits.pages:,} pages")
    if not listed.is_complete:
        days |= {record.url: None for record in copies.earlier("page") if record.url not in listed.pages}
    fetcher = _PageFetcher(site, copies, limits, report)
    found: dict[str, tuple[Copy, dt.date | None]] = {}
    for number, (url, day) in enumerate(days.items(), start=1):
        copy = fetcher.fetch(parse_url(url))
        if copy is not None:
            found.setdefault(copy.record.final_url, (copy, day))
        on_page(url, number, len(days))
    if fetcher.left:
        report.fail(
            str(site),
            f"{limits.failures_in_a_row} pages in a row failed, so {fetcher.left} were left for the next run",
            is_kept=True,
        )
    return FetchedPages(tuple(found.values()), is_complete=not fetcher.left)


class _PageFetcher:
    def __init__(self, site: httpx.URL, copies: Copies, limits: Limits, report: Report) -> None:
        self._copies, self._report = copies, report
        self._kind = page_kind(limits, site)
        self._most_failures = limits.failures_in_a_row
        self._failures = 0
        self.left = 0
        """The number of pages that were not asked for, since the server failed too often."""

    def fetch(self, url: httpx.URL) -> Copy | None:
        """Fetch a page, or return the earlier copy; None if there is none."""
        if self._failures >= self._most_failures:
            self.left += 1
            record = self._copies.find(url, "page")
            return Copy(record, State.KEPT) if record and record.file else None
        try:
            copy = self._copies.get(url, self._kind)
        except DisallowedByRobots:
            self._report.skip(str(url), "robots.txt disallows it")
            self._copies.forget(url, "page")
            return None
        except RemoteError as error:
            record = self._copies.find(url, "page")
            is_kept = record is not None and record.file is not None
            self._report.fail(str(url), str(error), is_kept=is_kept)
            return Copy(record, State.KEPT) if record and is_kept else None
        self._failures = self._failures + 1 if isinstance(copy.error, ServerFailed) else 0
        self._report_on(copy)
        return copy if copy.has_file else None

    def _report_on(self, copy: Copy) -> None:
        url = copy.record.url
        if copy.error is not None:
            self._report.fail(url, str(copy.error), is_kept=copy.has_file)
        elif copy.state is State.SKIPPED:
            self._report.skip(url, f"no HTML page but {copy.record.media_type}")
        elif copy.state is State.GONE:
            self._report.skip(url, "the server has no such page")
