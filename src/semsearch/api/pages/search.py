"""Which posts answer a visitor's question? The search page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from semsearch.api.auth.authenticator import Access
from semsearch.api.pages.asked import LAST_PAGE, PAGE_SIZE, Asked
from semsearch.api.pages.rows import Row, rows_of
from semsearch.api.pages.showing import shown
from semsearch.api.request_context import client_disconnected, current_searcher, restrict_to_key
from semsearch.errors import InvalidRequest
from semsearch.ranking.confidence import ANSWERED
from semsearch.search import SearchRequest, SearchResult
from semsearch.search.requests import MAX_QUERY_CHARACTERS
from semsearch.serving.work import Work

MOST_VALUES = 12
"""Tags, and years, to choose from: more is a list to read, no help to choose."""

router = APIRouter()


@router.get("/")
@router.head("/")
@router.get("/search")
@router.head("/search")
async def search_page(request: Request) -> Response:
    """The empty form, or the hits for a question."""
    asked = Asked.read(request.query_params)
    searcher = current_searcher(request)
    work: Work = request.app.state.work
    result, problem = None, None
    rows: list[Row] = []
    if asked.q.strip():
        request.state.q = asked.q
        try:
            wanted = restrict_to_key(request, _request(asked))
            result, rows = await work.search(searcher, wanted, _with_rows, gone=partial(client_disconnected, request))
        except InvalidRequest as error:
            problem = error.reason
    access: Access = request.state.access
    sure = [row for row in rows if row.is_answer]
    return shown(
        request,
        "search.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        asked=asked,
        q=asked.q[:MAX_QUERY_CHARACTERS],
        posts=searcher.count(access.filter),
        result=result,
        facets=_facets(result.facets, asked) if result and (len(sure) > 1 or result.offset) else {},
        sure=sure,
        unsure=[row for row in rows if not row.is_answer],
        problem=problem,
        following=result is not None and _more(result, asked),
    )


def _request(asked: Asked) -> SearchRequest:
    return SearchRequest(
        asked.q,
        limit=PAGE_SIZE,
        offset=(asked.page - 1) * PAGE_SIZE,
        filter=asked.filter(),
        facets=("tags", "year"),
        facet_confidence=ANSWERED,
        explain=True,
    )


def _with_rows(result: SearchResult) -> tuple[SearchResult, list[Row]]:
    return result, rows_of(result.hits)


def _facets(counted: Mapping[str, Mapping[str, int]], asked: Asked) -> dict[str, dict[str, int]]:
    """What can be chosen, and the answers that it leaves: nothing that is chosen already, and no single value."""
    tags = {tag: count for tag, count in counted["tags"].items() if tag not in asked.values("tag")}
    years = {} if asked.values("year") else dict(sorted(counted["year"].items(), reverse=True))
    several = {"tag": tags, "year": years}
    return {name: dict(list(values.items())[:MOST_VALUES]) for name, values in several.items() if len(values) > 1}


def _more(result: SearchResult, asked: Asked) -> bool:
    end = result.offset + len(result.hits)
    return len(result.hits) == PAGE_SIZE and end < result.estimated_total_hits and asked.page < LAST_PAGE
