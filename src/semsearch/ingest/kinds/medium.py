"""Medium exports (HTML files under ``posts/``) → entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from selectolax.lexbor import LexborHTMLParser

from semsearch.errors import InvalidRequest
from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.exports.texts import head, one_line, unique
from semsearch.ingest.exports.titles import titled
from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.parsing.decoding import decode
from semsearch.ingest.short_texts import marked_up, person

_POST = re.compile(r"(?:^|/)posts/[^/]+\.html?$", re.IGNORECASE)
_HEX_ID = re.compile(r"([0-9a-f]{8,16})\Z")
_LETTERS = re.compile(r"[\W_]+")


class _Medium:
    name = "medium"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        first = next(iter(_posts(files)), None)
        if first is None:
            return None
        start = head(files, first)
        if "h-entry" in start and 'data-field="' in start:
            return Evidence(Certainty.CERTAIN, f"{first} is a post as Medium exports it")
        return None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Medium gives full addresses, and its posts have no fields with names. Raises InvalidRequest."""
        if options.fields:
            reason = f"{files.location} is a Medium export, whose posts have no fields to name"
            raise InvalidRequest("map", f"{reason}; leave it out, or read the pages with --as html and CSS selectors")
        for path in _posts(files):
            try:
                text, _ = decode(read_bytes(files, path))
            except (OSError, TooLarge, EOFError) as error:
                yield Note(Place(path), Severity.BROKEN, "unreadable file", str(error))
                continue
            yield from _Post(path, text).records()


KIND = _Medium()


def _posts(files: Files) -> list[str]:
    paths = files.paths(".html", ".htm")
    return paths if files.is_file else [path for path in paths if _POST.search(path)]


class _Post:
    def __init__(self, path: str, text: str) -> None:
        self._place = Place(path)
        self._tree = LexborHTMLParser(text)
        self._body = self._tree.css_first(".e-content")

    def records(self) -> Iterator[Record]:
        if self._body is None:
            yield Note(self._place, Severity.LEFT_OUT, "not a post", "it has no element of class e-content")
            return
        title = self._text(".p-name")
        canonical = self._attribute(".p-canonical", "href")
        stem = PurePosixPath(self._place.file).stem
        is_draft = stem.startswith("draft") or not canonical
        if not is_draft and self._is_response(title):
            yield Note(self._place, Severity.LEFT_OUT, "response", "a reply to another post, without a title")
            return
        teaser = self._without_head(title)
        number = _HEX_ID.search(stem)
        image = self._body.css_first("img[data-is-featured]") or self._body.css_first("img")
        entry = Entry(
            self._place,
            Markup((self._body.inner_html or "").strip(), Format.HTML),
            title=marked_up(title, Format.HTML),
            teaser=Markup(teaser, Format.PLAIN) if teaser else None,
            address=canonical,
            id="" if canonical else (number[1] if number else stem),
            date=parse_date(self._attribute(".dt-published", "datetime")),
            tags=unique(one_line(tag.text()) for tag in self._tree.css(".p-tags a, a.p-tag")),
            authors=unique((person(self._text(".p-author")),)),
            image=(image.attributes.get("src") or "") if image is not None else "",
            status=Status.DRAFT if is_draft else Status.PUBLISHED,
        )
        yield from titled(entry)

    def _text(self, selector: str) -> str:
        node = self._tree.css_first(selector)
        return "" if node is None else one_line(node.text())

    def _attribute(self, selector: str, name: str) -> str:
        node = self._tree.css_first(selector)
        return "" if node is None else (node.attributes.get(name) or "").strip()

    def _is_response(self, title: str) -> bool:
        """A response has neither heading nor picture, and Medium names it by its first words."""
        if self._body is None or self._body.css_first("h1, h2, h3, h4, figure, img") is not None:
            return False
        return bool(title) and _same(self._body.text(separator=" "), title, starts=True)

    def _without_head(self, title: str) -> str:
        """Remove title and subtitle, which the body repeats, and the line above them. Returns the teaser.

        Without a subtitle Medium repeats the first words of the text as summary, which is no teaser.
        """
        summary = self._text(".p-summary")
        if self._body is None:
            return summary
        for node in self._body.css("footer, script, style"):
            node.decompose()
        divider = self._body.css_first(".section--first > .section-divider, section > .section-divider")
        if divider is not None:
            divider.decompose()
        heading = self._body.css_first(".graf--title, h1, h2, h3, h4")
        if heading is not None and _same(heading.text(), title):
            heading.decompose()
        subtitle = self._body.css_first(".graf--subtitle")
        if subtitle is not None:
            written = one_line(subtitle.text())
            subtitle.decompose()
            return written
        if not summary or _same(self._body.text(separator=" "), summary, starts=True):
            return ""
        return summary


def _same(node_text: str, text: str, starts: bool = False) -> bool:
    """Compare letters and digits alone; a text that Medium cut ends with an ellipsis."""
    first, second = (_LETTERS.sub("", part).casefold() for part in (node_text, text))
    return first.startswith(second) if starts or text.rstrip().endswith("…") else first == second
