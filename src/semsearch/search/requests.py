"""Requests: every parameter, its default and its range. Python, command line and HTTP all check requests here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from semsearch.errors import InvalidRequest
from semsearch.index import NO_FILTER, Filter
from semsearch.index.filters import FACETS
from semsearch.plain_values import day_of, shown, text_of, texts_of
from semsearch.posts import normalized_language
from semsearch.ranking.syntax import parse
from semsearch.ranking.weights import Weights

Mode = Literal["hybrid", "semantic", "lexical"]
MODES: tuple[Mode, ...] = get_args(Mode)

MAX_QUERY_CHARACTERS = 2_000
MAX_LIMIT = 100
MAX_OFFSET = 1_000
MAX_RELATED = 50
MAX_SUGGESTIONS = 20
MAX_EXAMPLES = 50
MAX_EXCLUDED = 1_000
MAX_TEXT_CHARACTERS = 20_000
_EXPENSIVE_COST = 5
_EXAMPLES_PER_COST, _CHARACTERS_PER_COST, _HITS_PER_COST = 5, 400, 50
MAX_RECENCY_WEIGHT = 10.0
MIN_RECENCY_SCALE, MAX_RECENCY_SCALE = 1.0, 36_500.0
MIN_RECENCY_DECAY, MAX_RECENCY_DECAY = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class Recency:
    """The recency boost: relevant posts get a higher score if they are recent.

    The boost is ``weight * freshness * confidence``. Freshness is 1 from ``origin`` on and falls exponentially with age
    before it. Raises InvalidRequest, which names the parameter.
    """

    weight: float = 0.0
    """Standard deviations added to the score of a hit of confidence 1 and freshness 1, 0 to 10; 0 is no boost."""
    scale: float = 365.0
    """Age in days, counted from the origin, at which the freshness is ``decay``; 1 to 36,500."""
    decay: float = 0.5
    """Freshness at ``scale`` days, 0.01 to 0.99."""
    origin: dt.date | None = None
    """The day from which on freshness is 1; None for today (UTC)."""

    def __post_init__(self) -> None:
        _in_range("recency_weight", self.weight, 0, MAX_RECENCY_WEIGHT)
        _in_range("recency_scale", self.scale, MIN_RECENCY_SCALE, MAX_RECENCY_SCALE)
        _in_range("recency_decay", self.decay, MIN_RECENCY_DECAY, MAX_RECENCY_DECAY)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search. Raises InvalidRequest, which names the parameter, for an invalid value."""

    q: str
    """The query, 1 to 2,000 characters after removing control characters and surrounding white space. A post must
    contain "phrases in quotation marks" and must not contain -words with a minus; a query of exclusions alone is
    invalid."""
    limit: int = 10
    """Number of hits per page, 1 to 100."""
    offset: int = 0
    """Number of hits before the page, 0 to 1,000."""
    mode: Mode = "hybrid"
    """``hybrid``, ``semantic`` (by embedding) or ``lexical`` (by terms)."""
    semantic_ratio: float = 0.5
    """Weight of the semantic part in hybrid mode, 0 (lexical only) to 1 (semantic only)."""
    filter: Filter = NO_FILTER
    """Only posts that match this filter are hits."""
    min_confidence: float = 0.0
    """Lowest confidence of a hit, 0 to 1. Pinned posts are always hits."""
    facets: tuple[str, ...] = ()
    """Facets to count over the matching posts: ``tags``, ``authors``, ``language`` or ``year``."""
    facet_confidence: float = 0.0
    """Count facets only over hits of at least this confidence, 0 to 1, or of ``min_confidence`` if that is higher, and
    pinned posts. With 0 for both, all matching posts are counted, which in the semantic and hybrid modes are all posts
    of the corpus that pass the filter."""
    highlight: bool = True
    """Whether hits have highlights."""
    explain: bool = False
    """Whether hits have explanations of their scores."""
    collapse: bool = True
    """Whether one near-duplicate represents the others, which are listed in its ``duplicates``."""
    recency: Recency = field(default_factory=Recency)
    """The recency boost; off by default."""
    page_language: str | None = None
    """BCP 47 tag of the language of the page on which the query is asked. If the corpus has several languages, answers
    prefer the language of the query, and this one if that cannot be told."""
    visibility: Filter = NO_FILTER
    """The posts that the client may see, which ``filter`` is restricted to. The values of other posts are unknown."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "q", _query(self.q))
        if not parse(self.q).text:
            raise InvalidRequest("q", "the query has only exclusions; add a word to search for")
        object.__setattr__(self, "page_language", _language("page_language", self.page_language))
        _whole_number("limit", self.limit, 1, MAX_LIMIT)
        _whole_number("offset", self.offset, 0, MAX_OFFSET)
        if self.mode not in MODES:
            raise InvalidRequest("mode", f"{shown(self.mode)} is not one of {', '.join(MODES)}")
        _in_range("semantic_ratio", self.semantic_ratio, 0, 1)
        _in_range("min_confidence", self.min_confidence, 0, 1)
        _in_range("facet_confidence", self.facet_confidence, 0, 1)
        for facet in self.facets:
            if facet not in FACETS:
                raise InvalidRequest("facets", f"{shown(facet)} is not one of {', '.join(FACETS)}")

    @property
    def cost(self) -> int:
        """How many searches for ten hits of a short query take about as long as this one, at least 1."""
        length = len(self.q) // _CHARACTERS_PER_COST + self.limit // _HITS_PER_COST
        return 1 + (2 if self.explain else 1) * length

    @property
    def is_expensive(self) -> bool:
        """Whether a service runs it apart from others, so that they need not wait for it."""
        return self.cost >= _EXPENSIVE_COST


@dataclass(frozen=True, slots=True)
class Example:
    """An example for related posts: a post, given by its id, or a text.

    Raises InvalidRequest unless exactly one of the two is given.
    """

    id: str | None = None
    """The id of a post of the index."""
    text: str | None = None
    """Plain text, 1 to 20,000 characters."""

    def __post_init__(self) -> None:
        if (self.id is None) == (self.text is None):
            raise InvalidRequest("text", "an example has either an id or a text")
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
    """A request for related posts. Raises InvalidRequest, which names the parameter, for an invalid value."""

    positive: tuple[Example, ...]
    """Examples that the posts should be related to, 1 to 50 together with ``negative``. Their texts have at most 20,000
    characters together."""
    negative: tuple[Example, ...] = ()
    """Examples that the posts should not be related to."""
    limit: int = 5
    """Number of posts, 1 to 50."""
    diversity: float = 0.3
    """Diversification of the list (MMR), 0 (by relatedness alone) to 1 (by difference from the other posts alone)."""
    exclude: Sequence[str] = ()
    """Ids of at most 1,000 posts that are not listed, nor their near-duplicates and translations. Unknown ids are
    ignored."""
    exclude_linked: bool = False
    """Whether to leave out the posts that a positive example links to in its teaser or body."""
    newer: bool = True
    """Whether to list posts that are newer than the newest positive example."""
    filter: Filter = NO_FILTER
    """The condition that listed posts must meet."""
    min_confidence: float = 0.3
    """Lowest confidence of a listed post, 0 to 1. With 0, posts are listed however little they have in common."""
    explain: bool = False
    """Whether hits have explanations of their scores."""
    visibility: Filter = NO_FILTER
    """The posts that the client may see. Others count as unknown: as example, in ``exclude``, and in the list."""

    def __post_init__(self) -> None:
        if not self.positive:
            raise InvalidRequest("positive", "at least one post or text is required")
        if len(self.positive) + len(self.negative) > MAX_EXAMPLES:
            raise InvalidRequest(
                "positive", f"there are more than {MAX_EXAMPLES} examples, positive and negative together"
            )
        if self._characters > MAX_TEXT_CHARACTERS:
            raise InvalidRequest(
                "positive",
                f"the texts have {self._characters:,} characters together, the limit is {MAX_TEXT_CHARACTERS:,}",
            )
        object.__setattr__(self, "exclude", texts_of("exclude", self.exclude))
        if len(self.exclude) > MAX_EXCLUDED:
            raise InvalidRequest("exclude", f"there are more than {MAX_EXCLUDED} ids")
        _whole_number("limit", self.limit, 1, MAX_RELATED)
        _in_range("diversity", self.diversity, 0, 1)
        _in_range("min_confidence", self.min_confidence, 0, 1)

    @property
    def cost(self) -> int:
        """How many requests for the related posts of one post take about as long as this one, at least 1."""
        examples = len(self.positive) + len(self.negative)
        return 1 + examples // _EXAMPLES_PER_COST + self._characters // _CHARACTERS_PER_COST

    @property
    def is_expensive(self) -> bool:
        """Whether a service runs it apart from others, so that they need not wait for it. A text must be encoded."""
        return self._characters > 0 or self.cost >= _EXPENSIVE_COST

    @property
    def _characters(self) -> int:
        return sum(len(example.text or "") for example in (*self.positive, *self.negative))


@dataclass(frozen=True, slots=True)
class SuggestRequest:
    """A request for completions. Raises InvalidRequest, which names the parameter, for an invalid value."""

    q: str
    """The start of a query, 1 to 2,000 characters after removing control characters and surrounding white space."""
    limit: int = 5
    """Number of completions, 1 to 20."""
    filter: Filter = NO_FILTER
    """The condition that the completed posts must meet."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "q", _query(self.q))
        _whole_number("limit", self.limit, 1, MAX_SUGGESTIONS)


