"""The state of the search page: parsed from its query string, and written back into the links of the page."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from semsearch.errors import InvalidRequest
from semsearch.index import Filter
from semsearch.index.filters import FILTER_FIELDS, TAGS, HasAll, filter_of_parameters
from semsearch.search.requests import MAX_OFFSET

PAGE_SIZE = 10
LAST_PAGE = 1 + MAX_OFFSET // PAGE_SIZE
_REPEATABLE = frozenset(declared.parameter for declared in FILTER_FIELDS if isinstance(declared.rule, HasAll))
"""Parameters that may be given several times; a post must match all of their values."""
_LABELS = {declared.parameter: declared.caption for declared in FILTER_FIELDS} | {"year": "{}"}
"""What the page shows for a chosen value, by parameter: the filter fields, and ``year``, which stands for its days."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that the visitor chose: the name of a parameter, and its value as it was sent, valid or not."""

    name: str
    value: str

    @property
    def label(self) -> str:
        return _LABELS[self.name].format(self.value[:100])


@dataclass(frozen=True, slots=True)
class SearchForm:
    """A query, the chosen filters, and the number of the result page. Its links are relative to the page."""

    q: str
    choices: tuple[Choice, ...] = ()
    page: int = 1

    @classmethod
    def parse(cls, query: QueryParams) -> SearchForm:
        """Read a query string. Empty filters are ignored; an invalid page number becomes the first or last page."""
        choices = [
            Choice(name, value)
            for name in _LABELS
            for value in dict.fromkeys(filter(str.strip, query.getlist(name)[0 if name in _REPEATABLE else -1 :]))
        ]
        page = query.get("page", "")
        number = min(int(page), LAST_PAGE) if re.fullmatch("[1-9][0-9]{0,3}", page) else 1
        return cls(query.get("q", ""), tuple(choices), number)

    def values(self, name: str) -> list[str]:
        """Return the chosen values of one parameter."""
        return [choice.value for choice in self.choices if choice.name == name]

    def has_tag(self, tag: str) -> bool:
        """Return whether a tag was chosen, in any case."""
        return TAGS.key(tag) in map(TAGS.key, self.values("tag"))

    def to_filter(self) -> Filter:
        """Return the filter that the choices make. Raises InvalidRequest."""
        values: dict[str, Any] = {
            choice.name: self.values(choice.name) if choice.name in _REPEATABLE else choice.value.strip()
            for choice in self.choices
        }
        chosen = filter_of_parameters(values)
        return chosen.intersect(_days_of(values["year"])) if "year" in values else chosen

    def link_with(self, name: str, value: str) -> str:
        """Return a link to the first page with one more filter."""
        return replace(self, choices=(*self.choices, Choice(name, value)), page=1).link()

    def link_without(self, choice: Choice) -> str:
        """Return a link to the first page with one filter less."""
        return replace(self, choices=tuple(other for other in self.choices if other != choice), page=1).link()

    def link_with_value(self, name: str, value: str, other: str) -> str:
        """Return a link to the first page with another value in place of one."""
        choices = [
            Choice(name, other) if choice.name == name and choice.value.strip() == value else choice
            for choice in self.choices
        ]
        return replace(self, choices=tuple(choices), page=1).link()

    def link_to_page(self, page: int) -> str:
        """Return a link to another page of the same results."""
        return replace(self, page=page).link()

    def link(self) -> str:
        """Return a link to the page in this state."""
        pairs = [("q", self.q), *((choice.name, choice.value) for choice in self.choices)]
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return f"search?{urlencode(pairs)}"


def _days_of(year: str) -> Filter:
    if not re.fullmatch("[0-9]{4}", year) or year == "0000":
        raise InvalidRequest("year", f"{year[:40]!r} is not a year such as 2026")
    return Filter(date_from=dt.date(int(year), 1, 1), date_to=dt.date(int(year), 12, 31))
