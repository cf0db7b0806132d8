"""What comes back over HTTP? The answers as they are described in /openapi.json; search makes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Range = Annotated[
    tuple[int, int], Field(description="`[start, end)` in Unicode code points over the plain text.", examples=[[0, 7]])
]


class _Answer(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class PassageSchema(_Answer):
    """The part of a post that answers best."""

    field: Literal["teaser", "body"]
    start: int
    """Where it starts in the field, in code points."""
    end: int
    text: str


class SemanticPartSchema(_Answer):
    """Likeness in meaning, as cosines, and the background that it stands out from."""

    whole: float
    """The question against title and teaser."""
    passage: float
    """The question against the best sentence."""
    background_mean: float
    background_deviation: float


class WordShareSchema(_Answer):
    """What a word adds to the BM25 of a post, by one of the fields it stands in."""

    word: str
    """As it was typed."""
    term: str
    """As it was found."""
    field: Literal["title", "tags", "teaser", "authors", "body"]
    frequency: int
    bm25: float


class LexicalPartSchema(_Answer):
    """Words in common, one by one."""

    words: list[WordShareSchema]
    full: float
    """The BM25 that is worth three deviations for this question."""


class RecencyPartSchema(_Answer):
    """What a post gains by being new: the product of the three."""

    weight: float
    freshness: float
    confidence: float


class RerankingPartSchema(_Answer):
    """What a second stage made of a hit: its relevance, spread over the range of scores that it was to reorder."""

    relevance: float
    lowest: float
    highest: float


class ExplanationSchema(_Answer):
    """The parts that the score of a search hit is computed from."""

    semantic: SemanticPartSchema | None
    lexical: LexicalPartSchema | None
    semantic_weight: float
    lexical_weight: float
    recency: RecencyPartSchema | None
    reranking: RerankingPartSchema | None
    """Takes the place of the sum of the others."""
    score: float
    """The weighted sum of the parts, unless the post was reranked."""


class RelatedExplanationSchema(_Answer):
    """The parts that the score of a related post is computed from; the mean of several examples."""

    meaning: float
    """Likeness in meaning, in units: 0 is usual for posts at random, 1 for the closest post to another."""
    words: float
    """Words in common, in the same units."""
    time: float
    """1 for posts of one day, a third for a year between them; worth 0.5."""
    tags: float
    """Tags in common, 0 to 1, rare ones more; worth 0.5."""
    authors: float
    """The same of authors; worth 0.5."""
    series: float
    """1 for two parts of one series; worth 0.5."""
    crowd: float
    """How much more than usual is close to the post; costs 0.25 a unit."""
    unlike: float
    """Likeness to negative examples, by meaning, words, tags and authors; costs half."""
    score: float


class ReasonSchema(_Answer):
    """Something that two related posts have in common."""

    kind: Literal["words", "tags", "authors", "series", "sentences", "newer"]
    values: list[str]
    """At most three: words, tags or authors of both; the name of a series; two sentences that match, the first that of
    the example; the day of a newer post."""


class CopySchema(_Answer):
    """A near-duplicate of a hit."""

    id: str
    title: str
    url: str | None
    date: str | None


class HitSchema(_Answer):
    """A post that was found."""

    id: str
    title: str
    teaser: str
    url: str | None
    date: str | None
    """ISO 8601."""
    tags: list[str]
    authors: list[str]
    score: float
    """Orders hits; higher is better."""
    confidence: float = Field(ge=0, le=1)
    """How surely this is no chance."""
    passage: PassageSchema | None
    highlights: dict[Literal["title", "teaser", "passage"], list[Range]]
    """Where words of the question stand; of a hit that has none, the sentence that answers best."""
    pinned: bool
    """An editor put it there."""
    duplicates: list[CopySchema]
    """Near-duplicates that the hit stands for."""
    reasons: list[ReasonSchema]
    """Of a related post, why it is there: up to three, the weightiest first."""
    explanation: ExplanationSchema | RelatedExplanationSchema | None = None
    """Only where it was asked for."""


class RerankingSchema(_Answer):
    """What a second stage did."""

    model: str
    candidates: int
    done: bool
    """False where time ran out: the hits are in the order of the first stage."""


class SearchSchema(_Answer):
    """Hits for a question, all from one version of the index."""

    query: str
    hits: list[HitSchema]
    limit: int
    offset: int
    estimated_total_hits: int
    answerable: bool
    """Whether any hit is sure enough, 0.5, to be an answer; it need not be on this page."""
    corrections: dict[str, str]
    """Words that no post has → those that were looked for in their place."""
    facets: dict[str, dict[str, int]]
    """Field → value → posts that have it: the hundred most frequent values, most frequent first."""
    reranking: RerankingSchema | None
    """null where no reranker is set."""
    processing_time_ms: float
    index_version: str
    request_id: str


class RelatedSchema(_Answer):
    """Posts that belong beside others, the most related first."""

    post_id: str | None
    """The post asked about; null where several, or a text, were."""
    hits: list[HitSchema]
    limit: int
    processing_time_ms: float
    index_version: str
    request_id: str


class SuggestionSchema(_Answer):
    """A post whose title completes what was typed."""

    text: str
    id: str
    url: str | None


class SuggestSchema(_Answer):
    """Completions of what was typed."""

    query: str
    suggestions: list[SuggestionSchema]
    processing_time_ms: float
    index_version: str
    request_id: str


class PostSchema(_Answer):
    """A post as it was published."""

    id: str
    title: str
    teaser: str
    url: str | None
    date: str | None
    tags: list[str]
    authors: list[str]
    language: str | None
    body: str
    extra: dict[str, Any]
    """Keys that semsearch does not know, as they came."""


class HealthSchema(_Answer):
    """The process is alive."""

    status: Literal["ok"]


class ReadySchema(_Answer):
    """A version is loaded and answers."""

    status: Literal["ready"]
    index_version: str
    posts: int
    problem: str | None
    """Why a newer version, or a file of keys or pins, was refused, where one was."""
