"""WordPress exports (WXR 1.0 to 1.2, one file or split into several) → entries."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.exports.texts import head, on_site, one_line, other_types, unique
from semsearch.ingest.exports.titles import titled
from semsearch.ingest.exports.wordpress_attachments import Attachments
from semsearch.ingest.exports.wordpress_markup import plain_html
from semsearch.ingest.files import Files
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.named_fields import fields_of_element
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.parsing.xml_names import usual_name
from semsearch.ingest.parsing.xml_stream import Element, XmlFile, child, text_of
from semsearch.ingest.short_texts import person, plain_title

_STATUSES = {
    "publish": Status.PUBLISHED,
    "": Status.PUBLISHED,
    "draft": Status.DRAFT,
    "pending": Status.DRAFT,
    "future": Status.FUTURE,
    "private": Status.PRIVATE,
}
_TAG_DOMAINS = ("category", "post_tag", "tag", "")
_DEFAULT_CATEGORIES_NAMES = """
    uncategorized uncategorised uncategorized-en non-classe sin-categoria senza-categoria sem-categoria
    geen-categorie geen-onderdeel-van-een-categorie bez-kategorii okategoriserade ukategorisert
    ikke-kategoriseret kategorizalatlan nezarazene fara-categorie genel sense-categoria
"""
"""Slugs of the category that WordPress gives to a post without one, by language."""
_DEFAULT_CATEGORIES = frozenset(_DEFAULT_CATEGORIES_NAMES.split())
_MAX_OFFSET = dt.timedelta(hours=14)


@dataclass
class _Site:
    """What the channel says, before its items."""

    address: str = ""
    language: str | None = None
    authors: dict[str, str] = field(default_factory=dict)
    """Login → display name, empty if there is none to publish."""


class _WordPress:
    name = "wordpress"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        exports = _exports(files)
        if not exports:
            return None
        is_alone = files.is_file or len(exports) == len(files.paths())
        certainty = Certainty.CERTAIN if is_alone else Certainty.LIKELY
        return Evidence(certainty, f"{exports[0]} is a WordPress export (WXR)")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        paths = _exports(files) or files.paths(".xml")
        attachments = Attachments(files, paths)
        site = _Site()
        for path in paths:
            yield from _File(files, path, options, site, attachments).records()


KIND = _WordPress()


def _exports(files: Files) -> list[str]:
    return [path for path in files.paths(".xml", ".wxr", ".rss", ".txt") if _is_export(head(files, path))]


def _is_export(start: str) -> bool:
    return "wordpress.org/export/" in start and "<rss" in start


class _File:
    def __init__(self, files: Files, path: str, options: Options, site: _Site, attachments: Attachments) -> None:
        self._files, self._path, self._options = files, path, options
        self._site, self._attachments = site, attachments
        self._others: Counter[str] = Counter()

    def records(self) -> Iterator[Record]:
        xml = XmlFile(self._files, self._path)
        for element in xml.elements("item", "wp:author", "wp:base_blog_url", "language"):
            name = element.tag.rpartition("}")[2].rpartition(":")[2]
            if name == "item":
                yield from self._item(element)
            elif name == "author":
                self._author(element)
            elif name == "language":
                self._site.language = text_of(element) or None
            else:
                self._site.address = text_of(element)
        yield from other_types(Place(self._path), self._others)
        yield from xml.notes()

    def _author(self, element: Element) -> None:
        """Keep login and display name, and nothing else of an author."""
        login = text_of(child(element, "wp:author_login"))
        names = [text_of(child(element, f"wp:author_{part}_name")) for part in ("display", "first", "last")]
        shown = person(names[0]) or person(f"{names[1]} {names[2]}")
        self._site.authors[login.lower()] = shown

    def _item(self, item: Element) -> Iterator[Record]:
        facts = _Facts(item)
        post_type = facts["wp:post_type"] or "post"
        if post_type not in ("post", "page"):
            self._others[post_type] += 1
            return
        place = Place(self._path, item.sourceline)
        status = _STATUSES.get(facts["wp:status"])
        if status is Status.PUBLISHED and facts["wp:post_password"]:
            status = Status.PRIVATE
        if status is None:
            yield Note(place, Severity.LEFT_OUT, "not published", f"its status is {facts['wp:status']}")
        elif post_type == "page" and status is not Status.PUBLISHED:
            self._others["page that is not published"] += 1
        else:
            entry = self._entry(facts, place, Status.PAGE if post_type == "page" else status)
            yield from titled(entry, _fields(item, facts) if self._options.fields else {}, self._options)

    def _entry(self, facts: _Facts, place: Place, status: Status) -> Entry:
        excerpt = plain_html(facts["excerpt:encoded"])
        date = _date(facts, "wp:post_date") or parse_date(facts["pubDate"])
        updated = _date(facts, "wp:post_modified")
        return Entry(
            place,
            Markup(plain_html(facts["content:encoded"]), Format.HTML),
            title=one_line(facts["title"]),
            teaser=Markup(excerpt, Format.HTML) if excerpt else None,
            address=on_site(facts["link"], self._options.site_url, self._site.address),
            date=date,
            updated=updated if updated != date else None,
            tags=_tags(facts),
            authors=self._authors(facts),
            language=self._site.language,
            image=self._image(facts),
            status=status,
        )

    def _authors(self, facts: _Facts) -> tuple[str, ...]:
        """Names of the co-authors, else of the author. A login without a display name stands for itself."""
        co_authors = [
            self._author_name(text_of(part), part.get("nicename", "").removeprefix("cap-"))
            for part in facts.all("category")
            if part.get("domain") == "author"
        ]
        return unique(co_authors) or unique((self._author_name(facts["dc:creator"]),))

    def _author_name(self, written: str, login: str = "") -> str:
        for key in (written.lower(), login.lower()):
            if key in self._site.authors:
                return self._site.authors[key] or person(written)
        return person(written)

    def _image(self, facts: _Facts) -> str:
        for meta in facts.all("wp:postmeta"):
            if text_of(child(meta, "wp:meta_key")) == "_thumbnail_id":
                address = self._attachments.address(text_of(child(meta, "wp:meta_value")))
                return on_site(address, self._options.site_url, self._site.address)
        return ""


class _Facts:
    """The children of an item by their usual names."""

    def __init__(self, item: Element) -> None:
        self._parts: dict[str, list[Element]] = {}
        for part in item:
            self._parts.setdefault(usual_name(part.tag), []).append(part)

    def __getitem__(self, name: str) -> str:
        """The text of the first child of this name, empty if there is none."""
        parts = self._parts.get(name)
        return text_of(parts[0]) if parts else ""

    def all(self, name: str) -> list[Element]:
        return self._parts.get(name, [])


def _fields(item: Element, facts: _Facts) -> dict[str, Any]:
    """The item by names of its elements, and of its custom fields."""
    metas = facts.all("wp:postmeta")
    custom = {text_of(child(meta, "wp:meta_key")): text_of(child(meta, "wp:meta_value")) for meta in metas}
    return {**custom, **fields_of_element(item)}


def _tags(facts: _Facts) -> tuple[str, ...]:
    return unique(
        plain_title(text_of(part))
        for part in facts.all("category")
        if part.get("domain", "") in _TAG_DOMAINS
        and part.get("nicename", text_of(part)).lower() not in _DEFAULT_CATEGORIES
    )


def _date(facts: _Facts, name: str) -> str | None:
    """Return the local time with its offset, which follows from the GMT time. Drafts have no GMT time."""
    local, universal = parse_date(facts[name]), parse_date(facts[f"{name}_gmt"])
    if local is None or universal is None:
        return local or (None if universal is None else f"{universal}+00:00")
    end = dt.datetime.fromisoformat(local)
    offset = end - dt.datetime.fromisoformat(universal)
    if abs(offset) > _MAX_OFFSET or offset % dt.timedelta(minutes=15):
        return local
    return end.replace(tzinfo=dt.timezone(offset)).isoformat(timespec="seconds")
