"""A Notion page → its properties: lines below the heading (Markdown), the table of the header, or a row (CSV)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from semsearch.ingest.entries import Status
from semsearch.ingest.exports.texts import one_line, unique
from semsearch.ingest.parsing.csv_cells import allow_long_cells
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.short_texts import person

_NAMES = {
    "tags": "tags|tag|categories|category|topics|topic|keywords|labels|label",
    "date": "date|published|publish date|published at|published on|publication date|created|created time|created at"
    "|date created",
    "updated": "updated|last edited|last edited time|updated at|last updated|modified",
    "authors": "author|authors|writer|writers|created by",
    "slug": "slug|permalink|path",
    "teaser": "summary|description|excerpt|subtitle|teaser",
    "language": "language|lang|locale",
    "image": "cover|image|thumbnail",
    "status": "status|public|draft",
}
"""Field of a post → names of columns, in lower case."""
_FIELDS = {name: field for field, names in _NAMES.items() for name in names.split("|")}
_DRAFT_STATUSES = frozenset(
    (
        "draft",
        "idea",
        "ideas",
        "in progress",
        "not started",
        "to do",
        "todo",
        "backlog",
        "in review",
        "review",
        "writing",
    )
)
_LINE = re.compile(r"([^:\n\[\]()*_`#|<>]{1,60}): ?([^\n]*)")
_NO = frozenset(("no", "false", "unchecked"))
_YES = frozenset(("yes", "true", "checked"))


@dataclass(frozen=True, slots=True)
class Properties:
    """What the columns of a database say of a page, by their usual names."""

    values: Mapping[str, str]
    """Name of the column, in lower case → text."""

    def text(self, field: str) -> str:
        """Return the first value for a field of a post; see ``_NAMES`` for the columns."""
        return next((value for name, value in self.values.items() if value and _FIELDS.get(name) == field), "")

    def list(self, field: str) -> tuple[str, ...]:
        """Return the values of a column of several values, which Notion joins by a comma and a space."""
        return unique(one_line(part) for part in self.text(field).split(", "))

    def people(self, field: str) -> tuple[str, ...]:
        return unique(person(name) for name in self.list(field))

    def date(self, field: str) -> str | None:
        """Return the first possible date of a field; of a range its start."""
        for name, value in self.values.items():
            if _FIELDS.get(name) == field and (date := parse_date(re.split("→|–>", value)[0].strip(" @"))):
                return date
        return None

    def status(self) -> Status:
        for name, value in self.values.items():
            word = value.strip().lower()
            if name == "draft" and word in _YES:
                return Status.DRAFT
            if name in ("published", "public") and word in _NO:
                return Status.DRAFT
            if name == "status" and word in _DRAFT_STATUSES:
                return Status.DRAFT
        return Status.PUBLISHED


def of_lines(text: str, columns: frozenset[str]) -> tuple[Properties, str]:
    """Return the properties above a Markdown text, and the text below them.

    ``columns``: of the database beside the page, in lower case. Without a database, one name must be a usual one, as a
    paragraph may also begin with a word and a colon.
    """
    block, separator, rest = text.strip("\n").partition("\n\n")
    values: dict[str, str] = {}
    for line in block.split("\n"):
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            return Properties({}), text
        values.setdefault(match[1].strip().lower(), match[2].strip())
    known = values.keys() & columns if columns else [name for name in values if name in _FIELDS]
    if not known:
        return Properties({}), text
    return Properties(values), rest if separator else ""


def rows(text: str) -> tuple[frozenset[str], dict[str, Properties]]:
    """Return the columns of a database in lower case, and the properties of each page by its title.

    A title that several pages have is left out: nothing tells them apart.
    """
    allow_long_cells()
    reader = csv.reader(io.StringIO(text, newline=""))
    pages: dict[str, Properties] = {}
    doubled: set[str] = set()
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        for row in reader:
            if row:
                title = one_line(row[0])
                doubled |= {title} & pages.keys()
                pages[title] = Properties(dict(zip(header[1:], (cell.strip() for cell in row[1:]), strict=False)))
    except csv.Error:
        return frozenset(), {}
    return frozenset(header[1:]), {title: row for title, row in pages.items() if title not in doubled}
