"""The search page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from semsearch.api.auth.authenticator import Access
from semsearch.api.pages.html_page import render_page
from semsearch.api.pages.rows import Row, rows_of
from semsearch.api.pages.search_form import LAST_PAGE, PAGE_SIZE, SearchForm
from semsearch.api.request_context import charge, client_disconnected, current_searcher, restrict_to_key
from semsearch.errors import InvalidRequest
from semsearch.ranking.confidence import ANSWER_CONFIDENCE
from semsearch.search import SearchRequest, SearchResult
from semsearch.search.requests import MAX_QUERY_CHARACTERS
from semsearch.serving.executor import RequestExecutor

MAX_FACET_VALUES = 12
"""Tags, and years, to choose from. A longer list would have to be read instead of scanned."""

router = APIRouter()


@router.get("/")
@router.head("/")
@router.get("/search")
@router.head("/search")
async def search_page(request: Request) -> Response:
    """Return the empty form, or the hits for a query."""
    form = SearchForm.parse(request.query_params)
    searcher = current_searcher(request)
    executor: RequestExecutor = request.app.state.executor
    access: Access = request.state.access
    result, problem = None, None
    rows: list[Row] = []
    if form.q.strip():
        request.state.q = form.q
        try:
            wanted = restrict_to_key(request, _search_request(form))
            charge(request, wanted)
            result, rows = await executor.search(
                searcher,
                wanted,
                _with_rows,
                key_name=access.key_name,
                until_disconnected=partial(client_disconnected, request),
            )
        except InvalidRequest as error:
            problem = error.reason
    answers = [row for row in rows if row.is_answer]
    return render_page(
        request,
        "search.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        form=form,
        q=form.q[:MAX_QUERY_CHARACTERS],
        posts=searcher.count(access.filter),
        result=result,
        facets=_facets(result.facets, form) if result and (len(answers) > 1 or result.offset) else {},
        answers=answers,
        other_hits=[row for row in rows if not row.is_answer],
        problem=problem,
        previous_page=_previous_page(result, form) if result else 1,
        has_next_page=result is not None and _has_next_page(result, form),
    )


def _search_request(form: SearchForm) -> SearchRequest:
    return SearchRequest(
        form.q,
        limit=PAGE_SIZE,
        offset=(form.page - 1) * PAGE_SIZE,
        filter=form.to_filter(),
        facets=("tags", "year"),
        facet_confidence=ANSWER_CONFIDENCE,
        explain=True,
    )


def _with_rows(result: SearchResult) -> tuple[SearchResult, list[Row]]:
    return result, rows_of(result.hits)


def _facets(counts: Mapping[str, Mapping[str, int]], form: SearchForm) -> dict[str, dict[str, int]]:
    """Return the tags and years to offer, with counts. Chosen values, and facets with a single value, are left out."""
    tags = {tag: count for tag, count in counts["tags"].items() if not form.has_tag(tag)}
    years = {} if form.values("year") else dict(sorted(counts["year"].items(), reverse=True))
    facets = {"tag": tags, "year": years}
    return {name: dict(list(values.items())[:MAX_FACET_VALUES]) for name, values in facets.items() if len(values) > 1}


def _previous_page(result: SearchResult, form: SearchForm) -> int:
    """Return the number of the page before this one; after the last hit, that of the last page with hits."""
    last = max(1, -(-result.estimated_total_hits // PAGE_SIZE))
    return form.page - 1 if result.hits else min(form.page - 1, last)


def _has_next_page(result: SearchResult, form: SearchForm) -> bool:
    end = result.offset + len(result.hits)
    return len(result.hits) == PAGE_SIZE and end < result.estimated_total_hits and form.page < LAST_PAGE
