"""Ghost exports (one JSON file) → entries. Only posts, tags, users and their links are read: the file holds secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.exports.ghost_editors import html_of_lexical, html_of_mobiledoc, markdown_of_mobiledoc
from semsearch.ingest.exports.texts import head, one_line, unique
from semsearch.ingest.exports.titles import titled
from semsearch.ingest.files import Files
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.parsing.json_stream import array_elements
from semsearch.ingest.parsing.json_values import InvalidJson
from semsearch.ingest.short_texts import person, plain_title

MAX_FILE_BYTES = 1_000_000_000
MAX_ROWS = 1_000_000
"""Of tags and authors with their links to posts, which are in memory at once."""
_CONTAINERS = frozenset(("db", "data"))
_EXPORT = re.compile(r"\A\s*\{\s*\"(?:db|meta|data)\"\s*:")
_STATUSES = {
    "published": Status.PUBLISHED,
    "draft": Status.DRAFT,
    "scheduled": Status.FUTURE,
    "sent": Status.PRIVATE,  # by e-mail only
}
_SITE = "__GHOST_URL__"


@dataclass
class _Tables:
    """What the posts refer to."""

    tags: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    tags_of: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    authors_of: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


class _Ghost:
    name = "ghost"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        exports = _exports(files)
        return Evidence(Certainty.CERTAIN, f"{exports[0]} is a Ghost export") if exports else None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        for path in _exports(files) or files.paths(".json"):
            if files.size(path) > MAX_FILE_BYTES:
                reason = f"it is larger than {MAX_FILE_BYTES / 1e9:.0f} GB; leave what is not posts out of the export"
                raise SourceUnreadable(_location(files, path), reason)
            yield from _posts(files, path, options)


KIND = _Ghost()


def _exports(files: Files) -> list[str]:
    return [path for path in files.paths(".json") if _is_export(head(files, path))]


def _is_export(start: str) -> bool:
    return _EXPORT.match(start) is not None and (
        '"exported_on"' in start or '"mobiledoc"' in start or '"lexical"' in start
    )


def _location(files: Files, path: str) -> Path:
    return files.location if files.is_file else files.location / path


def _posts(files: Files, path: str, options: Options) -> Iterator[Record]:
    """Yield what is whole; a file that ends early may lack tags and authors, which it holds behind the posts."""
    tables = _Tables()
    try:
        _read_tables(files, path, tables)
    except InvalidJson as error:
        yield Note(Place(path), Severity.WARNING, "cut off", f"tags or authors may be missing: {error}")
    count = 0
    try:
        for _, row in _rows(files, path, "posts"):
            count += 1
            yield from _post(row, Place(path), tables, options)
    except InvalidJson as error:
        if not count:
            raise SourceUnreadable(_location(files, path), f"{error}. Export it again from Ghost") from error
        yield Note(
            Place(path), Severity.BROKEN, "cut off", f"{error}; {count:,} posts before are kept. Export it again"
        )


def _rows(files: Files, path: str, *tables: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield rows with the name of their table. Raises InvalidJson."""
    with files.open(path) as stream:
        for table, row in array_elements(stream, _CONTAINERS):
            if table in tables and isinstance(row, dict):
                yield table, row


def _read_tables(files: Files, path: str, tables: _Tables) -> None:
    """Fill the tables. Raises InvalidJson, SourceUnreadable."""
    for count, (table, row) in enumerate(_rows(files, path, "tags", "users", "posts_tags", "posts_authors")):
        if count > MAX_ROWS:
            raise SourceUnreadable(_location(files, path), f"it has more than {MAX_ROWS:,} tags of posts")
        post, order = str(row.get("post_id")), row.get("sort_order")
        position = order if isinstance(order, int) else 0
        if table == "tags":
            is_internal = row.get("visibility") == "internal" or _text(row, "name").startswith("#")
            tables.tags[str(row.get("id"))] = "" if is_internal else plain_title(_text(row, "name"))
        elif table == "users":
            tables.users[str(row.get("id"))] = person(_text(row, "name"))
        elif table == "posts_tags":
            tables.tags_of.setdefault(post, []).append((position, str(row.get("tag_id"))))
        else:
            tables.authors_of.setdefault(post, []).append((position, str(row.get("author_id"))))


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _post(row: dict[str, Any], file: Place, tables: _Tables, options: Options) -> Iterator[Record]:
    """Yield the entry of a row. The file has one line, so that a note names the post by its slug."""
    slug = _text(row, "slug")
    status = _STATUSES.get(_text(row, "status") or "published")
    if status is None:
        detail = f"{slug}: its status is {row.get('status')}"
        yield Note(file, Severity.LEFT_OUT, "not published", detail)
        return
    is_page = row.get("type") == "page" or row.get("page") in (1, True)
    if status is Status.PUBLISHED and _text(row, "visibility") not in ("", "public"):
        status = Status.PRIVATE
    if is_page and status is not Status.PUBLISHED:
        yield Note(file, Severity.LEFT_OUT, "page that is not published", slug)
        return
    number = str(row.get("id"))
    authors = sorted(tables.authors_of.get(number, [])) or [(0, str(row.get("author_id")))]
    date = _date(row, "published_at") or _date(row, "created_at")
    updated = _date(row, "updated_at")
    excerpt, image = one_line(_text(row, "custom_excerpt")), _text(row, "feature_image")
    canonical = _text(row, "canonical_url")
    entry = Entry(
        file,
        _body(row, options),
        title=_escaped(_text(row, "title")),
        teaser=Markup(excerpt, Format.PLAIN) if excerpt else None,
        address=f"{options.site_url}/{slug}/" if slug else "",
        id="" if slug else number,
        date=date,
        updated=updated if updated != date else None,
        tags=unique(tables.tags.get(tag, "") for _, tag in sorted(tables.tags_of.get(number, []))),
        authors=unique(tables.users.get(author, "") for _, author in authors),
        language=_text(row, "locale") or None,
        image=image.replace(_SITE, options.site_url),
        aliases=(canonical.replace(_SITE, options.site_url),) if canonical else (),
        status=Status.PAGE if is_page else status,
    )
    fields = {
        key: value.replace(_SITE, options.site_url) if isinstance(value, str) else value for key, value in row.items()
    }
    yield from titled(entry, fields if options.fields else {}, options)


def _escaped(title: str) -> str:
    """Return a title of plain text as HTML; ``(Untitled)`` is Ghost's name for none."""
    title = one_line(title)
    return "" if title == "(Untitled)" else title.replace("&", "&amp;").replace("<", "&lt;")


def _body(row: dict[str, Any], options: Options) -> Markup:
    """Return the HTML, else what the document of the editor holds."""
    text = _text(row, "html")
    if not text.strip() and (lexical := _text(row, "lexical")):
        text = html_of_lexical(lexical)
    if not text.strip() and (mobiledoc := _text(row, "mobiledoc")):
        if markdown := markdown_of_mobiledoc(mobiledoc):
            return Markup(markdown.replace(_SITE, options.site_url), Format.MARKDOWN)
        text = html_of_mobiledoc(mobiledoc)
    if not text.strip() and (markdown := _text(row, "markdown")):
        return Markup(markdown.replace(_SITE, options.site_url), Format.MARKDOWN)
    return Markup(text.replace(_SITE, options.site_url), Format.HTML)


def _date(row: dict[str, Any], name: str) -> str | None:
    """Return a time, which Ghost writes in UTC, with or without saying so."""
    date = parse_date(row.get(name))
    return f"{date}+00:00" if date and len(date) == len("2024-01-01T00:00:00") else date
