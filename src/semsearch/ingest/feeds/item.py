"""An item of a feed, the same for RSS, Atom and JSON Feed, before rules that need the whole feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from semsearch.ingest.entries import Place
from semsearch.ingest.parsing.dates import parse_date


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed says about itself."""

    title: str = ""
    """Plain text."""
    link: str = ""
    """The address of the site, as written."""
    base: str = ""
    """What relative links are relative to (``xml:base``), as written."""
    language: str = ""
    authors: tuple[str, ...] = ()
    is_podcast: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item (RSS) or entry (Atom). Addresses are as written, joined with ``xml:base``."""

    place: Place
    title: str = ""
    """Plain text."""
    link: str = ""
    guid: str = ""
    content: str = ""
    """The whole text, as HTML, where the feed says that it is the whole text."""
    description: str = ""
    """A summary or the whole text, as HTML; which of them it is, only its length tells."""
    summary: str = ""
    """A summary, as HTML."""
    dates: tuple[str, ...] = ()
    """Of publication, as written, the best first."""
    updates: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    language: str = ""
    image: str = ""
    audio: str = ""
    """The address of the recording."""
    is_draft: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The elements of the item by their names in the source. Empty unless the owner named fields."""
    not_a_post: str = ""
    """Why the item is no post, if its element says so: ``comment``."""

    @property
    def date(self) -> str | None:
        """The first possible date, ISO 8601."""
        return next(filter(None, map(parse_date, self.dates)), None)

    @property
    def updated(self) -> str | None:
        """The first possible date of a change, ISO 8601."""
        return next(filter(None, map(parse_date, self.updates)), None)
