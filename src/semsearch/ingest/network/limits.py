"""How much a source may send, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one source. Bytes are counted after decompression."""

    pages: int = 10_000
    """Pages of a site, or pages of a feed."""
    page_bytes: int = 10 * 1024**2
    listing_bytes: int = 50 * 1024**2
    """Of a feed or sitemap. The sitemap protocol has the same limit."""
    sitemaps: int = 1_000
    request_seconds: float = 60.0
    """For one request, from the connection to the last byte."""
    redirects: int = 10
    retries: int = 3
    failures_in_a_row: int = 10
    """After so many pages whose server failed, the rest is left for the next run."""
    pause: float = 0.25
    """Seconds between two requests to a host. A longer ``Crawl-delay`` takes precedence."""
    longest_pause: float = 60.0
    """Seconds: a longer ``Crawl-delay`` or ``Retry-After`` is not waited for."""
