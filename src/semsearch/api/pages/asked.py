"""What is asked of the search page, and where do its links lead? An address in, and addresses out."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from semsearch.errors import InvalidRequest
from semsearch.index import Filter
from semsearch.search.requests import MAX_OFFSET, make_filter

PAGE_SIZE = 10
LAST_PAGE = 1 + MAX_OFFSET // PAGE_SIZE
_SEVERAL = ("tag", "author")
"""What a post may have many of, and must have all that are chosen."""
_SAYS = {
    "tag": "{}",
    "author": "by {}",
    "language": "in the language {}",
    "date_from": "from {} on",
    "date_to": "until {}",
    "year": "{}",
}
"""What posts can be narrowed to, in words: the names are those of the service, and a year is short for its days."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that posts are narrowed to: a parameter, and its value or whatever was written in its place."""

    name: str
    value: str

    @property
    def says(self) -> str:
        return _SAYS[self.name].format(self.value[:100])


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what it is narrowed to, and which page of its hits is wanted. Links are relative to the page."""

    q: str
    chosen: tuple[Choice, ...] = ()
    page: int = 1

    @classmethod
    def read(cls, query: QueryParams) -> Asked:
        """From an address. What is empty narrows to nothing; a page that there cannot be is the first, or the last."""
        chosen = [
            Choice(name, value)
            for name in _SAYS
            for value in dict.fromkeys(filter(str.strip, query.getlist(name)[0 if name in _SEVERAL else -1 :]))
        ]
        page = query.get("page", "")
        number = min(int(page), LAST_PAGE) if re.fullmatch("[1-9][0-9]{0,3}", page) else 1
        return cls(query.get("q", ""), tuple(chosen), number)

    def values(self, name: str) -> list[str]:
        """What was chosen of one kind."""
        return [one.value for one in self.chosen if one.name == name]

    def filter(self) -> Filter:
        """The posts that it is narrowed to. Raises InvalidRequest."""
        only = {one.name: one.value.strip() for one in self.chosen if one.name not in _SEVERAL}
        year = only.pop("year", None)
        chosen = make_filter(tags=self.values("tag"), authors=self.values("author"), **only)
        return chosen if year is None else chosen.both(_days_of(year))

    def having(self, name: str, value: str) -> str:
        return replace(self, chosen=(*self.chosen, Choice(name, value)), page=1).link()

    def without(self, choice: Choice) -> str:
        return replace(self, chosen=tuple(one for one in self.chosen if one != choice), page=1).link()

    def at(self, page: int) -> str:
        return replace(self, page=page).link()

    def link(self) -> str:
        """The address of just this."""
        pairs = [("q", self.q), *((one.name, one.value) for one in self.chosen)]
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return f"search?{urlencode(pairs)}"


def _days_of(year: str) -> Filter:
    if not re.fullmatch("[0-9]{4}", year) or year == "0000":
        raise InvalidRequest("year", f"{year[:40]!r} is no year such as 2026")
    return Filter(date_from=dt.date(int(year), 1, 1), date_to=dt.date(int(year), 12, 31))
