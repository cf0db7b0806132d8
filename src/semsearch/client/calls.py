"""Which call does a request make? A checked request in; method, address and body out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import orjson

from semsearch.posts import Post
from semsearch.search import Example, RelatedRequest, RelatedResult, SearchRequest, SearchResult, SuggestRequest
from semsearch.search.results import SuggestResult

LONGEST_PATH = 4_000
"""Characters of a path with its query; caches and proxies refuse much longer ones, so those go by POST."""
_DOTS = (".", "..")
"""As a segment of a path they mean another path, and a proxy may read them so even where they are percent-encoded."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """What is sent, and what it is answered with."""

    answer: type[Answer]
    path: str
    """With its query, percent-encoded."""
    body: bytes | None = None
    """JSON; None for a GET, which may be answered from a cache."""
    post_ids: tuple[str, ...] = ()
    """Posts that must be there."""


def search_call(request: SearchRequest) -> Call[SearchResult]:
    """A GET, unless it would be too long."""
    recency, plain = request.recency, SearchRequest(q=request.q)
    content = request.filter.fields() | _changed(
        request,
        plain,
        "limit",
        "offset",
        "mode",
        "semantic_ratio",
        "min_confidence",
        "highlight",
        "explain",
        "collapse",
    )
    if request.facets:
        content["facets"] = list(dict.fromkeys(request.facets))
    for name, value in _changed(recency, plain.recency, "weight", "scale", "decay", "origin").items():
        content[f"recency_{name}"] = value
    content = {"q": request.q} | content
    path = _path("/v1/search", content)
    return Call(SearchResult, path) if len(path) <= LONGEST_PATH else Call(SearchResult, "/v1/search", _json(content))


def related_call(request: RelatedRequest) -> Call[RelatedResult]:
    """A GET for what is beside one post, unless it would be too long or its id could be mistaken."""
    examples = (*request.positive, *request.negative)
    post_ids = tuple(one.id for one in examples if one.id is not None)
    chosen, condition = _choice(request), request.filter.fields()
    if len(examples) == len(post_ids) == 1 and post_ids[0] not in _DOTS:
        path = _path(f"/v1/posts/{_segment(post_ids[0])}/related", condition | chosen)
        if len(path) <= LONGEST_PATH:
            return Call(RelatedResult, path, post_ids=post_ids)
    content = chosen | {"positive": _examples(request.positive)}
    if request.negative:
        content["negative"] = _examples(request.negative)
    if condition:
        content["filter"] = condition
    return Call(RelatedResult, "/v1/related", _json(content), post_ids)


def suggest_call(request: SuggestRequest) -> Call[SuggestResult]:
    """Always a GET."""
    changed = _changed(request, SuggestRequest(q=request.q), "limit")
    return Call(SuggestResult, _path("/v1/suggest", {"q": request.q} | changed))


def post_call(post_id: str) -> Call[Post]:
    """``post_id``: cleaned already."""
    return Call(Post, f"/v1/posts/{_segment(post_id)}", post_ids=(post_id,))


def _choice(request: RelatedRequest) -> dict[str, Any]:
    plain = RelatedRequest(positive=request.positive)
    return _changed(
        request, plain, "limit", "diversity", "exclude", "exclude_linked", "newer", "min_confidence", "explain"
    )


def _changed(request: object, plain: object, *names: str) -> dict[str, Any]:
    """What differs from its default: so the same question has the same address, however it was asked."""
    values = {name: getattr(request, name) for name in names}
    return {name: value for name, value in values.items() if value != getattr(plain, name)}


def _examples(examples: tuple[Example, ...]) -> list[dict[str, str | None]]:
    return [{"text": one.text} if one.id is None else {"id": one.id} for one in examples]


def _path(path: str, parameters: dict[str, Any]) -> str:
    query = urlencode({name: _written(value) for name, value in parameters.items()}, doseq=True)
    return f"{path}?{query}" if query else path


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date) else value


def _segment(post_id: str) -> str:
    return post_id.replace(".", "%2E") if post_id in _DOTS else quote(post_id, safe="")


def _json(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)  # its numbers pass for floats
