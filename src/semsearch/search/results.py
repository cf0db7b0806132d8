"""What comes back? Hits and lists of them, with one JSON form for Python, command line and HTTP."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, get_args

import orjson

from semsearch.ranking.score import Explanation
from semsearch.relating.score import Parts

_OF_EACH_TIME = ("processing_time_ms", "request_id")

Range = tuple[int, int]
"""``[start, end)`` in Unicode code points."""


def new_request_id() -> str:
    """A name for one answer, to find it again in logs. It need not be hard to guess."""
    return f"{random.getrandbits(128):032x}"


Kind = Literal["words", "tags", "authors", "series", "sentences", "newer"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that two posts have in common."""

    kind: Kind
    values: tuple[str, ...]
    """At most three. Words, tags and authors that both have; the name of a series; the sentence of the example and that
    of the related post; the day of a newer post."""

    @property
    def text(self) -> str:
        """In words, for who reads English."""
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
    """The part of a post that answers best."""

    field: str
    """``teaser`` or ``body``."""
    start: int
    end: int
    """``[start, end)`` in the field, in code points."""
    text: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A near-duplicate of a hit."""

    id: str
    title: str
    url: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A post that was found."""

    id: str
    title: str
    teaser: str
    url: str | None
    date: str | None
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    score: float
    """Orders hits; higher is better. Comparable between questions of one mode, not between modes.

    Past some hundred hits, a later page may begin with a higher score than the one before it ends with.
    """
    confidence: float
    """0 to 1: the share of questions that no post answers whose best hit would score lower. Of the post as it was
    found: what moves it afterwards, a pin, its date or a reranker, makes it no surer."""
    passage: Passage | None
    highlights: Mapping[str, tuple[Range, ...]]
    """``title``, ``teaser`` or ``passage`` → where words of the question stand in that text."""
    pinned: bool = False
    """An editor put it there."""
    duplicates: tuple[Copy, ...] = ()
    """Near-duplicates that it stands for, in the order of the corpus."""
    reasons: tuple[Reason, ...] = ()
    """Up to three, of a related post: what it has in common with the post it belongs beside."""
    explanation: Explanation | Parts | None = None


@dataclass(frozen=True, slots=True)
class Reranking:
    """What a second stage did."""

    model: str
    candidates: int
    """Hits that were to be looked at closely."""
    done: bool
    """False where time ran out: the hits are in the order of the first stage."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits for a question, from one version of the index."""

    query: str
    hits: tuple[Hit, ...]
    limit: int
    offset: int
    estimated_total_hits: int
    """Lexical: posts that have any of the words. Else every post that passes the filter: each has some distance.
    Near-duplicates that were collapsed count once."""
    answerable: bool
    """Whether any hit is sure enough, 0.5, to be an answer; it need not be on this page."""
    corrections: Mapping[str, str]
    """Words that no post has → those that were looked for in their place."""
    facets: Mapping[str, Mapping[str, int]]
    reranking: Reranking | None
    """None where no reranker is set."""
    processing_time_ms: float
    index_version: str
    request_id: str = field(default_factory=new_request_id)


@dataclass(frozen=True, slots=True)
class RelatedResult:
    """Posts that belong beside others, the most related first."""

    post_id: str | None
    """The post asked about; None where several, or a text, were."""
    hits: tuple[Hit, ...]
    limit: int
    processing_time_ms: float
    index_version: str
    request_id: str = field(default_factory=new_request_id)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A post whose title completes what was typed."""

    text: str
    id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class SuggestResult:
    """Completions of what was typed."""

    query: str
    suggestions: tuple[Suggestion, ...]
    processing_time_ms: float
    index_version: str
    request_id: str = field(default_factory=new_request_id)


def to_bytes(result: Any) -> bytes:
    """An answer as JSON, but for its ``request_id`` and ``processing_time_ms``, which are its own each time."""
    content = {entry.name: getattr(result, entry.name) for entry in fields(result) if entry.name not in _OF_EACH_TIME}
    if "hits" in content:
        content["hits"] = [_plain(hit) for hit in content["hits"]]
    return orjson.dumps(content)


def _plain(hit: Hit) -> dict[str, Any]:
    content = {name: getattr(hit, name) for name in Hit.__slots__}
    if hit.explanation is None:
        del content["explanation"]
    else:
        content["explanation"] = to_json(hit.explanation)
    return content


def to_json(value: Any) -> Any:
    """Dataclasses as JSON objects, tuples as lists; an explanation that was not asked for is left out."""
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
