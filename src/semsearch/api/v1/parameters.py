"""What may be asked over HTTP? Query strings and bodies in, the requests of search out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.config import JsonDict

from semsearch.index import Filter
from semsearch.posts import LANGUAGE_TAG
from semsearch.search import Example, RelatedRequest, SearchRequest, SuggestRequest
from semsearch.search import requests as limits
from semsearch.search.requests import Mode, make_filter, make_recency


def _whole(value: object) -> object:
    """JSON knows one kind of number: 10.0 is the integer 10 (JSON Schema, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


SAYS_SOMETHING: JsonDict = {"pattern": r"[^\s\x00-\x1f\x7f-\x9f]"}
"""More than white space and control characters. Described here, and checked by search, which says it in words."""

_SPACE, _CONTROL = r"[ \t\n\r\u00a0\u3000]", r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_EXCLUSIONS = (
    rf'^({_SPACE}|(?<!\S)(?:-"[^"{_CONTROL}]+"|-“[^”{_CONTROL}]+”|"{_SPACE}+"|“{_SPACE}+”'
    rf"|-\.?[^\W\d_][^\s{_CONTROL}]*(?!\S)))*$"
)
"""Without control characters, which are gone when a query is read: they may join what stood apart."""
ASKS_SOMETHING: JsonDict = {**SAYS_SOMETHING, "not": {"pattern": _EXCLUSIONS}}
"""More than that, and more than what is to be left out, as ranking/syntax.py finds it."""

Count = Annotated[int, BeforeValidator(_whole)]
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Facet = Literal["tags", "authors", "language", "year"]
Text = Annotated[str, Field(max_length=200)]
Language = Annotated[Text, Field(json_schema_extra={"pattern": LANGUAGE_TAG})]
Values = Annotated[list[Text], Field(max_length=limits.MAX_VALUES)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Parameters(BaseModel):
    """A parameter that does not exist is an error: a filter with a slip in its name must not pass unfiltered."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _one_slip_is_enough(cls, given: Any) -> Any:
        """Each unknown name is an error of its own, and a body may have a million: the first says what is wrong."""
        if not isinstance(given, dict) or len(given) <= len(cls.model_fields):
            return given
        unknown = next(name for name in given if name not in cls.model_fields)
        return {name: value for name, value in given.items() if name in cls.model_fields or name == unknown}


class FilterParameters(_Parameters):
    """Which posts may be found."""

    tag: Values = Field(default=[], examples=[["mathematics"]])
    """Tags that a post must all have."""
    author: Values = Field(default=[], examples=[[]])
    """Authors that a post must all have."""
    language: Language | None = Field(default=None, examples=["en"])
    """`en` lets `en` and `en-GB` pass."""
    date_from: Day | None = Field(default=None, examples=["2021-01-01"])
    """The first day, included."""
    date_to: Day | None = Field(default=None, examples=["2026-12-31"])
    """The last day, included."""

    def to_filter(self) -> Filter:
        """Raises InvalidRequest."""
        return make_filter(
            tags=self.tag,
            authors=self.author,
            language=self.language,
            date_from=self.date_from,
            date_to=self.date_to,
        )


class SearchParameters(FilterParameters):
    """A question in plain words, and how to answer it."""

    q: str = Field(
        min_length=1,
        max_length=limits.MAX_QUERY_CHARACTERS,
        examples=["how do models learn mathematics?"],
        json_schema_extra=ASKS_SOMETHING,
    )
    """The question. Words "between quotation marks" must stand side by side in a post; -words must not be in it."""
    limit: Count = Field(default=10, ge=1, le=limits.MAX_LIMIT)
    """Hits at most."""
    offset: Count = Field(default=0, ge=0, le=limits.MAX_OFFSET)
    """Hits to pass over, for the next page."""
    mode: Mode = "hybrid"
    """By meaning and words, by meaning alone, or by words alone."""
    semantic_ratio: Share = 0.5
    """Hybrid only: 1 ranks by meaning alone, 0 by words alone."""
    min_confidence: Share = 0.0
    """Leaves out hits that are less sure."""
    facets: list[Facet] = Field(default=[], max_length=4, examples=[["tags", "year"]])
    """Count the values of these fields over all matching posts."""
    highlight: bool = True
    """Mark the words of the question in title, teaser and passage."""
    explain: bool = False
    """Show what each score is made of."""
    collapse: bool = True
    """Of near-duplicates, only the newest is a hit, and names the others."""
    recency_weight: float = Field(default=0.0, ge=0, le=limits.MAX_RECENCY_WEIGHT)
    """How much newer posts are lifted that are relevant, in deviations; 0 is off."""
    recency_scale: float = Field(default=365.0, ge=limits.MIN_RECENCY_SCALE, le=limits.MAX_RECENCY_SCALE)
    """Days before the origin at which a post is lifted by `recency_decay` of that."""
    recency_decay: float = Field(default=0.5, ge=limits.MIN_RECENCY_DECAY, le=limits.MAX_RECENCY_DECAY)
    """What is left of the lift after so many days."""
    recency_origin: Day | None = Field(default=None, examples=["2026-01-31"])
    """The day on which a post is new; today unless given."""

    def to_request(self) -> SearchRequest:
        """Raises InvalidRequest."""
        return SearchRequest(
            q=self.q,
            limit=self.limit,
            offset=self.offset,
            mode=self.mode,
            semantic_ratio=self.semantic_ratio,
            filter=self.to_filter(),
            min_confidence=self.min_confidence,
            facets=tuple(dict.fromkeys(self.facets)),
            highlight=self.highlight,
            explain=self.explain,
            collapse=self.collapse,
            recency=make_recency(self.recency_weight, self.recency_scale, self.recency_decay, self.recency_origin),
        )


class SearchBody(SearchParameters):
    """The parameters of a search as a JSON body."""

    model_config = ConfigDict(strict=True)  # JSON has types: "10" is no number there


class _RelatedParameters(_Parameters):
    limit: Count = Field(default=5, ge=1, le=limits.MAX_RELATED)
    """Hits at most."""
    diversity: Share = 0.3
    """0 lists the most related posts, however alike; towards 1, posts that differ from each other."""
    exclude: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=limits.MAX_EXCLUDED)
    """Ids of posts that are never listed, such as those read already."""
    exclude_linked: bool = False
    """Leaves out what an example links to already."""
    newer: bool = True
    """Whether posts may be listed that are newer than the newest example."""
    min_confidence: Share = 0.0
    """Leaves out hits that are less sure."""
    explain: bool = False
    """Show what each score is made of."""

    def _request(
        self, positive: tuple[Example, ...], negative: tuple[Example, ...], condition: Filter
    ) -> RelatedRequest:
        return RelatedRequest(
            positive=positive,
            negative=negative,
            limit=self.limit,
            diversity=self.diversity,
            exclude=self.exclude,
            exclude_linked=self.exclude_linked,
            newer=self.newer,
            filter=condition,
            min_confidence=self.min_confidence,
            explain=self.explain,
        )


class RelatedParameters(_RelatedParameters, FilterParameters):
    """How to choose the posts that belong beside one."""

    def to_request(self, post_id: str) -> RelatedRequest:
        """Raises InvalidRequest."""
        return self._request((Example(id=post_id),), (), self.to_filter())


class ExampleParameters(_Parameters):
    """A post of the index, or a text, such as a draft."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["id"]}, {"required": ["text"]}]})

    id: str = Field(default="", description="The id of a post.")
    text: str = Field(
        default="",
        min_length=1,
        max_length=limits.MAX_TEXT_CHARACTERS,
        json_schema_extra=SAYS_SOMETHING,
    )

    def to_example(self) -> Example:
        """Raises InvalidRequest."""
        return Example(**self.model_dump(exclude_unset=True))


Examples = Annotated[list[ExampleParameters], Field(max_length=limits.MAX_EXAMPLES)]


class RelatedBody(_RelatedParameters):
    """What the listed posts should be like and unlike, as a JSON body."""

    model_config = ConfigDict(strict=True)

    positive: Examples = Field(min_length=1, examples=[[{"id": "formal-math"}, {"text": "proofs by computer"}]])
    """Posts and texts that the list belongs beside."""
    negative: Examples = []
    """Posts and texts that it should be unlike."""
    filter: FilterParameters = FilterParameters()
    """Which posts may be listed."""

    def to_request(self) -> RelatedRequest:
        """Raises InvalidRequest."""
        return self._request(
            tuple(example.to_example() for example in self.positive),
            tuple(example.to_example() for example in self.negative),
            self.filter.to_filter(),
        )


class SuggestParameters(_Parameters):
    """The start of a question."""

    q: str = Field(
        min_length=1, max_length=limits.MAX_QUERY_CHARACTERS, examples=["solv"], json_schema_extra=SAYS_SOMETHING
    )
    """What was typed so far."""
    limit: Count = Field(default=5, ge=1, le=limits.MAX_SUGGESTIONS)
    """Completions at most."""

    def to_request(self) -> SuggestRequest:
        """Raises InvalidRequest."""
        return SuggestRequest(q=self.q, limit=self.limit)
