"""What may be asked? Every parameter, its default and its range, checked once for Python, command line and HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from semsearch.errors import InvalidRequest
from semsearch.index import NO_FILTER, Filter
from semsearch.index.filters import FACETS
from semsearch.posts import is_language
from semsearch.ranking.syntax import parse
from semsearch.ranking.weights import Weights
from semsearch.text import clean

Mode = Literal["hybrid", "semantic", "lexical"]
MODES: tuple[Mode, ...] = get_args(Mode)

MAX_QUERY_CHARACTERS = 512
MAX_LIMIT = 100
MAX_OFFSET = 1_000
MAX_RELATED = 50
MAX_SUGGESTIONS = 20
MAX_VALUES = 100
MAX_EXAMPLES = 50
MAX_EXCLUDED = 1_000
MAX_TEXT_CHARACTERS = 20_000
MAX_RECENCY_WEIGHT = 10.0
MIN_RECENCY_SCALE, MAX_RECENCY_SCALE = 1.0, 36_500.0
MIN_RECENCY_DECAY, MAX_RECENCY_DECAY = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class Recency:
    """How much newer posts are lifted, those that are relevant. Raises InvalidRequest, which names the parameter."""

    weight: float = 0.0
    """Deviations that the surest hit gains if it is of the day of origin, 0 to 10; 0 is off."""
    scale: float = 365.0
    """Days before the origin at which a post gains ``decay`` of that."""
    decay: float = 0.5
    """Between 0 and 1: the gain falls exponentially with age."""
    origin: dt.date | None = None
    """The day on which, and after which, a post is new; today unless given."""

    def __post_init__(self) -> None:
        _in_range("recency_weight", self.weight, 0, MAX_RECENCY_WEIGHT)
        _in_range("recency_scale", self.scale, MIN_RECENCY_SCALE, MAX_RECENCY_SCALE)
        _in_range("recency_decay", self.decay, MIN_RECENCY_DECAY, MAX_RECENCY_DECAY)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question in plain words. Raises InvalidRequest, which names the parameter, for a value out of range."""

    q: str
    """1 to 512 characters, not counting white space at the ends and control characters. Words "between quotation marks"
    must stand side by side in a post, and -words with a minus must not be in it; they are not all there may be."""
    limit: int = 10
    offset: int = 0
    mode: Mode = "hybrid"
    semantic_ratio: float = 0.5
    """Hybrid only: 1 ranks by meaning alone, 0 by words alone."""
    filter: Filter = NO_FILTER
    min_confidence: float = 0.0
    facets: tuple[str, ...] = ()
    """Fields whose values are counted over all matching posts."""
    facet_confidence: float = 0.0
    """Counts them over the posts found that are at least so sure, or pinned. By meaning every post matches, and a count
    of all says nothing of the question; with 0.5 it is that of its answers, and choosing a value leaves just those."""
    highlight: bool = True
    explain: bool = False
    collapse: bool = True
    """Of near-duplicates, only the newest is a hit, and names the others."""
    recency: Recency = field(default_factory=Recency)

    def __post_init__(self) -> None:
        object.__setattr__(self, "q", _query(self.q))
        if not parse(self.q).text:
            raise InvalidRequest("q", "it says only what to leave out; add a word to look for")
        _whole_number("limit", self.limit, 1, MAX_LIMIT)
        _whole_number("offset", self.offset, 0, MAX_OFFSET)
        if self.mode not in MODES:
            raise InvalidRequest("mode", f"{self.mode!r} is none of {', '.join(MODES)}")
        _in_range("semantic_ratio", self.semantic_ratio, 0, 1)
        _in_range("min_confidence", self.min_confidence, 0, 1)
        _in_range("facet_confidence", self.facet_confidence, 0, 1)
        for facet in self.facets:
            if facet not in FACETS:
                raise InvalidRequest("facets", f"{facet!r} is none of {', '.join(FACETS)}")


@dataclass(frozen=True, slots=True)
class Example:
    """What a related list should be like, or unlike: a post by its id, or a text. One of the two."""

    id: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if (self.id is None) == (self.text is None):
            raise InvalidRequest("text", "each example has either an id or a text")
        if self.id is not None:
            object.__setattr__(self, "id", text_of("id", self.id))
        if self.text is not None:
            object.__setattr__(self, "text", text_of("text", self.text))
            if not self.text:
                raise InvalidRequest("text", "the text of an example is empty")
            if len(self.text) > MAX_TEXT_CHARACTERS:
                raise InvalidRequest("text", f"an example has at most {MAX_TEXT_CHARACTERS} characters")


