"""Results of searches, related lists and completions. They define the JSON output, in which None is null."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, get_args

import orjson

from semsearch.ranking.score import Explanation
from semsearch.relating.score import Parts

_PER_RESPONSE = ("processing_time_ms", "request_id")
"""Fields that differ between two responses to the same request."""

Range = tuple[int, int]
"""``[start, end)`` in Unicode code points."""


def new_request_id() -> str:
    """A random id of a request, 32 hexadecimal digits, to find it in logs. Not a secret."""
    return f"{random.getrandbits(128):032x}"


ReasonKind = Literal["words", "tags", "authors", "series", "sentences", "newer"]
REASON_KINDS: tuple[ReasonKind, ...] = get_args(ReasonKind)


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that a related post has in common with the example."""

    kind: ReasonKind
    """``words``, ``tags``, ``authors``, ``series``, ``sentences`` or ``newer``."""
    values: tuple[str, ...]
    """One to three values. ``words``: words of both posts, as the related post writes them; ``tags`` and ``authors``:
    those of both posts; ``series``: its name; ``sentences``: a sentence of the example and a similar sentence of the
    related post; ``newer``: the day (ISO 8601) of a related post that is about the same and at least 30 days newer."""

    @property
    def text(self) -> str:
        """The reason as an English phrase."""
        values = ", ".join(self.values)
        match self.kind:
            case "words":
                return f"Both write of {values}"
            case "tags":
                return f"Both are tagged {values}"
            case "authors":
                return f"Both are by {values}"
            case "series":
                return f"Both are in the series {values}"
            case "newer":
                return f"A newer take, of {values}"
            case "sentences":
                return " ~ ".join(f"“{sentence}”" for sentence in self.values)


@dataclass(frozen=True, slots=True)
class Passage:
    """The part of a post that fits the query best, a sentence as a rule."""

    field: str
    """The field that the passage is from: ``teaser`` or ``body``."""
    start: int
    """Where the passage begins in the field, in Unicode code points from 0."""
    end: int
    """Where the passage ends in the field, exclusive, in Unicode code points."""
    text: str
    """The text of the passage: the field from ``start`` to ``end``."""


@dataclass(frozen=True, slots=True)
class PassageSection:
    """The section of the body that a passage is in."""

    title: str
    """The heading of the section, plain text."""
    anchor: str
    """The fragment of the post's address that leads to the section, without ``#``; empty where there is none."""


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A near-duplicate of a hit."""

    id: str
    """The id of the post."""
    title: str
    """The title of the post."""
    url: str | None
    """The address of the post; null where the corpus has none."""
    date: str | None
    """ISO 8601 date or date and time, as in the corpus; null where the corpus has none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A post that was found."""

    id: str
    """The id of the post, unique in the corpus."""
    title: str
    """The title, plain text."""
    teaser: str
    """The teaser, plain text; empty where the post has none."""
    url: str | None
    """The address of the post; null where the corpus has none."""
    date: str | None
    """ISO 8601 date or date and time, as in the corpus; null where the corpus has none."""
    tags: tuple[str, ...]
    """The tags, in the order of the corpus. Of spellings that differ only in case, the one of most posts."""
    authors: tuple[str, ...]
    """The authors, in the order of the corpus."""
    score: float
    """Orders hits, higher is better; any number, also below 0. Of a search hit: the weighted sum of its semantic and
    lexical parts, in standard deviations above the background. It is comparable between queries of one mode, not
    between modes. Of a related post: the sum of its parts, in units of relatedness. Past some hundred hits, a page may
    begin with a higher score than the previous page ends with."""
    confidence: float
    """0 to 1. Of a search hit: the share of unanswerable queries whose best hit is a weaker match. Of a related post:
    the probability that none of as many unrelated posts would have such a score. Pins, recency and reranking change
    the order, not the confidence."""
    passage: Passage | None
    """The passage that fits the query best; null for a post without teaser and body, and for related posts."""
    highlights: Mapping[str, tuple[Range, ...]]
    """``title``, ``teaser`` or ``passage`` → ranges of query terms in that text, in order; texts without a range are
    absent. A hit without any query term has its whole passage highlighted. Empty where highlights were not requested,
    and for related posts."""
    image: str | None = None
    """The address of a picture; null where the corpus has none. As in the corpus: check it before you load it."""
    language: str | None = None
    """BCP 47 tag of the language of the post, as declared or as detected by a rebuild; null where it is not known."""
    section: PassageSection | None = None
    """The section of the body that the passage is in; null for a passage of the teaser, or outside all sections."""
    pinned: bool = False
    """Whether the post is pinned for this query. Pinned posts come first."""
    duplicates: tuple[NearDuplicate, ...] = ()
    """Near-duplicates that were collapsed into the hit, at most 10, in the order of the corpus."""
    reasons: tuple[Reason, ...] = ()
    """Of a related post: up to three things that it has in common with the example, the most important first. Empty for
    search hits."""
    explanation: Explanation | Parts | None = None
    """The parts that the score is computed from: an Explanation for a search hit, Parts for a related post. None, and
    absent in JSON, unless requested."""


@dataclass(frozen=True, slots=True)
class Reranking:
    """What the second stage did."""

    model: str
    """The name of the reranker model."""
    candidates: int
    """Number of hits that were passed to the reranker."""
    done: bool
    """False where the time budget ran out: the hits are then in the order of the first stage."""


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value of a filter that no post has."""

    parameter: str
    """``tag`` or ``author``."""
    value: str
    """As requested."""
    suggestion: str | None
    """The most similar value that posts have; null where none is similar."""

    @property
    def text(self) -> str:
        """The fact and the suggestion as an English sentence."""
        verb = "is by the author" if self.parameter == "author" else f"has the {self.parameter}"
        question = "" if self.suggestion is None else f" Did you mean “{self.suggestion}”?"
        return f"No post {verb} “{self.value}”.{question}"


