"""What a kind of source yields: entries, and notes on what it left out or could not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from semsearch.posts import Section

HOLE = "\ue000"
"""Stands in a text where a template put a value that is not known. A sentence with it is no teaser."""


class Format(StrEnum):
    """How a text is marked up."""

    MARKDOWN = "markdown"
    HTML = "html"
    RST = "rst"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Markup:
    """A text with its markup. Template languages are already resolved; see :data:`HOLE`."""

    text: str
    format: Format


class Status(StrEnum):
    """What readers of the site see of an entry. All but PUBLISHED are left out unless they are asked for."""

    PUBLISHED = "published"
    DRAFT = "draft"
    FUTURE = "future"
    EXPIRED = "expired"
    PRIVATE = "private"
    """With a password, for members only, or hidden."""
    PAGE = "page"
    """A page such as "About": published, but not a post."""


class Severity(StrEnum):
    """What a note means for its entry."""

    WARNING = "warning"
    """The entry is a post; something about it was mended or dropped."""
    LEFT_OUT = "left out"
    """The entry is no post by the rules of its generator, as a section page."""
    INFO = "info"
    """How the source was understood, as which column is the title. Nothing is wrong."""
    BROKEN = "broken"
    """The entry should be a post, but could not be read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source."""

    file: str
    """The path in the source, with ``/``; the name of the file if the source is a file."""
    line: int | None = None
    """The line, from 1."""

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the owner about a place in the source."""

    place: Place
    severity: Severity
    reason: str
    """A few words without details, by which notes are counted: ``section page``, ``impossible date``."""
    detail: str = ""
    """What exactly, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as its source has it. Texts may hold markup; :mod:`semsearch.ingest.assembly` makes plain text of them."""

    place: Place
    body: Markup
    title: str = ""
    """In the markup of the body, one line. If empty, the first heading of the body is the title."""
    teaser: Markup | None = None
    """Excerpt, summary or description. None: what precedes the "more" marker, or the first paragraph."""
    address: str = ""
    """The address that a reader sees: absolute, or a path that begins with ``/``. Gives url and id."""
    id: str = ""
    """Only where the source has a better id than the path of the address."""
    date: str | None = None
    """ISO 8601, as :func:`semsearch.ingest.parsing.dates.parse_date` returns it."""
    updated: str | None = None
    """ISO 8601."""
    tags: tuple[str, ...] = ()
    """Plain text."""
    authors: tuple[str, ...] = ()
    """Plain text."""
    language: str | None = None
    """As written in the source."""
    image: str = ""
    """An address: absolute, a path that begins with ``/``, or relative to the address of the entry."""
    series: str = ""
    translation_key: str = ""
    """The same for all translations of one post, and for nothing else. Empty: no translations are known."""
    is_original: bool = False
    """Of entries with the same translation_key, the one the others are translations of."""
    aliases: tuple[str, ...] = ()
    """Other addresses of the entry."""
    status: Status = Status.PUBLISHED
    redirect: str = ""
    """Not empty: the entry is no post but a redirect to this address."""
    sections: tuple[Section, ...] = ()
    """Of a body in plain text, which then stays as it is. Sections of other bodies are their headings."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields for the post, JSON values."""
    named: frozenset[str] = frozenset()
    """The fields of the post whose names the owner gave (:attr:`semsearch.ingest.kind.Options.fields`), and that are
    there in this entry. A name that no entry has is a mistake."""


Record = Entry | Note
