"""What a kind of source can do: tell whether a source is of this kind, and read its entries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from semsearch.ingest.entries import Record
from semsearch.ingest.files import Files
from semsearch.ingest.markup.anchors import Anchors


class Certainty(IntEnum):
    """How sure a kind is that a source is its own. The kind with the highest certainty reads the source."""

    POSSIBLE = 1
    """It can read the source, as any folder with Markdown files."""
    LIKELY = 2
    """Typical names or fields, without a configuration file."""
    CERTAIN = 3
    """The configuration file, root element or header of this kind and of no other."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a source is of a kind."""

    certainty: Certainty
    because: str
    """What was seen, to follow the word "because": ``hugo.toml is there``."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the owner of a source said about it."""

    site_url: str = ""
    """The address of the site, without a trailing slash; empty if not given. It wins over the site's configuration."""
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    """Posts dated later than this are in the future. Has a time zone."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field of the post → name of the field in the source (``title`` → ``headline``), or a CSS selector for HTML."""


class Kind(Protocol):
    """A kind of source. One module of :mod:`semsearch.ingest.kinds` each; it has no state."""

    @property
    def name(self) -> str:
        """The name for ``--as``, in lower case: ``hugo``."""
        ...

    @property
    def anchors(self) -> Anchors:
        """How the pages of this kind make the ids of headings."""
        ...

    def detect(self, files: Files) -> Evidence | None:
        """Tell why a source is of this kind; None if it is not. Reads little."""
        ...

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield the entries of a source in order, and notes. Raises :class:`semsearch.errors.SourceUnreadable`."""
        ...