CurationKind = Literal["pins", "hidden", "synonyms", "corrections", "redirect"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The hits for a query, from one version of the index."""

    query: str
    """The query that was searched, without control characters and surrounding white space."""
    hits: tuple[Hit, ...]
    """The hits of the page, best first."""
    limit: int
    """The requested number of hits per page."""
    offset: int
    """The requested number of hits before the page."""
    estimated_total_hits: int
    """Number of matching posts. Lexical: posts that pass the filter and have a query term; semantic and
    hybrid: all posts that pass the filter. With ``min_confidence``: hits of at least that confidence. Collapsed
    near-duplicates count once."""
    answerable: bool
    """Whether any hit, on this page or not, has a confidence of at least 0.5."""
    corrections: Mapping[str, str]
    """Query word that occurs in no post, or that an editor always corrects → what was searched instead."""
    missing: tuple[str, ...]
    """Quoted phrases, identifiers, versions, years and other numbers of the query that no post has, as typed."""
    facets: Mapping[str, Mapping[str, int]]
    """Requested facet → value → number of posts: the 100 most frequent values, most frequent first."""
    reranking: Reranking | None
    """What the second stage did; null where no reranker is set."""
    processing_time_ms: float
    """Milliseconds that the request took, at least 0."""
    index_version: str
    """The version of the index that all hits are from."""
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Word or phrase of the query for which an editor gave synonyms → what was searched as well."""
    redirect: str | None = None
    """The address that an editor gave for this query, such as that of a contact page; null where there is none. Offer
    it above the hits."""
    unknown: tuple[UnknownValue, ...] = ()
    """Tags and authors of the filter that no post has."""
    curated: tuple[CurationKind, ...] = ()
    """What of the curation file was applied to this query: ``pins``, ``hidden``, ``synonyms``, ``corrections`` or
    ``redirect``."""
    request_id: str = field(default_factory=new_request_id)
    """The id of the request in the logs; over HTTP also the header ``X-Request-Id``."""


@dataclass(frozen=True, slots=True)
class RelatedResult:
    """The posts related to some examples, from one version of the index."""

    post_id: str | None
    """The id of the example; null for several examples, a negative example, or a text."""
    hits: tuple[Hit, ...]
    """The related posts, best first. Diversification decides which posts are listed, not their order."""
    limit: int
    """The requested number of posts."""
    processing_time_ms: float
    """Milliseconds that the request took, at least 0."""
    index_version: str
    """The version of the index that all hits are from."""
    request_id: str = field(default_factory=new_request_id)
    """The id of the request in the logs; over HTTP also the header ``X-Request-Id``."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A title that completes the start of a query."""

    text: str
    """The title."""
    id: str
    """The id of the post; the first one found where several posts have the title."""
    url: str | None
    """The address of the post; null where the corpus has none."""


@dataclass(frozen=True, slots=True)
class SuggestResult:
    """Completions of the start of a query, from one version of the index."""

    query: str
    """The text that was completed, without control characters and surrounding white space."""
    suggestions: tuple[Suggestion, ...]
    """The completions, each title once."""
    processing_time_ms: float
    """Milliseconds that the request took, at least 0."""
    index_version: str
    """The version of the index that the titles are from."""
    request_id: str = field(default_factory=new_request_id)
    """The id of the request in the logs; over HTTP also the header ``X-Request-Id``."""


def to_bytes(result: Any) -> bytes:
    """A result as JSON without ``request_id`` and ``processing_time_ms``, which differ for every response."""
    content = {entry.name: getattr(result, entry.name) for entry in fields(result) if entry.name not in _PER_RESPONSE}
    if "hits" in content:
        content["hits"] = [_hit_fields(hit) for hit in content["hits"]]
    return orjson.dumps(content)


def _hit_fields(hit: Hit) -> dict[str, Any]:
    content = {name: getattr(hit, name) for name in Hit.__slots__}
    if hit.explanation is None:
        del content["explanation"]
    else:
        content["explanation"] = to_json(hit.explanation)
    return content


def to_json(value: Any) -> Any:
    """A result as plain JSON values. An explanation that is None is left out; others get their ``score``."""
    if is_dataclass(value) and not isinstance(value, type):
        content = {entry.name: getattr(value, entry.name) for entry in fields(value)}
        if content.get("explanation", ...) is None:
            del content["explanation"]
        if isinstance(value, Explanation | Parts):
            content["score"] = value.score
        return {name: to_json(entry) for name, entry in content.items()}
    if isinstance(value, Mapping):
        return {name: to_json(entry) for name, entry in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(entry) for entry in value]
    return value
