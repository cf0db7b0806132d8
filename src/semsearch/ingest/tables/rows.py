"""A row of a table, by its columns → an entry, or notes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from semsearch.corpus.sections import InvalidSection, sections_of
from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.kind import Options
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.short_texts import marked_up, person, plain_title
from semsearch.ingest.tables import cells, markup
from semsearch.ingest.tables.columns import Columns
from semsearch.ingest.web_addresses import bounded_id, hashed_id, id_with_query, placed
from semsearch.posts import Section

_POST_FIELDS = frozenset((
    "id", "title", "teaser", "body", "url", "date", "updated", "tags", "authors", "language", "image", "series",
    "translation_of", "sections",
))  # fmt: skip
"""Keys of a post; a column of such a name that is used otherwise is not kept as extra."""
_MAX_EXTRA = 50
_STATUS = {
    "draft": Status.DRAFT, "drafts": Status.DRAFT, "pending": Status.DRAFT, "unpublished": Status.DRAFT,
    "private": Status.PRIVATE, "hidden": Status.PRIVATE, "members": Status.PRIVATE, "paid": Status.PRIVATE,
    "only_paid": Status.PRIVATE, "unlisted": Status.PRIVATE, "internal": Status.PRIVATE,
    "scheduled": Status.FUTURE, "future": Status.FUTURE,
    "expired": Status.EXPIRED, "archived": Status.EXPIRED,
    "page": Status.PAGE,
}  # fmt: skip
_NO_POSTS = frozenset(
    ("trash", "deleted", "attachment", "revision", "nav_menu_item", "comment", "auto-draft", "inherit")
)
_NUMBER = re.compile(r"\d+")


class RowReader:
    """Makes entries of the rows of one table."""

    def __init__(self, columns: Columns, options: Options, is_post_format: bool = False) -> None:
        """``is_post_format``: the rows are posts already, and their texts are plain."""
        self._columns, self._options, self._is_post_format = columns, options, is_post_format
        self._base = f"{options.site_url}/" if options.site_url else ""

    def records(self, row: Mapping[str, Any], place: Place) -> Iterator[Record]:
        """Yield the entry of a row with notes on it; only a note if it is no post."""
        if reason := self._not_a_post(row):
            yield Note(place, Severity.LEFT_OUT, reason)
            return
        body = self._markup(row, "body") or Markup("", Format.HTML if not self._is_post_format else Format.PLAIN)
        title = self._text(row, "title") if self._is_post_format else plain_title(self._text(row, "title"))
        if not title and not body.text:
            yield Note(place, Severity.LEFT_OUT, "empty row", "it has neither title nor text")
            return
        date = self._date(row, "date")
        yield from self._date_notes(row, date, place)
        address = self._address(row)
        translation = self._text(row, "translation_of")
        identity = self._id(row, address, title, date)
        sections, problem = self._sections(row, body)
        if problem:
            yield Note(place, Severity.WARNING, "invalid sections", f"{problem}; the post is read without sections")
        yield Entry(
            place=place,
            body=body,
            title=marked_up(title, body.format),
            teaser=self._markup(row, "teaser"),
            address=address,
            id=identity,
            date=date,
            updated=self._date(row, "updated"),
            tags=self._tags(row),
            authors=self._authors(row),
            language=self._text(row, "language") or None,
            image=placed(self._text(row, "image"), self._base),
            series=self._text(row, "series"),
            translation_key=(translation or identity) if self._columns.of("translation_of") else "",
            is_original=bool(self._columns.of("translation_of")) and not translation,
            aliases=tuple(self._texts(row, "aliases")),
            status=self._status(row, date),
            sections=sections,
            extra=self._extra(row),
            named=frozenset(self._options.fields),
        )

    def _values(self, row: Mapping[str, Any], field: str) -> Iterator[tuple[str, Any]]:
        """The columns of a field with their values in this row, without those that are empty."""
        for column in self._columns.of(field):
            value = value_of(row, column)
            if value not in (None, "", [], {}):
                yield column, value

    def _text(self, row: Mapping[str, Any], field: str) -> str:
        return next(filter(None, (cells.text(value) for _, value in self._values(row, field))), "")

    def _texts(self, row: Mapping[str, Any], field: str) -> list[str]:
        """The texts of all columns of a field. Commas separate only under a plural: a category may hold one."""
        return [
            text
            for column, value in self._values(row, field)
            for text in cells.texts(value, may_split_commas=field == "tags" and column.lower().endswith(("s", "list")))
        ]

    def _markup(self, row: Mapping[str, Any], field: str) -> Markup | None:
        for column, value in self._values(row, field):
            if self._is_post_format:  # with its outer spaces, as places of sections count them
                found = Markup(value if isinstance(value, str) else cells.text(value), Format.PLAIN)
            else:
                found = markup.guess(value, column)
            if found.text.strip():
                return found
        return None

    def _sections(self, row: Mapping[str, Any], body: Markup) -> tuple[tuple[Section, ...], str]:
        """Return the sections of a post in the format of the corpus, and what is wrong with them, if anything is."""
        if not self._is_post_format:
            return (), ""
        try:
            return tuple(sections_of(value_of(row, "sections"), len(body.text))), ""
        except InvalidSection as error:
            return (), str(error)

    def _date(self, row: Mapping[str, Any], field: str) -> str | None:
        found = (parse_date(value) for _, value in self._values(row, field) if cells.truth(value) is None)
        return next(filter(None, found), None)

    def _date_notes(self, row: Mapping[str, Any], date: str | None, place: Place) -> Iterator[Note]:
        for column, value in self._values(row, "date"):
            written = cells.text(value)
            if date is None and written and cells.truth(value) is None and not written.startswith("0000"):
                yield Note(place, Severity.WARNING, "impossible date", f"{column}: {written[:60]!r} is no date")
                return

    def _address(self, row: Mapping[str, Any]) -> str:
        if url := self._text(row, "url"):
            return placed(url, self._base)
        slug = self._text(row, "slug").strip("/")
        return placed(slug, self._base) if slug else ""

    def _id(self, row: Mapping[str, Any], address: str, title: str, date: str | None) -> str:
        if identity := self._text(row, "id"):
            return identity if self._is_post_format else bounded_id(identity)
        return id_with_query(address) if address else hashed_id(title, date or "")

    def _tags(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        tags = self._texts(row, "tags")
        return tuple(dict.fromkeys(tags if self._is_post_format else map(plain_title, tags)))

    def _authors(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Names without e-mail addresses; numbers are keys of another table, and no names."""
        names = self._texts(row, "authors")
        if not self._is_post_format:
            names = [re.sub(r"^by\s+", "", person(name), flags=re.IGNORECASE) for name in names]
        return tuple(dict.fromkeys(name for name in names if name and not _NUMBER.fullmatch(name)))

    def _not_a_post(self, row: Mapping[str, Any]) -> str:
        words = (self._text(row, field).lower() for field in ("status", "type"))
        return next((word for word in words if word in _NO_POSTS), "")

    def _status(self, row: Mapping[str, Any], date: str | None) -> Status:
        if cells.truth(next((value for _, value in self._values(row, "draft")), None)):
            return Status.DRAFT
        flags = [value for _, value in (*self._values(row, "public"), *self._values(row, "date"))]
        if any(cells.truth(value) is False for value in flags):
            return Status.DRAFT
        if self._text(row, "password"):
            return Status.PRIVATE
        for field in ("status", "visibility", "type"):
            if found := _STATUS.get(self._text(row, field).lower()):
                return found
        return Status.FUTURE if date and _is_after(date, self._options.now) else Status.PUBLISHED

    def _extra(self, row: Mapping[str, Any]) -> dict[str, Any]:
        extra = {}
        for column in self._columns.extra:
            value = row.get(column)
            value = value if self._is_post_format else cells.kept(value)
            if value is not None and column not in _POST_FIELDS:
                extra[column] = value
                if len(extra) == _MAX_EXTRA:
                    break
        return extra


def value_of(row: Mapping[str, Any], column: str) -> Any:
    """The value of a column; ``author.name`` is the name of the object ``author``, unless a column has that name."""
    if column in row or "." not in column:
        return row.get(column)
    value: Any = row
    for key in column.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _is_after(date: str, now: dt.datetime) -> bool:
    moment = dt.datetime.fromisoformat(date)
    if "T" not in date:
        return moment.date() > now.date()
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)) > now
