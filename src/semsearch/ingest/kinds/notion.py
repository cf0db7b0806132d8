"""Notion exports (Markdown or HTML files whose names end in a number of 32 hexadecimal digits) → entries."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from selectolax.lexbor import LexborHTMLParser

from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity
from semsearch.ingest.exports.notion_properties import Properties, of_lines, rows
from semsearch.ingest.exports.texts import one_line
from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.named_fields import with_named_fields
from semsearch.ingest.parsing.decoding import decode

_NUMBER = re.compile(r"(?:^|[ _-])([0-9a-f]{32})(?:_all)?$")
_INNER_ARCHIVE = re.compile(r"(?:^|/)(?:ExportBlock-|Export-)[^/]*\.zip$|-Part-\d+\.zip$")
_LINK = re.compile(r"!?\[[^\[\]\n]*\]\([^()\n]*\)")
_NUMBER_IN_LINK = re.compile(r"(?:%20|[ _-])[0-9a-f]{32}\b")
_HEADING = re.compile(r"\s*#[ \t]+([^\n]*)\n?")
_PAGES = (".md", ".html")


class _Notion:
    name = "notion"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        pages = files.paths(*_PAGES)
        numbered = [path for path in pages if _number(path)]
        if numbered and 2 * len(numbered) >= len(pages):
            return Evidence(Certainty.CERTAIN, f"{numbered[0]} has a page number of Notion in its name")
        inner = [path for path in files.paths(".zip") if _INNER_ARCHIVE.search(path)]
        if inner and not pages:
            return Evidence(Certainty.LIKELY, f"{inner[0]} is a part of a Notion export")
        return None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        databases = _Databases(files)
        for path in files.paths(*_PAGES):
            if number := _number(path):
                yield from _page(files, path, number, databases, options)
            else:
                yield Note(Place(path), Severity.LEFT_OUT, "not a page", "its name does not end in a page number")
        for path in files.paths(".zip"):
            detail = "archives in an archive are not opened. Unpack it, and ingest the folder"
            yield Note(Place(path), Severity.BROKEN, "archive not opened", detail)


KIND = _Notion()


def _number(path: str) -> str:
    match = _NUMBER.search(PurePosixPath(path).stem)
    return match[1] if match else ""


def _without_number(name: str) -> str:
    return _NUMBER.sub("", name)


class _Databases:
    """The CSV files of an export. Pages of ``Posts 0123….csv`` lie in the folder ``Posts`` or ``Posts 0123…``."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._paths: dict[str, str] = {}
        for path in files.paths(".csv"):
            pure = PurePosixPath(path)
            folder = (pure.parent / _without_number(pure.stem)).as_posix()
            if folder not in self._paths or pure.stem.endswith("_all"):  # all columns, not those of the view alone
                self._paths[folder] = path
        self._read: dict[str, tuple[frozenset[str], dict[str, Properties]]] = {}

    def of(self, page: str) -> tuple[frozenset[str], dict[str, Properties]]:
        """Return the columns of the database that a page belongs to, and its rows; both empty if it belongs to none."""
        parent = PurePosixPath(page).parent
        folder = (parent.parent / _without_number(parent.name)).as_posix()
        path = self._paths.get(folder)
        if path is None:
            return frozenset(), {}
        if path not in self._read:
            try:
                self._read[path] = rows(decode(read_bytes(self._files, path))[0])
            except (OSError, TooLarge, EOFError):
                self._read[path] = frozenset(), {}
        return self._read[path]


def _page(files: Files, path: str, number: str, databases: _Databases, options: Options) -> Iterator[Record]:
    place = Place(path)
    try:
        text, wrong_line = decode(read_bytes(files, path))
    except (OSError, TooLarge, EOFError) as error:
        yield Note(place, Severity.BROKEN, "unreadable file", str(error))
        return
    if wrong_line is not None:
        yield Note(Place(path, wrong_line), Severity.WARNING, "not UTF-8", "read as Windows-1252")
    columns, by_title = databases.of(path)
    is_html = path.lower().endswith(".html")
    title, properties, body = _of_html(text) if is_html else _of_markdown(text, columns)
    shown_title = html.unescape(title) if is_html else title
    title = title or _without_number(PurePosixPath(path).stem)
    if not properties.values:
        properties = by_title.get(one_line(shown_title), properties)
    if not _has_words(body):
        yield Note(place, Severity.LEFT_OUT, "no text", "it holds nothing, or only links to other pages")
        return
    teaser, slug = properties.text("teaser"), properties.text("slug").strip("/")
    date, updated = properties.date("date"), properties.date("updated")
    entry = Entry(
        place,
        Markup(body, Format.HTML if is_html else Format.MARKDOWN),
        title=one_line(title),
        teaser=Markup(teaser, Format.PLAIN) if teaser else None,
        address=_address(slug, options.site_url),
        id="" if slug else number,
        date=date,
        updated=updated if updated != date else None,
        tags=properties.list("tags"),
        authors=properties.people("authors"),
        language=properties.text("language") or None,
        image=image if (image := properties.text("image")).startswith(("http://", "https://")) else "",
        status=properties.status(),
    )
    entry, notes = with_named_fields(entry, properties.values, options)
    yield from notes
    yield entry


def _address(slug: str, site_url: str) -> str:
    if not slug or "://" in slug:
        return slug
    return f"{site_url}/{slug}"


def _of_markdown(text: str, columns: frozenset[str]) -> tuple[str, Properties, str]:
    heading = _HEADING.match(text)
    title, rest = (heading[1].strip(), text[heading.end() :]) if heading else ("", text)
    properties, body = of_lines(rest, columns)
    return title, properties, _LINK.sub(lambda link: _NUMBER_IN_LINK.sub("", link[0]), body).strip("\n")


def _of_html(text: str) -> tuple[str, Properties, str]:
    tree = LexborHTMLParser(text)
    title = tree.css_first(".page-title")
    values: dict[str, str] = {}
    for row in tree.css("header table.properties tr"):
        name, value = row.css_first("th"), row.css_first("td")
        if name is not None and value is not None:
            selected = [one_line(part.text()) for part in value.css(".selected-value")]
            values.setdefault(one_line(name.text()).lower(), ", ".join(selected) or one_line(value.text()))
    body = tree.css_first(".page-body")
    escaped = "" if title is None else html.escape(one_line(title.text()), quote=False)
    return escaped, Properties(values), ("" if body is None else body.inner_html or "").strip()


def _has_words(body: str) -> bool:
    """Whether a text is more than links, as a list of the pages below is."""
    without_links = _LINK.sub("", body)
    return re.search(r"\w", re.sub(r"<a\b[^<>]*>[^<]*</a>|<[^<>]*>", "", without_links)) is not None
