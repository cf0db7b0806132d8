"""Substack exports (``posts.csv`` beside ``posts/*.html``) → entries. Other files there hold addresses of readers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import PurePosixPath

from selectolax.lexbor import LexborHTMLParser

from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.exports.texts import head
from semsearch.ingest.exports.titles import titled
from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.csv_cells import allow_long_cells
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.parsing.decoding import decode
from semsearch.ingest.short_texts import marked_up, plain_title

_TABLE = "posts.csv"
_NO_PROSE = ", ".join(
    (
        ".button-wrapper", ".captioned-button-wrap", ".subscription-widget-wrap", ".subscription-widget-wrap-editor",
        ".subscription-widget", ".subscribe-widget", ".subscribe-footer", ".footer", ".poll-embed",
        ".digest-post-embed",
        ".embedded-post-wrap", ".embedded-publication-wrap", ".native-video-embed", ".native-audio-embed",
        ".install-substack-app-embed", ".community-chat", ".directMessage", ".paywall-jump", ".paywall",
        ".footnote-anchor", ".footnote-number", ".youtube-wrap", ".image-link-expand", "form", "script", "style",
    )
)  # fmt: skip
"""Buttons, forms, cards of other posts, players, and the numbers of footnotes."""


class _Substack:
    name = "substack"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        for table in _tables(files):
            columns = head(files, table, 4096).partition("\n")[0]
            if "post_id" in columns and "is_published" in columns:
                return Evidence(Certainty.CERTAIN, f"{table} has the columns of a Substack export")
        return None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        for table in _tables(files):
            yield from _Export(files, table, options).records()


KIND = _Substack()


def _tables(files: Files) -> list[str]:
    return [path for path in files.paths(".csv") if PurePosixPath(path).name == _TABLE]


class _Export:
    def __init__(self, files: Files, table: str, options: Options) -> None:
        self._files, self._table, self._options = files, table, options
        self._folder = (PurePosixPath(table).parent / "posts").as_posix()

    def records(self) -> Iterator[Record]:
        try:
            text, _ = decode(read_bytes(self._files, self._table))
        except (OSError, TooLarge, EOFError) as error:
            yield Note(Place(self._table), Severity.BROKEN, "unreadable file", str(error))
            return
        texts = set(self._files.paths(".html", under=self._folder))
        allow_long_cells()
        rows = csv.DictReader(io.StringIO(text, newline=""))
        try:
            for row in rows:
                path = f"{self._folder}/{row.get('post_id') or ''}.html"
                yield from self._post(row, Place(self._table, rows.line_num), path if path in texts else "")
                texts.discard(path)
        except csv.Error as error:
            yield Note(Place(self._table, rows.line_num), Severity.BROKEN, "broken table", str(error))
        for path in sorted(texts):
            yield Note(Place(path), Severity.LEFT_OUT, "not in posts.csv", "nothing says whether it was published")

    def _post(self, row: dict[str, str], place: Place, path: str) -> Iterator[Record]:
        number, _, slug = (row.get("post_id") or "").partition(".")
        status = _status(row)
        if not path:
            is_due = status is Status.PUBLISHED
            severity = Severity.BROKEN if is_due else Severity.LEFT_OUT
            yield Note(place, severity, "no text", f"{self._folder}/{row.get('post_id')}.html is missing")
            return
        try:
            body = _prose(decode(read_bytes(self._files, path))[0])
        except (OSError, TooLarge, EOFError) as error:
            yield Note(Place(path), Severity.BROKEN, "unreadable file", str(error))
            return
        teaser = plain_title(row.get("subtitle") or "")
        entry = Entry(
            Place(path),
            Markup(body, Format.HTML),
            title=marked_up(plain_title(row.get("title") or ""), Format.HTML),
            teaser=Markup(teaser, Format.PLAIN) if teaser else None,
            address=f"{self._options.site_url}/p/{slug}" if slug else "",
            id="" if slug else number,
            date=parse_date(row.get("post_date")),
            image=_first_image(body),
            status=status,
        )
        yield from titled(entry, row, self._options)


def _status(row: dict[str, str]) -> Status:
    if (row.get("is_published") or "").strip().lower() not in ("true", "1", "yes", "t"):
        return Status.DRAFT
    if (row.get("audience") or "everyone").strip().lower() != "everyone":
        return Status.PRIVATE
    return Status.PAGE if (row.get("type") or "").strip().lower() == "page" else Status.PUBLISHED


def _prose(text: str) -> str:
    """Return the HTML without what Substack puts between the paragraphs."""
    tree = LexborHTMLParser(text)
    for node in tree.css(_NO_PROSE):
        node.decompose()
    return ((tree.body.inner_html if tree.body else "") or "").strip()


def _first_image(body: str) -> str:
    image = LexborHTMLParser(body).css_first("img")
    return "" if image is None else image.attributes.get("src") or ""
