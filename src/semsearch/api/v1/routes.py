"""The routes of /v1. Each turns its parameters into a request of ``search``, and the result into JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from semsearch.api.auth.authenticator import Access
from semsearch.api.errors import problems
from semsearch.api.request_context import (
    cache_headers,
    charge,
    client_disconnected,
    current_searcher,
    restrict_to_key,
)
from semsearch.api.v1 import query, schemas
from semsearch.api.v1.parameters import RelatedBody, RelatedParameters, SearchBody, SearchParameters, SuggestParameters
from semsearch.search import RelatedRequest, Searcher, SearchRequest
from semsearch.search.results import to_bytes, to_json
from semsearch.serving.executor import RequestExecutor
from semsearch.serving.response_cache import ResponseCache, add_request_fields, cache_key, etag
from semsearch.serving.timing import Timing, server_timing

INVALID, NOT_FOUND, BUSY = HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE
TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

router = APIRouter(prefix="/v1")


PostId = Annotated[str, Path(description="The id of the post, percent-encoded.", examples=["formal-math"])]


@router.get(
    "/search",
    tags=["search"],
    summary="Search posts",
    response_model=schemas.SearchSchema,
    responses=problems.problem_responses(INVALID, BUSY),
    openapi_extra=query.openapi_parameters(SearchParameters),
)
async def search(request: Request) -> Response:
    """Return the posts that best match a query in natural language, best first."""
    return await _search(request, query.read(SearchParameters, request).to_request())


@router.post(
    "/search",
    tags=["search"],
    summary="Search posts with a JSON body",
    response_model=schemas.SearchSchema,
    responses=problems.problem_responses(HTTPStatus.BAD_REQUEST, TOO_LARGE, INVALID, BUSY),
)
async def search_with_body(request: Request, body: SearchBody) -> Response:
    """As `GET /v1/search`. For queries that should not appear in access logs, and for long filters."""
    return await _search(request, body.to_request())


@router.get(
    "/suggest",
    tags=["search"],
    summary="Suggest completions while typing",
    response_model=schemas.SuggestSchema,
    responses=problems.problem_responses(INVALID, BUSY),
    openapi_extra=query.openapi_parameters(SuggestParameters),
)
async def suggest(request: Request) -> Response:
    """Return titles that contain every word typed. The last word may be incomplete."""
    suggest_request = query.read(SuggestParameters, request).to_request()
    request.state.q = suggest_request.q
    return await _look_up(request, suggest_request, Searcher.run_suggest)


# Ids may contain slashes, so this route must come before the one of the post itself.
@router.get(
    "/posts/{post_id:path}/related",
    tags=["posts"],
    summary="Related posts of a post",
    response_model=schemas.RelatedSchema,
    responses=problems.problem_responses(NOT_FOUND, INVALID, BUSY),
    openapi_extra=query.openapi_parameters(RelatedParameters),
)
async def related(request: Request, post_id: PostId) -> Response:
    """Return the posts most related to a post. The post itself and its near-duplicates are left out."""
    if not request.scope["raw_path"].endswith(b"/related"):  # %2Frelated is part of the id
        return await post(request, f"{post_id}/related")
    related_request = query.read(RelatedParameters, request).to_request(post_id)
    return await _look_up(request, related_request, Searcher.run_related)


@router.post(
    "/related",
    tags=["posts"],
    summary="Related posts of several posts or texts",
    response_model=schemas.RelatedSchema,
    responses=problems.problem_responses(HTTPStatus.BAD_REQUEST, NOT_FOUND, TOO_LARGE, INVALID, BUSY),
)
async def related_to_examples(request: Request, body: RelatedBody) -> Response:
    """Return posts that resemble the positive examples and differ from the negative ones. The examples are left out."""
    related_request = body.to_request()
    charge(request, related_request)
    return await _look_up(request, related_request, Searcher.run_related)


@router.get(
    "/posts/{post_id:path}",
    tags=["posts"],
    summary="Get a post",
    response_model=schemas.PostSchema,
    responses=problems.problem_responses(NOT_FOUND, BUSY),
)
async def post(request: Request, post_id: PostId) -> Response:
    """Return a post as it was published."""
    searcher = current_searcher(request)
    executor: RequestExecutor = request.app.state.executor
    access: Access = request.state.access
    found = await executor.run(
        lambda: searcher.visible_post(post_id, access.filter), until_disconnected=partial(client_disconnected, request)
    )
    return JSONResponse(to_json(found))


async def _search(request: Request, search_request: SearchRequest) -> Response:
    searcher = current_searcher(request)
    executor: RequestExecutor = request.app.state.executor
    search_request = restrict_to_key(request, search_request)
    timing, disconnected = Timing(), partial(client_disconnected, request)
    charge(request, search_request)
    request.state.q = search_request.q
    access: Access = request.state.access
    keep = searcher.second_stage is None  # a reranker's result depends on how much time it had
    response = await _respond(
        request,
        searcher,
        search_request,
        lambda: executor.search(
            searcher, search_request, to_bytes, timing, key_name=access.key_name, until_disconnected=disconnected
        ),
        keep=keep,
    )
    if "admin" in access.scopes:  # it reveals which queries were made before
        is_cached = response.status_code == HTTPStatus.OK and timing.queue is None  # cached: no work was done
        response.headers["Server-Timing"] = server_timing(timing, request.state.started, is_cached=is_cached)
    return response


async def _look_up(request: Request, lookup: Any, find: Callable[[Searcher, Any], Any]) -> Response:
    searcher = current_searcher(request)
    executor: RequestExecutor = request.app.state.executor
    lookup, disconnected = restrict_to_key(request, lookup), partial(client_disconnected, request)

    def compute() -> bytes:
        return to_bytes(find(searcher, lookup))

    expensive_cost = lookup.cost if isinstance(lookup, RelatedRequest) and lookup.is_expensive else 0
    return await _respond(
        request,
        searcher,
        lookup,
        lambda: executor.run(compute, expensive_cost=expensive_cost, until_disconnected=disconnected),
    )


async def _respond(
    request: Request,
    searcher: Searcher,
    parameters: Hashable,
    compute: Callable[[], Awaitable[bytes]],
    *,
    keep: bool = True,
) -> Response:
    """Respond from the cache or by ``compute``; with 304 if the client has the current response.

    ``keep``: whether the response may be cached.
    """
    if not keep or request.method != "GET":  # a body may be large, and is rarely sent twice
        return _json_response(request, await compute())
    response_cache: ResponseCache = request.app.state.response_cache
    access: Access = request.state.access
    tag = etag(cache_key(searcher, parameters))
    headers = {"ETag": tag} | cache_headers(request)
    if tag in request.headers.get("If-None-Match", ""):
        # A 304 has the Vary of the full response, to which the compression middleware adds Accept-Encoding.
        not_modified = headers | {"Vary": ", ".join([*filter(None, [headers.get("Vary")]), "Accept-Encoding"])}
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=not_modified)
    body = response_cache.get(tag, access.key_name)
    request.app.state.metrics.count_response_lookup(hit=body is not None)
    if body is None:
        body = await compute()
        response_cache.put(tag, body, access.key_name)
    return _json_response(request, body, headers)


def _json_response(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    # Serialised by to_bytes, without FastAPI: validating each hit against its schema takes longer than the search.
    content = add_request_fields(body, request.state.request_id, request.state.started)
    return Response(content, headers=dict(headers or {}), media_type="application/json")