@dataclass(frozen=True, slots=True)
class RelatedRequest:
    """Posts that belong beside others. Raises InvalidRequest, which names the parameter."""

    positive: tuple[Example, ...]
    negative: tuple[Example, ...] = ()
    limit: int = 5
    diversity: float = 0.3
    """0 lists the most related posts, however alike; towards 1, posts that differ from each other."""
    exclude: Sequence[str] = ()
    """Ids never listed, nor their near-duplicates and translations; unknown ones do no harm."""
    exclude_linked: bool = False
    """Leaves out what an example links to already, in its teaser or body."""
    newer: bool = True
    """Whether posts may be listed that are newer than the newest example."""
    filter: Filter = NO_FILTER
    min_confidence: float = 0.0
    explain: bool = False
    within: Filter = NO_FILTER
    """What there is for who asks: a post outside of it is neither listed, nor an example, nor excluded."""

    def __post_init__(self) -> None:
        if not self.positive:
            raise InvalidRequest("positive", "at least one post or text is needed")
        if len(self.positive) + len(self.negative) > MAX_EXAMPLES:
            raise InvalidRequest("positive", f"at most {MAX_EXAMPLES} examples, positive and negative together")
        object.__setattr__(self, "exclude", texts_of("exclude", self.exclude))
        if len(self.exclude) > MAX_EXCLUDED:
            raise InvalidRequest("exclude", f"at most {MAX_EXCLUDED} ids")
        _whole_number("limit", self.limit, 1, MAX_RELATED)
        _in_range("diversity", self.diversity, 0, 1)
        _in_range("min_confidence", self.min_confidence, 0, 1)


@dataclass(frozen=True, slots=True)
class SuggestRequest:
    """The start of a question."""

    q: str
    limit: int = 5
    filter: Filter = NO_FILTER

    def __post_init__(self) -> None:
        object.__setattr__(self, "q", _query(self.q))
        _whole_number("limit", self.limit, 1, MAX_SUGGESTIONS)


def make_filter(
    *,
    tags: Iterable[str] = (),
    authors: Iterable[str] = (),
    language: str | None = None,
    date_from: str | dt.date | None = None,
    date_to: str | dt.date | None = None,
) -> Filter:
    """A filter from plain values; dates as ISO 8601 days. Raises InvalidRequest."""
    chosen = Filter(
        tags=texts_of("tag", tags),
        authors=texts_of("author", authors),
        language=None if language is None else text_of("language", language),
        date_from=day_of("date_from", date_from),
        date_to=day_of("date_to", date_to),
    )
    for name, values in (("tag", chosen.tags), ("author", chosen.authors)):
        if len(values) > MAX_VALUES:
            raise InvalidRequest(name, f"at most {MAX_VALUES} values")
    if chosen.language is not None and not is_language(chosen.language):
        raise InvalidRequest("language", f"{chosen.language[:40]!r} is not a BCP 47 tag such as en or pt-BR")
    return chosen


def make_recency(
    weight: float = 0.0, scale: float = 365.0, decay: float = 0.5, origin: str | dt.date | None = None
) -> Recency:
    """A recency boost from plain values; the origin as an ISO 8601 day. Raises InvalidRequest."""
    return Recency(weight=weight, scale=scale, decay=decay, origin=day_of("recency_origin", origin))


def examples_of(name: str, post_ids: Iterable[str], texts: Iterable[str]) -> tuple[Example, ...]:
    """Posts, then texts, as examples. Raises InvalidRequest."""
    return (
        *(Example(id=post_id) for post_id in texts_of(name, post_ids)),
        *(Example(text=text) for text in texts_of(name, texts)),
    )


def weights_of(mode: Mode, semantic_ratio: float = 0.5) -> Weights:
    """What meaning and words count; the ratio is for hybrid alone."""
    return Weights.of_ratio({"semantic": 1.0, "lexical": 0.0}.get(mode, semantic_ratio))


def text_of(name: str, value: object) -> str:
    """The text, cleaned as the texts and ids of posts are. Raises InvalidRequest for anything else."""
    if not isinstance(value, str):
        raise InvalidRequest(name, f"{value!r:.40} is not text")
    return clean(value)


def texts_of(name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Several texts, cleaned. A single one is refused: its characters would be taken for the texts."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidRequest(name, f"{values!r:.40} is not a list of texts")
    return tuple(text_of(name, value) for value in values)


def _query(text: str) -> str:
    cleaned = text_of("q", text)
    if not cleaned:
        raise InvalidRequest("q", "the query is empty; write a few words")
    if len(cleaned) > MAX_QUERY_CHARACTERS:
        raise InvalidRequest("q", f"the query has {len(cleaned)} characters, the limit is {MAX_QUERY_CHARACTERS}")
    return cleaned


def _whole_number(name: str, value: int, least: int, most: int) -> None:
    if not isinstance(value, int):
        raise InvalidRequest(name, f"{value!r:.40} is not a whole number")
    _in_range(name, value, least, most)


def _in_range(name: str, value: float, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest(name, f"{value!r:.40} is not a number")
    if not least <= value <= most:  # also refuses NaN
        raise InvalidRequest(name, f"{value} is not between {least} and {most}")


def day_of(name: str, value: str | dt.date | None) -> dt.date | None:
    """A day from an ISO 8601 text, or as it is. Raises InvalidRequest."""
    if isinstance(value, dt.datetime):  # is a date too, but cannot be compared with one
        return value.date()
    if value is None or isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(name, f"{value!r:.40} is not a day such as 2026-01-31") from error
