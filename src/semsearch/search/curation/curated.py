"""What is curated: pinned and hidden posts and the redirect of a query, and the rules for the words of all queries."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from semsearch.analysis.phrase_table import without_accents
from semsearch.ranking.word_rules import NO_WORD_RULES, WordRules
from semsearch.text import clean

_QUOTES = "\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb "
_LEADING = _QUOTES + "\u00bf\u00a1"
_TRAILING = _QUOTES + ".,;:!?\u3002\u3001"


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which something holds."""

    first: dt.date | None = None
    """None for no first day."""
    last: dt.date | None = None
    """Inclusive; None for no last day."""

    def holds(self, day: dt.date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class QueryCuration:
    """The pinned and hidden posts of one query."""

    pinned: tuple[str, ...] = ()
    """Ids of the posts that come first, in this order."""
    hidden: frozenset[str] = frozenset()
    """Ids of the posts that are never found."""
    periods: Mapping[str, Period] = field(default_factory=dict)
    """When a pinned post comes first, by its id; always without a period."""

    def on(self, day: dt.date) -> QueryCuration:
        """The same with the posts that are pinned on a day, without periods."""
        pinned = tuple(post_id for post_id in self.pinned if self.periods.get(post_id, ALWAYS).holds(day))
        return QueryCuration(pinned, self.hidden)


EMPTY_QUERY_CURATION = QueryCuration()


@dataclass(frozen=True, slots=True)
class Curation:
    """All that is curated. It can be used in place of a CurationFile."""

    queries: Mapping[str, QueryCuration] = field(default_factory=dict)
    """By normalized query."""
    hidden: frozenset[str] = frozenset()
    """Ids that are hidden from every query."""
    redirects: Mapping[str, str] = field(default_factory=dict)
    """Addresses that queries lead to, by normalized query."""
    word_rules: WordRules = NO_WORD_RULES
    """Synonyms and corrections."""

    def for_query(self, q: str, day: dt.date | None = None) -> QueryCuration:
        """The pinned and hidden posts of a query, including those hidden from every query.

        ``day``: the day on which pins must hold, today (UTC) by default.
        """
        return self.applied(self.for_query_only(q), day)

    def applied(self, entry: QueryCuration, day: dt.date | None = None) -> QueryCuration:
        """The entry of a query as it holds on a day, with the posts hidden from every query; see :meth:`for_query`."""
        found = entry.on(day or dt.datetime.now(dt.UTC).date())
        return replace(found, hidden=found.hidden | self.hidden)

    def for_query_only(self, q: str) -> QueryCuration:
        """The entry of a query, without the posts hidden from every query. ``q`` need not be normalized."""
        return self.queries.get(normalize_query(q), EMPTY_QUERY_CURATION) if self.queries else EMPTY_QUERY_CURATION

    def redirect(self, q: str) -> str | None:
        """The address that a query leads to; None without one. ``q`` need not be normalized."""
        return self.redirects.get(normalize_query(q)) if self.redirects else None

    def with_query(self, q: str, curation: QueryCuration) -> Curation:
        """A copy in which the entry of one query is replaced."""
        return replace(self, queries={**self.queries, normalize_query(q): curation})

    def extended(self, other: Curation) -> Curation:
        """A copy with the entries of another curation; for a query or word that both have, those of the other count."""
        return Curation(
            {**self.queries, **other.queries},
            self.hidden | other.hidden,
            {**self.redirects, **other.redirects},
            self.word_rules.extended(other.word_rules),
        )

    def current(self) -> Curation:
        """Return itself, as :meth:`CurationFile.current` returns the content of the file."""
        return self

    @property
    def latest(self) -> Curation:
        """Itself, as ``CurationFile.latest`` is the content of the file."""
        return self

    @property
    def depends_on_day(self) -> bool:
        """Whether any pin has a period."""
        return any(entry.periods for entry in self.queries.values())

    @property
    def fingerprint(self) -> str:
        """A text that is equal for equal curations."""
        by_query = [sorted(entries.items(), key=lambda entry: entry[0]) for entries in (self.queries, self.redirects)]
        return repr((by_query, sorted(self.hidden), self.word_rules))


NO_CURATION = Curation()


def normalize_query(q: str) -> str:
    """Fold case, accents, white space and the punctuation at both ends, except in words such as C++ and .NET."""
    text = " ".join(without_accents(unicodedata.normalize("NFKC", clean(q)).casefold()).split())
    return text.lstrip(_LEADING).rstrip(_TRAILING) or text
