"""Filters: conditions on the metadata of posts.

Each filter field is declared once, in :class:`Filter`. From the declaration follow its column and mask (attributes.py),
its field and clause in the lexical index (lexical/), its HTTP parameter (api/v1/parameters.py), its command-line option
(cli/filter_options.py), its field on the search page (api/pages/search_form.py), and its entry in the filter of an API
key (api/auth/keyring.py). Two places repeat its name: :class:`FilterValues`,
for type checkers, and ``FILTERS`` in web/static/box.js; tests compare them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypedDict, Unpack, get_args

from semsearch.errors import InvalidRequest
from semsearch.plain_values import day_of, text_of, texts_of
from semsearch.posts import Post, language_ranges, normalized_language

MAX_VALUES = 100
"""Values of one filter field."""
_EPOCH = dt.date(1970, 1, 1)


# --- columns: the values of posts that filters and facets read --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeywordColumn:
    """Exact values of a post, any number of them."""

    name: str
    values: Callable[[Post], Iterable[str]]
    ignores_case: bool = False
    """Whether values that differ only in case are one value, in the spelling of most posts."""

    def key(self, value: str) -> str:
        """Return what the spellings of one value have in common."""
        return value.casefold() if self.ignores_case else value


@dataclass(frozen=True, slots=True)
class DayColumn:
    """A calendar day of a post, or None."""

    name: str
    value: Callable[[Post], dt.date | None]


TAGS = KeywordColumn("tags", lambda post: post.tags, ignores_case=True)
AUTHORS = KeywordColumn("authors", lambda post: post.authors, ignores_case=True)
LANGUAGE = KeywordColumn("language", lambda post: [post.language] if post.language else [], ignores_case=True)
LANGUAGE_RANGES = KeywordColumn("ranges", lambda post: language_ranges(post.language) if post.language else [])
YEAR = KeywordColumn("year", lambda post: [] if post.day is None else [f"{post.day.year:04}"])
DAY = DayColumn("day", lambda post: post.day)

Facet = Literal["tags", "authors", "language", "year"]
FACETS: tuple[Facet, ...] = get_args(Facet)
"""Columns whose values can be counted over the hits of a search."""


# --- rules: how a post is compared with the value of a filter field ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class HasAll:
    """The post has every one of the values; whether case matters is a property of the column."""

    column: KeywordColumn
    lexical_field: str

    def parse(self, parameter: str, value: Iterable[str]) -> tuple[str, ...]:
        """Check a value and convert it. Raises InvalidRequest."""
        values = texts_of(parameter, value)
        if len(values) > MAX_VALUES:
            raise InvalidRequest(parameter, f"there are more than {MAX_VALUES} values")
        return values

    def intersect(self, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one + other))


@dataclass(frozen=True, slots=True)
class InLanguage:
    """The post is in a language range: ``en`` accepts ``en`` and ``en-GB`` (RFC 4647, basic filtering)."""

    column: KeywordColumn
    lexical_field: str

    def parse(self, parameter: str, value: str | None) -> str | None:
        """Check a value and convert it. Raises InvalidRequest."""
        if value is None:
            return None
        text = text_of(parameter, value)
        if (language := normalized_language(text)) is None:
            raise InvalidRequest(parameter, f"{text[:40]!r} is not a BCP 47 tag such as en or pt-BR")
        return language

    def intersect(self, one: str, other: str) -> str:
        """The narrower range. Raises ContradictingFilters if neither contains the other."""
        wide, narrow = sorted((one, other), key=len)
        if wide.lower() not in language_ranges(narrow):
            raise ContradictingFilters
        return narrow


@dataclass(frozen=True, slots=True)
class NotBefore:
    """The post is dated this day or later; undated posts fail."""

    column: DayColumn
    lexical_field: str

    def parse(self, parameter: str, value: str | dt.date | None) -> dt.date | None:
        """Check a value and convert it. Raises InvalidRequest."""
        return day_of(parameter, value)

    def intersect(self, one: dt.date, other: dt.date) -> dt.date:
        return max(one, other)


@dataclass(frozen=True, slots=True)
class NotAfter:
    """The post is dated this day or earlier; undated posts fail."""

    column: DayColumn
    lexical_field: str

    def parse(self, parameter: str, value: str | dt.date | None) -> dt.date | None:
        """Check a value and convert it. Raises InvalidRequest."""
        return day_of(parameter, value)

    def intersect(self, one: dt.date, other: dt.date) -> dt.date:
        return min(one, other)


Rule = HasAll | InLanguage | NotBefore | NotAfter


class ContradictingFilters(Exception):
    """No post matches both of two values of a field."""


# --- the declaration --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FilterField:
    """What is declared of one filter field."""

    name: str
    """The attribute of Filter, and the keyword argument in Python."""
    parameter: str
    """The name over HTTP, on the command line (``--date-from``), in forms and in the keys file."""
    rule: Rule
    description: str
    caption: str
    """How the search page shows a chosen value, which takes the place of ``{}``."""
    example: Any = None


def _declare(parameter: str, rule: Rule, description: str, *, caption: str, example: Any) -> dict[str, Any]:
    return {
        "parameter": parameter,
        "rule": rule,
        "description": description,
        "caption": caption,
        "example": example,
    }


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that a post must all meet."""

    tags: tuple[str, ...] = field(
        default=(),
        metadata=_declare(
            "tag",
            HasAll(TAGS, "tag"),
            "Only posts with this tag. Repeat it for posts that have all of several tags.",
            caption="{}",
            example=["mathematics"],
        ),
    )
    authors: tuple[str, ...] = field(
        default=(),
        metadata=_declare(
            "author",
            HasAll(AUTHORS, "author"),
            "Only posts by this author. Repeat it for posts by all of several authors.",
            caption="by {}",
            example=[],
        ),
    )
    language: str | None = field(
        default=None,
        metadata=_declare(
            "language",
            InLanguage(LANGUAGE_RANGES, "language"),
            "Only posts in this language: en accepts en and en-GB.",
            caption="in the language {}",
            example="en",
        ),
    )
    date_from: dt.date | None = field(
        default=None,
        metadata=_declare(
            "date_from",
            NotBefore(DAY, "day"),
            "Only posts of this day or later.",
            caption="from {} on",
            example="2021-01-01",
        ),
    )
    date_to: dt.date | None = field(
        default=None,
        metadata=_declare(
            "date_to",
            NotAfter(DAY, "day"),
            "Only posts of this day or earlier.",
            caption="until {}",
            example="2026-12-31",
        ),
    )

    def __bool__(self) -> bool:
        """Return whether there is any condition."""
        return self != NO_FILTER

    def conditions(self) -> Iterator[tuple[FilterField, Any]]:
        """Yield each field that has a value, with its value."""
        for declared in FILTER_FIELDS:
            if (value := getattr(self, declared.name)) not in (None, ()):
                yield declared, value

    def parameters(self) -> dict[str, Any]:
        """Return the values that are set, by their names in requests and keys files."""
        return {declared.parameter: value for declared, value in self.conditions()}

    def intersect(self, other: Filter) -> Filter:
        """Return a filter that matches the posts that both filters match."""
        merged: dict[str, Any] = {}
        for declared in FILTER_FIELDS:
            one, another = getattr(self, declared.name), getattr(other, declared.name)
            if one is None or another is None:
                merged[declared.name] = another if one is None else one
                continue
            try:
                merged[declared.name] = declared.rule.intersect(one, another)
            except ContradictingFilters:
                return MATCH_NOTHING
        return Filter(**merged)


