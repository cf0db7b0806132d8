"""What fetching a source gives: copies on disk, and a report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from semsearch.ingest.network.report import Failure, Skipped

FetchedKind = Literal["feed", "html"]


@dataclass(frozen=True, slots=True)
class Document:
    """The copy of a page of a site, or of a page of a feed."""

    file: Path
    url: str
    """Where it came from, after redirects."""
    lastmod: dt.date | None
    """The day of the last change, as the sitemap says."""
    media_type: str
    """As the server says; empty if it does not."""
    charset: str | None
    """The encoding that the server says, in lower case. It takes precedence over what the document says."""


@dataclass(frozen=True, slots=True)
class FetchedSource:
    """The copies of a source."""

    kind: FetchedKind
    """``feed``: the documents are pages of one feed. ``html``: they are HTML pages."""
    url: str
    """The feed, or the site."""
    folder: Path
    """The folder of the documents. It may have other files; ``documents`` says which count."""
    documents: tuple[Document, ...]
    """In the order of the sitemaps; pages of a feed from the newest to the oldest."""
    because: str
    """Why this kind, in one sentence without a full stop."""
    changed: int
    """The number of documents that are new, or that differ from the run before."""
    removed: int
    """The number of pages whose copies were removed, since the site has them no more."""
    failures: tuple[Failure, ...]
    skipped: tuple[Skipped, ...]
    is_complete: bool
    """False if pages were left for the next run."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the fetching is."""

    url: str
    """What was fetched last."""
    done: int
    """The number of pages; before their number is known, that of feeds, sitemaps and other listings."""
    total: int | None
    """The number of pages; None until it is known, and for feeds."""
    received_bytes: int
