"""The pages of a site → what holds for the site as a whole, by which single pages are judged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from semsearch.ingest.built.signs import Signs
from semsearch.ingest.markup import MainContent

_LEAST_REPEATED = 3
_SEPARATOR = re.compile(r"\s+[|–—·•»«:-]\s+|\s*[|»«]\s*")
_LEAST_DATED = 0.1
"""Of a site with a smaller share of dated pages, all pages are posts, as of documentation."""
_MOST_NOINDEX = 0.9
"""From this share on, the mark is that of a test build, and is ignored."""


@dataclass(frozen=True, slots=True)
class Site:
    """What holds for all pages of a site."""

    are_dated: bool
    """Whether posts have dates or say that they are articles, so that other pages are no posts."""
    is_noindex_ignored: bool
    suffixes: frozenset[str] = frozenset()
    """Ends of titles that are the name of the site, with the separator before."""
    repeated: frozenset[str] = frozenset()
    """Titles, descriptions and canonical addresses that several pages share, which then say nothing about a page."""
    paths: frozenset[str] = field(default_factory=frozenset)
    """The keys (see :func:`semsearch.ingest.built.addresses.page_key`) of all pages that are listed."""


class SiteSurvey:
    """Collects what single pages say."""

    def __init__(self) -> None:
        self._count = self._dated = self._noindex = 0
        self._suffixes: Counter[str] = Counter()
        self._texts: Counter[str] = Counter()
        self._paths: set[str] = set()

    def add(self, key: str, content: MainContent, signs: Signs) -> None:
        """Add a page that is listed, with its key."""
        self._paths.add(key)
        if content.refresh or signs.is_listing(content.date) or signs.is_error:
            return
        self._count += 1
        self._dated += content.date is not None or signs.date is not None or signs.is_article
        self._noindex += content.is_noindex
        self._texts.update(filter(None, {content.title, content.description, content.canonical}))
        self._suffixes.update(suffixes_of(content.title))

    def site(self) -> Site:
        """Return what holds for all pages so far."""
        least = max(_LEAST_REPEATED, self._count / 2)
        return Site(
            are_dated=self._dated > 0 and self._dated >= _LEAST_DATED * self._count,
            is_noindex_ignored=self._count > 1 and self._noindex >= _MOST_NOINDEX * self._count,
            suffixes=frozenset(text for text, count in self._suffixes.items() if count >= least),
            repeated=frozenset(text for text, count in self._texts.items() if count >= _LEAST_REPEATED),
            paths=frozenset(self._paths),
        )


def suffixes_of(title: str) -> Iterable[str]:
    """The last part of a title behind a separator, with the separator."""
    separators = list(_SEPARATOR.finditer(title))
    if separators and separators[-1].start() > 0:
        yield title[separators[-1].start() :]
