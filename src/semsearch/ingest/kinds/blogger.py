"""Blogger exports (Atom, as the settings page or Google Takeout writes them) → entries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from semsearch.ingest.entries import Entry, Format, Markup, Place, Record, Status
from semsearch.ingest.exports.texts import head, on_site, one_line, other_types, unique
from semsearch.ingest.exports.titles import titled
from semsearch.ingest.files import Files
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.named_fields import fields_of_element
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.parsing.xml_stream import Element, XmlFile, child, children, text_of
from semsearch.ingest.short_texts import marked_up, person, plain_title

_KIND_SCHEME = "#kind"
_LABEL_SCHEMES = ("http://www.blogger.com/atom/ns#", "https://www.blogger.com/atom/ns#", None)
_EXPORT = re.compile(r"schemas\.google\.com/blogger/(?:2008/kind#|2018)")
_JUMP_BREAK = re.compile(r"<a\s+name\s*=\s*[\"']more[\"']\s*(?:/>|>\s*</a>)", re.IGNORECASE)


class _Blogger:
    name = "blogger"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        exports = _exports(files)
        return Evidence(Certainty.CERTAIN, f"{exports[0]} is a Blogger export") if exports else None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        for path in _exports(files) or files.paths(".xml", ".atom"):
            yield from _file(files, path, options)


KIND = _Blogger()


def _exports(files: Files) -> list[str]:
    return [path for path in files.paths(".xml", ".atom") if _is_export(head(files, path))]


def _is_export(start: str) -> bool:
    return "<feed" in start and _EXPORT.search(start) is not None


def _file(files: Files, path: str, options: Options) -> Iterator[Record]:
    xml = XmlFile(files, path)
    others: Counter[str] = Counter()
    for element in xml.elements("atom:entry"):
        entry_type = _type(element)
        if entry_type not in ("post", "page"):
            others[entry_type] += 1
            continue
        status = _status(element)
        if status is None:
            others[f"{entry_type} in the trash"] += 1
        elif entry_type == "page" and status is not Status.PUBLISHED:
            others["page that is not published"] += 1
        else:
            place = Place(path, element.sourceline)
            entry = _entry(element, place, Status.PAGE if entry_type == "page" else status, options)
            yield from titled(entry, fields_of_element(element) if options.fields else {}, options)
    yield from other_types(Place(path), others)
    yield from xml.notes()


def _type(entry: Element) -> str:
    """Return ``post``, ``page``, ``comment``, ``settings`` or another word of Blogger."""
    if written := text_of(child(entry, "blogger:type")):
        return written.lower()
    for category in children(entry, "atom:category"):
        if (category.get("scheme") or "").endswith(_KIND_SCHEME):
            return str(category.get("term") or "").rpartition("#")[2]
    return "post"


def _status(entry: Element) -> Status | None:
    """Return the status; None for what is in the trash."""
    if text_of(child(entry, "blogger:trashed")):
        return None
    written = text_of(child(entry, "blogger:status")).upper()
    if written in ("", "LIVE"):
        control = child(entry, "app:control")
        is_draft = control is not None and text_of(child(control, "app:draft")).lower() == "yes"
        return Status.DRAFT if is_draft else Status.PUBLISHED
    return {"DRAFT": Status.DRAFT, "SCHEDULED": Status.FUTURE}.get(written)


def _entry(entry: Element, place: Place, status: Status, options: Options) -> Entry:
    title_element = child(entry, "atom:title")
    title = one_line(text_of(title_element))
    is_html = title_element is not None and title_element.get("type") in ("html", "xhtml")
    body = _JUMP_BREAK.sub("<!--more-->", text_of(child(entry, "atom:content")))
    address = _address(entry)
    date, updated = (parse_date(text_of(child(entry, f"atom:{name}"))) for name in ("published", "updated"))
    description = plain_title(text_of(child(entry, "blogger:metaDescription")))
    return Entry(
        place,
        Markup(body, Format.HTML),
        title=title if is_html else marked_up(title, Format.HTML),
        teaser=Markup(description, Format.PLAIN) if description else None,
        address=on_site(address, options.site_url),
        id="" if address else text_of(child(entry, "atom:id")).rpartition("post-")[2],
        date=date,
        updated=updated if updated != date else None,
        tags=unique(
            plain_title(category.get("term") or "")
            for category in children(entry, "atom:category")
            if category.get("scheme") in _LABEL_SCHEMES
        ),
        authors=unique(person(text_of(child(author, "atom:name"))) for author in children(entry, "atom:author")),
        status=status,
    )


def _address(entry: Element) -> str:
    """Return the link of the post, else its path, which Takeout names."""
    for link in children(entry, "atom:link"):
        if link.get("rel") == "alternate" and (address := link.get("href")):
            return str(address)
    return text_of(child(entry, "blogger:filename"))
