"""Which questions does /v1 answer? One function a route: parameters to a request, the answer to JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from semsearch.api.auth.authenticator import Access
from semsearch.api.errors import problems
from semsearch.api.request_context import cache_headers, client_disconnected, current_searcher, restrict_to_key
from semsearch.api.v1 import query, schemas
from semsearch.api.v1.parameters import RelatedBody, RelatedParameters, SearchBody, SearchParameters, SuggestParameters
from semsearch.search import Searcher, SearchRequest
from semsearch.search.results import to_bytes, to_json
from semsearch.serving.response_cache import Answers, etag, key_of, signed
from semsearch.serving.timing import Timing, server_timing
from semsearch.serving.work import Work

INVALID, NOT_FOUND, BUSY = HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE
TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

router = APIRouter(prefix="/v1")


PostId = Annotated[str, Path(description="The id of a post, percent-encoded.", examples=["formal-math"])]


@router.get(
    "/search",
    tags=["search"],
    summary="The posts nearest to a question",
    response_model=schemas.SearchSchema,
    responses=problems.documented(INVALID, BUSY),
    openapi_extra=query.described(SearchParameters),
)
async def search(request: Request) -> Response:
    """Answers a question in plain words."""
    return await _searched(request, query.read(SearchParameters, request).to_request())


@router.post(
    "/search",
    tags=["search"],
    summary="The same, with the parameters as a JSON body",
    response_model=schemas.SearchSchema,
    responses=problems.documented(HTTPStatus.BAD_REQUEST, TOO_LARGE, INVALID, BUSY),
)
async def search_with_body(request: Request, body: SearchBody) -> Response:
    """For questions that should not stand in access logs, and for long filters."""
    return await _searched(request, body.to_request())


@router.get(
    "/suggest",
    tags=["search"],
    summary="Completions as one types",
    response_model=schemas.SuggestSchema,
    responses=problems.documented(INVALID, BUSY),
    openapi_extra=query.described(SuggestParameters),
)
async def suggest(request: Request) -> Response:
    """Titles that have every word typed, the last one perhaps unfinished."""
    asked = query.read(SuggestParameters, request).to_request()
    request.state.q = asked.q
    return await _looked_up(request, asked, Searcher.complete)


# An id may hold slashes, so this route comes before the one of the post itself.
@router.get(
    "/posts/{post_id:path}/related",
    tags=["posts"],
    summary="The posts that belong beside a post",
    response_model=schemas.RelatedSchema,
    responses=problems.documented(NOT_FOUND, INVALID, BUSY),
    openapi_extra=query.described(RelatedParameters),
)
async def related(request: Request, post_id: PostId) -> Response:
    """The post itself and its near-duplicates are never among them."""
    if not request.scope["raw_path"].endswith(b"/related"):  # but %2Frelated, and so a part of the id
        return await post(request, f"{post_id}/related")
    asked = query.read(RelatedParameters, request).to_request(post_id)
    return await _looked_up(request, asked, Searcher.answer_related)


@router.post(
    "/related",
    tags=["posts"],
    summary="The posts that belong beside several posts or texts",
    response_model=schemas.RelatedSchema,
    responses=problems.documented(HTTPStatus.BAD_REQUEST, NOT_FOUND, TOO_LARGE, INVALID, BUSY),
)
async def related_to_examples(request: Request, body: RelatedBody) -> Response:
    """Like the positive examples and unlike the negative ones; none of the examples is among them."""
    return await _looked_up(request, body.to_request(), Searcher.answer_related)


@router.get(
    "/posts/{post_id:path}",
    tags=["posts"],
    summary="A post",
    response_model=schemas.PostSchema,
    responses=problems.documented(NOT_FOUND, BUSY),
)
async def post(request: Request, post_id: PostId) -> Response:
    """The post as it was published."""
    searcher = current_searcher(request)
    work: Work = request.app.state.work
    access: Access = request.state.access
    found = await work.do(
        lambda: searcher.post_within(post_id, access.filter), gone=partial(client_disconnected, request)
    )
    return JSONResponse(to_json(found))


async def _searched(request: Request, asked: SearchRequest) -> Response:
    searcher = current_searcher(request)
    work: Work = request.app.state.work
    asked = restrict_to_key(request, asked)
    timing, gone = Timing(), partial(client_disconnected, request)
    request.state.q = asked.q
    keep = searcher.second_stage is None  # what a second stage says depends on the time that it had
    response = await _answered(
        request, searcher, asked, lambda: work.search(searcher, asked, to_bytes, timing, gone=gone), keep=keep
    )
    access: Access = request.state.access
    if "admin" in access.scopes:  # others could tell from it what somebody asked before
        kept = response.status_code == HTTPStatus.OK and timing.queue is None  # it is there, and no work was done
        response.headers["Server-Timing"] = server_timing(timing, request.state.started, kept=kept)
    return response


async def _looked_up(request: Request, asked: Any, find: Callable[[Searcher, Any], Any]) -> Response:
    searcher = current_searcher(request)
    work: Work = request.app.state.work
    asked, gone = restrict_to_key(request, asked), partial(client_disconnected, request)

    def found() -> bytes:
        return to_bytes(find(searcher, asked))

    return await _answered(request, searcher, asked, lambda: work.do(found, gone=gone))


async def _answered(
    request: Request, searcher: Searcher, asked: Hashable, answer: Callable[[], Awaitable[bytes]], *, keep: bool = True
) -> Response:
    """What was answered before, or is found now; nothing where the client has it already."""
    if not keep or request.method != "GET":  # a body may be large, and is seldom sent twice
        return _sent(request, await answer())
    answers: Answers = request.app.state.answers
    tag = etag(key_of(searcher, asked))
    headers = {"ETag": tag} | cache_headers(request)
    if tag in request.headers.get("If-None-Match", ""):
        # As what it stands for has it, which is compressed further out.
        varied = headers | {"Vary": ", ".join([*filter(None, [headers.get("Vary")]), "Accept-Encoding"])}
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=varied)
    body = answers.get(tag)
    request.app.state.metrics.answer(kept=body is not None)
    if body is None:
        body = await answer()
        answers.put(tag, body)
    return _sent(request, body, headers)


def _sent(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    # Serialised by to_bytes alone: checking each hit against its schema again would take longer than finding it.
    content = signed(body, request.state.request_id, request.state.started)
    return Response(content, headers=dict(headers or {}), media_type="application/json")
