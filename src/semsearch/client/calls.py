"""Turns requests of ``search`` into HTTP calls: path, query string and body."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import orjson

from semsearch.posts import Post
from semsearch.search import Example, RelatedRequest, RelatedResult, SearchRequest, SearchResult, SuggestRequest
from semsearch.search.results import SuggestResult

MAX_PATH_CHARACTERS = 4_000
"""Longest path with query string. Caches and proxies reject much longer ones, so longer calls are sent by POST."""
_DOT_SEGMENTS = (".", "..")
"""Path segments that are resolved, by some proxies even if they are percent-encoded."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """An HTTP call and the type of its result."""

    result_type: type[Result]
    path: str
    """Path and query string, percent-encoded."""
    body: bytes | None = None
    """JSON for a POST; None for a GET, which caches may respond to."""
    post_ids: tuple[str, ...] = ()
    """Ids of posts that the call needs."""


def search_call(request: SearchRequest) -> Call[SearchResult]:
    """Build the call for a search: a GET, or a POST if that would be too long."""
    recency, defaults = request.recency, SearchRequest(q=request.q)
    content = request.filter.parameters() | _non_defaults(
        request,
        defaults,
        "limit",
        "offset",
        "mode",
        "semantic_ratio",
        "min_confidence",
        "facet_confidence",
        "highlight",
        "explain",
        "collapse",
        "page_language",
    )
    if request.facets:
        content["facets"] = list(dict.fromkeys(request.facets))
    for name, value in _non_defaults(recency, defaults.recency, "weight", "scale", "decay", "origin").items():
        content[f"recency_{name}"] = value
    content = {"q": request.q} | content
    path = _path("/v1/search", content)
    return (
        Call(SearchResult, path)
        if len(path) <= MAX_PATH_CHARACTERS
        else Call(SearchResult, "/v1/search", _json(content))
    )


def related_call(request: RelatedRequest) -> Call[RelatedResult]:
    """Build the call for related posts: a GET for one post, a POST for anything else, or if the GET would be unsafe."""
    examples = (*request.positive, *request.negative)
    post_ids = tuple(example.id for example in examples if example.id is not None)
    options, filters = _related_options(request), request.filter.parameters()
    if len(examples) == len(post_ids) == 1 and post_ids[0] not in _DOT_SEGMENTS:
        path = _path(f"/v1/posts/{_segment(post_ids[0])}/related", filters | options)
        if len(path) <= MAX_PATH_CHARACTERS:
            return Call(RelatedResult, path, post_ids=post_ids)
    content = options | {"positive": _examples(request.positive)}
    if request.negative:
        content["negative"] = _examples(request.negative)
    if filters:
        content["filter"] = filters
    return Call(RelatedResult, "/v1/related", _json(content), post_ids)


def suggest_call(request: SuggestRequest) -> Call[SuggestResult]:
    """Build the call for suggestions, a GET."""
    options = _non_defaults(request, SuggestRequest(q=request.q), "limit")
    return Call(SuggestResult, _path("/v1/suggest", {"q": request.q} | options))


def post_call(post_id: str) -> Call[Post]:
    """Build the call for a post, a GET. ``post_id`` must be cleaned."""
    return Call(Post, f"/v1/posts/{_segment(post_id)}", post_ids=(post_id,))


def _related_options(request: RelatedRequest) -> dict[str, Any]:
    defaults = RelatedRequest(positive=request.positive)
    return _non_defaults(
        request, defaults, "limit", "diversity", "exclude", "exclude_linked", "newer", "min_confidence", "explain"
    )


def _non_defaults(request: object, defaults: object, *names: str) -> dict[str, Any]:
    """Return the fields that differ from their defaults, so that equal requests have equal URLs."""
    values = {name: getattr(request, name) for name in names}
    return {name: value for name, value in values.items() if value != getattr(defaults, name)}


def _examples(examples: tuple[Example, ...]) -> list[dict[str, str | None]]:
    return [{"text": example.text} if example.id is None else {"id": example.id} for example in examples]


def _path(path: str, parameters: dict[str, Any]) -> str:
    query = urlencode({name: _query_value(value) for name, value in parameters.items()}, doseq=True)
    return f"{path}?{query}" if query else path


def _query_value(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date) else value


def _segment(post_id: str) -> str:
    return post_id.replace(".", "%2E") if post_id in _DOT_SEGMENTS else quote(post_id, safe="")


def _json(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)  # NumPy floats are valid arguments
