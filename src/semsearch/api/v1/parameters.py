"""The parameters of /v1: Pydantic models of query strings and bodies, converted to the requests of ``search``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model, model_validator
from pydantic.config import JsonDict

from semsearch.index import Filter
from semsearch.index.filters import (
    FILTER_FIELDS,
    MAX_VALUES,
    Facet,
    FilterField,
    HasAll,
    InLanguage,
    NotAfter,
    NotBefore,
    filter_of_parameters,
)
from semsearch.posts import LANGUAGE_TAG
from semsearch.search import Example, RelatedRequest, SearchRequest, SuggestRequest
from semsearch.search import requests as limits
from semsearch.search.requests import Mode, make_recency


def _integer(value: object) -> object:
    """Convert 10.0 to 10: JSON Schema counts both as integers (section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


NOT_BLANK: JsonDict = {"pattern": r"[^\s\x00-\x1f\x7f-\x9f]"}
"""A character other than white space and control characters. For the description only: ``search`` does the check, with
a better message."""

_SPACE, _CONTROL = r"[ \t\n\r\u00a0\u3000]", r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_EXCLUSIONS = (
    rf'^({_SPACE}|(?<!\S)(?:-"[^"{_CONTROL}]+"|-“[^”{_CONTROL}]+”|"{_SPACE}+"|“{_SPACE}+”'
    rf"|-\.?[^\W\d_][^\s{_CONTROL}]*(?!\S)))*$"
)
"""Matches a query of nothing but exclusions. Control characters are left out of it: cleaning removes them, and what is
left may join into other words."""
NOT_ONLY_EXCLUSIONS: JsonDict = {**NOT_BLANK, "not": {"pattern": _EXCLUSIONS}}
"""Not blank, and with something to search for besides the exclusions, as ranking/syntax.py parses them."""

Count = Annotated[int, BeforeValidator(_integer)]
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Text = Annotated[str, Field(max_length=200)]
Language = Annotated[Text, Field(json_schema_extra={"pattern": LANGUAGE_TAG})]
Values = Annotated[list[Text], Field(max_length=MAX_VALUES)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Parameters(BaseModel):
    """Unknown parameters are errors: a filter with a misspelt name must not return unfiltered posts."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _keep_first_unknown_name(cls, given: Any) -> Any:
        """Drop all unknown names but the first: each would be an error of its own, and a body may have a million."""
        if not isinstance(given, dict) or len(given) <= len(cls.model_fields):
            return given
        unknown = next(name for name in given if name not in cls.model_fields)
        return {name: value for name, value in given.items() if name in cls.model_fields or name == unknown}


def _filter_parameter(declared: FilterField) -> tuple[Any, Any]:
    """Return type and description of the parameter of one filter field."""
    by_rule: dict[type, tuple[Any, Any]] = {
        HasAll: (Values, []),
        InLanguage: (Language | None, None),
        NotBefore: (Day | None, None),
        NotAfter: (Day | None, None),
    }
    annotation, default = by_rule[type(declared.rule)]
    return annotation, Field(default=default, description=declared.description, examples=[declared.example])


_fields: dict[str, Any] = {declared.parameter: _filter_parameter(declared) for declared in FILTER_FIELDS}
_FilterFields: Any = create_model("_FilterFields", __base__=_Parameters, **_fields)


class FilterParameters(_FilterFields):  # type: ignore[misc]
    """Conditions that a post must meet."""

    def to_filter(self) -> Filter:
        """Convert to a filter. Raises InvalidRequest."""
        return filter_of_parameters(dict(self))


class SearchParameters(FilterParameters):
    """A query and its options."""

    q: str = Field(
        min_length=1,
        max_length=limits.MAX_QUERY_CHARACTERS,
        examples=["how do models learn mathematics?"],
        json_schema_extra=NOT_ONLY_EXCLUSIONS,
    )
    """The query. A post must contain a "phrase in quotation marks", and must not contain a -word with a minus."""
    limit: Count = Field(default=10, ge=1, le=limits.MAX_LIMIT)
    """Maximum number of hits."""
    offset: Count = Field(default=0, ge=0, le=limits.MAX_OFFSET)
    """Number of hits to skip, for paging."""
    mode: Mode = "hybrid"
    """`semantic` compares meaning, `lexical` compares words (BM25), `hybrid` combines both."""
    semantic_ratio: Share = 0.5
    """Weight of the semantic score in `hybrid` mode: 1 ranks by meaning alone, 0 by words alone."""
    min_confidence: Share = 0.0
    """Leave out hits with a lower confidence."""
    facets: list[Facet] = Field(default=[], max_length=4, examples=[["tags", "year"]])
    """Count the values of these fields over all matching posts, or over the hits of a confidence."""
    facet_confidence: Share = 0.0
    """Count facets only over hits of at least this confidence, or of `min_confidence` if that is higher. With 0 for
    both, all matching posts are counted: in `semantic` and `hybrid` mode, all that pass the filter."""
    highlight: bool = True
    """Mark the words of the query in title, teaser and passage."""
    explain: bool = False
    """Return the parts of each score."""
    collapse: bool = True
    """Return only the newest post of a group of near-duplicates; it lists the others."""
    page_language: Language | None = Field(default=None, examples=["de"])
    """Language of the page on which the query is asked. If posts are in several languages, answers in the language of
    the query come first, or in this one if that of the query cannot be told. `language` hides the others."""
    recency_weight: float = Field(default=0.0, ge=0, le=limits.MAX_RECENCY_WEIGHT)
    """How much recency may add to a score, in standard deviations of the background; 0 turns it off."""
    recency_scale: float = Field(default=365.0, ge=limits.MIN_RECENCY_SCALE, le=limits.MAX_RECENCY_SCALE)
    """Days before the origin after which the boost has fallen to `recency_decay`."""
    recency_decay: float = Field(default=0.5, ge=limits.MIN_RECENCY_DECAY, le=limits.MAX_RECENCY_DECAY)
    """Share of the boost that is left after `recency_scale` days; it decays exponentially."""
    recency_origin: Day | None = Field(default=None, examples=["2026-01-31"])
    """Posts of this day and later get the full boost. Default: today."""

    def to_request(self) -> SearchRequest:
        """Convert to a request of ``search``. Raises InvalidRequest."""
        return SearchRequest(
            q=self.q,
            limit=self.limit,
            offset=self.offset,
            mode=self.mode,
            semantic_ratio=self.semantic_ratio,
            filter=self.to_filter(),
            min_confidence=self.min_confidence,
            facets=tuple(dict.fromkeys(self.facets)),
            facet_confidence=self.facet_confidence,
            highlight=self.highlight,
            explain=self.explain,
            collapse=self.collapse,
            page_language=self.page_language,
            recency=make_recency(self.recency_weight, self.recency_scale, self.recency_decay, self.recency_origin),
        )


class SearchBody(SearchParameters):
    """The parameters of a search, as a JSON body."""

    model_config = ConfigDict(strict=True)  # JSON has types: the string "10" is not a number


class _RelatedParameters(_Parameters):
    limit: Count = Field(default=5, ge=1, le=limits.MAX_RELATED)
    """Maximum number of hits."""
    diversity: Share = 0.3
    """0 lists the most related posts; towards 1, the listed posts differ more from each other (MMR)."""
    exclude: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=limits.MAX_EXCLUDED)
    """Ids of posts to leave out, such as those the visitor has read."""
    exclude_linked: bool = False
    """Leave out posts that an example links to."""
    newer: bool = True
    """Allow posts newer than the newest example."""
    min_confidence: Share = 0.3
    """Leave out hits with a lower confidence; 0 leaves out none."""
    explain: bool = False
    """Return the parts of each score."""

    def _request(
        self, positive: tuple[Example, ...], negative: tuple[Example, ...], post_filter: Filter
    ) -> RelatedRequest:
        return RelatedRequest(
            positive=positive,
            negative=negative,
            limit=self.limit,
            diversity=self.diversity,
            exclude=self.exclude,
            exclude_linked=self.exclude_linked,
            newer=self.newer,
            filter=post_filter,
            min_confidence=self.min_confidence,
            explain=self.explain,
        )


class RelatedParameters(_RelatedParameters, FilterParameters):
    """The options of the related posts of one post."""

    def to_request(self, post_id: str) -> RelatedRequest:
        """Convert to a request of ``search``. Raises InvalidRequest."""
        return self._request((Example(id=post_id),), (), self.to_filter())


class ExampleParameters(_Parameters):
    """A post of the index, or a text such as a draft."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["id"]}, {"required": ["text"]}]})

    id: str = Field(default="", description="The id of a post.")
    text: str = Field(
        default="",
        description="A text that is not in the index, such as a draft.",
        min_length=1,
        max_length=limits.MAX_TEXT_CHARACTERS,
        json_schema_extra=NOT_BLANK,
    )

    def to_example(self) -> Example:
        """Convert to an example of ``search``. Raises InvalidRequest."""
        return Example(**self.model_dump(exclude_unset=True))


Examples = Annotated[list[ExampleParameters], Field(max_length=limits.MAX_EXAMPLES)]


class RelatedBody(_RelatedParameters):
    """Examples that the listed posts should resemble or differ from, and options, as a JSON body."""

    model_config = ConfigDict(strict=True)

    positive: Examples = Field(min_length=1, examples=[[{"id": "formal-math"}, {"text": "proofs by computer"}]])
    """Posts and texts that the listed posts should resemble."""
    negative: Examples = []
    """Posts and texts that the listed posts should differ from."""
    filter: FilterParameters = FilterParameters()
    """Conditions that a listed post must meet."""

    def to_request(self) -> RelatedRequest:
        """Convert to a request of ``search``. Raises InvalidRequest."""
        return self._request(
            tuple(example.to_example() for example in self.positive),
            tuple(example.to_example() for example in self.negative),
            self.filter.to_filter(),
        )


class SuggestParameters(_Parameters):
    """What the visitor has typed so far."""

    q: str = Field(min_length=1, max_length=limits.MAX_QUERY_CHARACTERS, examples=["solv"], json_schema_extra=NOT_BLANK)
    """What the visitor has typed so far. The last word may be incomplete."""
    limit: Count = Field(default=5, ge=1, le=limits.MAX_SUGGESTIONS)
    """Maximum number of suggestions."""

    def to_request(self) -> SuggestRequest:
        """Convert to a request of ``search``. Raises InvalidRequest."""
        return SuggestRequest(q=self.q, limit=self.limit)
