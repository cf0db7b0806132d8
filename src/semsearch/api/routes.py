"""Which questions does /v1 answer? One function a route: parameters to a request, the answer to JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from semsearch.api import problems, schemas
from semsearch.api.parameters import RelatedBody, RelatedParameters, SearchBody, SearchParameters, SuggestParameters
from semsearch.search import Searcher
from semsearch.search.results import to_json

INVALID, NOT_FOUND = HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND

router = APIRouter(prefix="/v1")


def current_searcher(request: Request) -> Searcher:
    """The searcher of this request, from one version to its end."""
    searcher: Searcher = request.app.state.serving.searcher
    return searcher


CurrentSearcher = Annotated[Searcher, Depends(current_searcher)]
PostId = Annotated[str, Path(description="The id of a post, percent-encoded.", examples=["formal-math"])]


@router.get(
    "/search",
    tags=["search"],
    summary="The posts nearest to a question",
    response_model=schemas.SearchSchema,
    responses=problems.documented(INVALID),
)
def search(request: Request, searcher: CurrentSearcher, parameters: Annotated[SearchParameters, Query()]) -> Response:
    """Answers a question in plain words."""
    return _answer(request, searcher.answer(parameters.to_request()))


@router.post(
    "/search",
    tags=["search"],
    summary="The same, with the parameters as a JSON body",
    response_model=schemas.SearchSchema,
    responses=problems.documented(HTTPStatus.BAD_REQUEST, INVALID),
)
def search_with_body(request: Request, searcher: CurrentSearcher, body: SearchBody) -> Response:
    """For questions that should not stand in access logs, and for long filters."""
    return _answer(request, searcher.answer(body.to_request()))


@router.get(
    "/suggest",
    tags=["search"],
    summary="Completions as one types",
    response_model=schemas.SuggestSchema,
    responses=problems.documented(INVALID),
)
def suggest(request: Request, searcher: CurrentSearcher, parameters: Annotated[SuggestParameters, Query()]) -> Response:
    """Titles that have every word typed, the last one perhaps unfinished."""
    return _answer(request, searcher.complete(parameters.to_request()))


# An id may hold slashes, so this route comes before the one of the post itself.
@router.get(
    "/posts/{post_id:path}/related",
    tags=["posts"],
    summary="The posts that belong beside a post",
    response_model=schemas.RelatedSchema,
    responses=problems.documented(NOT_FOUND, INVALID),
)
def related(
    request: Request, searcher: CurrentSearcher, post_id: PostId, parameters: Annotated[RelatedParameters, Query()]
) -> Response:
    """The post itself and its near-duplicates are never among them."""
    return _answer(request, searcher.answer_related(parameters.to_request(post_id)))


@router.post(
    "/related",
    tags=["posts"],
    summary="The posts that belong beside several posts or texts",
    response_model=schemas.RelatedSchema,
    responses=problems.documented(HTTPStatus.BAD_REQUEST, NOT_FOUND, INVALID),
)
def related_to_examples(request: Request, searcher: CurrentSearcher, body: RelatedBody) -> Response:
    """Like the positive examples and unlike the negative ones; none of the examples is among them."""
    return _answer(request, searcher.answer_related(body.to_request()))


@router.get(
    "/posts/{post_id:path}",
    tags=["posts"],
    summary="A post",
    response_model=schemas.PostSchema,
    responses=problems.documented(NOT_FOUND),
)
def post(searcher: CurrentSearcher, post_id: PostId) -> Response:
    """The post as it was published."""
    return JSONResponse(to_json(searcher.post(post_id)))


def _answer(request: Request, result: Any) -> Response:
    # Serialised by to_json alone: checking each hit against its schema again would take longer than finding it.
    return JSONResponse(to_json(result) | {"request_id": request.state.request_id})
