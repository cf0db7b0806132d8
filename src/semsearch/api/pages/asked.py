"""What is asked of the search page, and where do its links lead? An address in, and addresses out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from semsearch.errors import InvalidRequest
from semsearch.index import Filter
from semsearch.search.requests import MAX_OFFSET, make_filter

PAGE_SIZE = 10
LAST_PAGE = 1 + MAX_OFFSET // PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what it is narrowed to, and which page of its hits is wanted. Links are relative to the page."""

    q: str
    tags: tuple[str, ...] = ()
    year: str = ""
    """Four digits, or whatever was written in their place."""
    page: int = 1

    @classmethod
    def read(cls, q: str, tags: Sequence[str], year: str, page: str) -> Asked:
        """From texts of an address. A page that there cannot be is the first, or the last."""
        number = min(int(page), LAST_PAGE) if re.fullmatch("[1-9][0-9]{0,3}", page) else 1
        return cls(q, tuple(dict.fromkeys(filter(None, tags))), year.strip(), number)

    @property
    def narrowed(self) -> bool:
        return bool(self.tags or self.year)

    def filter(self) -> Filter:
        """The posts that it is narrowed to. Raises InvalidRequest."""
        if not self.year:
            return make_filter(tags=self.tags)
        if not re.fullmatch("[0-9]{4}", self.year) or self.year == "0000":
            raise InvalidRequest("year", f"{self.year[:40]!r} is no year such as 2026")
        year = int(self.year)
        return make_filter(tags=self.tags, date_from=dt.date(year, 1, 1), date_to=dt.date(year, 12, 31))

    def with_tag(self, tag: str) -> str:
        return replace(self, tags=(*self.tags, tag), page=1).link()

    def without_tag(self, tag: str) -> str:
        return replace(self, tags=tuple(one for one in self.tags if one != tag), page=1).link()

    def of_year(self, year: str = "") -> str:
        return replace(self, year=year, page=1).link()

    def at(self, page: int) -> str:
        return replace(self, page=page).link()

    def link(self) -> str:
        """The address of just this."""
        pairs = [("q", self.q), *(("tag", tag) for tag in self.tags)]
        pairs += [("year", self.year)] if self.year else []
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return f"search?{urlencode(pairs)}"