FILTER_FIELDS = tuple(FilterField(name=entry.name, **entry.metadata) for entry in fields(Filter))
KEYWORD_COLUMNS = (TAGS, AUTHORS, LANGUAGE, YEAR, LANGUAGE_RANGES)
"""The columns of filters and facets."""
DAY_COLUMNS = (DAY,)
NO_FILTER = Filter()
"""Matches every post."""
MATCH_NOTHING = Filter(date_from=dt.date.max, date_to=dt.date.min)
"""Matches no post."""


class FilterValues(TypedDict, total=False):
    """The keyword arguments that describe a filter; the same names as in :class:`Filter`. Days may be ISO 8601 text."""

    tags: Iterable[str]
    authors: Iterable[str]
    language: str | None
    date_from: str | dt.date | None
    date_to: str | dt.date | None


def make_filter(**values: Unpack[FilterValues]) -> Filter:
    """A filter from plain values. Raises InvalidRequest, which names the parameter, for a value that is not valid."""
    given: dict[str, Any] = dict(values)
    parsed: dict[str, Any] = {
        declared.name: declared.rule.parse(declared.parameter, given.pop(declared.name))
        for declared in FILTER_FIELDS
        if declared.name in given
    }
    if given:
        raise TypeError(f"there is no filter field {next(iter(given))!r}")
    return Filter(**parsed)


def filter_of_parameters(parameters: dict[str, Any]) -> Filter:
    """A filter from values by HTTP parameter; other names are passed over. Raises InvalidRequest."""
    values = {entry.name: parameters[entry.parameter] for entry in FILTER_FIELDS if entry.parameter in parameters}
    return make_filter(**values)


def day_number(day: dt.date) -> int:
    """Return the days since 1970-01-01, negative for earlier dates."""
    return (day - _EPOCH).days