def make_recency(
    weight: float = 0.0, scale: float = 365.0, decay: float = 0.5, origin: str | dt.date | None = None
) -> Recency:
    """Make a recency boost from plain values; the origin may be an ISO 8601 day. Raises InvalidRequest."""
    return Recency(weight=weight, scale=scale, decay=decay, origin=day_of("recency_origin", origin))


def examples_of(name: str, post_ids: Iterable[str], texts: Iterable[str]) -> tuple[Example, ...]:
    """Make examples of posts, then of texts. ``name``: the parameter, for messages. Raises InvalidRequest."""
    return (
        *(Example(id=post_id) for post_id in texts_of(name, post_ids)),
        *(Example(text=text) for text in texts_of(name, texts)),
    )


def weights_of(mode: Mode, semantic_ratio: float = 0.5) -> Weights:
    """The weights of the semantic and lexical parts. ``semantic_ratio``, 0 to 1, applies to hybrid mode only."""
    return Weights.of_ratio({"semantic": 1.0, "lexical": 0.0}.get(mode, semantic_ratio))


def _query(text: str) -> str:
    cleaned = text_of("q", text)
    if not cleaned:
        raise InvalidRequest("q", "the query is empty; write a few words")
    if len(cleaned) > MAX_QUERY_CHARACTERS:
        raise InvalidRequest("q", f"the query has {len(cleaned)} characters, the limit is {MAX_QUERY_CHARACTERS}")
    return cleaned


def _language(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    text = text_of(name, value)
    if (language := normalized_language(text)) is None:
        raise InvalidRequest(name, f"{text[:40]!r} is not a BCP 47 tag such as en or pt-BR")
    return language


def _whole_number(name: str, value: int, minimum: int, maximum: int) -> None:
    if not isinstance(value, int):
        raise InvalidRequest(name, f"{shown(value)} is not a whole number")
    _in_range(name, value, minimum, maximum)


def _in_range(name: str, value: float, minimum: float, maximum: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest(name, f"{shown(value)} is not a number")
    if not minimum <= value <= maximum:  # also refuses NaN
        raise InvalidRequest(name, f"{value} is not between {minimum} and {maximum}")
