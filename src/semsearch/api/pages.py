"""What does a visitor see? The search page, rendered here and complete without JavaScript."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from semsearch.api.access import Access
from semsearch.api.routes import CurrentSearcher, theirs
from semsearch.api.work import Work
from semsearch.errors import InvalidRequest
from semsearch.ranking.confidence import ANSWERED
from semsearch.rendering import safe_url, templates
from semsearch.search import Hit, SearchRequest, SearchResult
from semsearch.search.requests import MAX_OFFSET, MAX_QUERY_CHARACTERS, make_filter
from semsearch.search.results import Range

PAGE_SIZE = 10
SHORT = 300
"""Characters of a teaser that is shown whole."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that is marked, or is not."""

    text: str
    marked: bool


def segments(text: str, ranges: tuple[Range, ...]) -> list[Segment]:
    """A text cut at its highlights; joined, the segments are the text."""
    cut, place = [], 0
    for start, end in ranges:
        cut += [Segment(text[place:start], marked=False), Segment(text[start:end], marked=True)]
        place = end
    cut.append(Segment(text[place:], marked=False))
    return [segment for segment in cut if segment.text]


@dataclass(frozen=True, slots=True)
class _Row:
    """A hit as the page shows it."""

    hit: Hit
    url: str | None
    title: list[Segment]
    excerpt: list[Segment]
    copies: list[tuple[str, str | None]]
    """Title and link of near-duplicates."""


def _row(hit: Hit) -> _Row:
    """The excerpt is the teaser, unless that hides the sentence that answers best: then it is that sentence."""
    if hit.passage and (hit.passage.field == "body" or len(hit.teaser) > SHORT):
        excerpt = segments(hit.passage.text, hit.highlights.get("passage", ()))
    else:
        excerpt = segments(hit.teaser, hit.highlights.get("teaser", ()))
    title = segments(hit.title, hit.highlights.get("title", ()))
    copies = [(copy.title, safe_url(copy.url)) for copy in hit.duplicates]
    return _Row(hit, safe_url(hit.url), title, excerpt, copies)


@router.get("/")
@router.head("/")
@router.get("/search")
@router.head("/search")
async def search_page(
    request: Request,
    searcher: CurrentSearcher,
    q: str = "",
    page: str = "1",
    tag: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """The empty form, or the hits for a question."""
    tags = list(dict.fromkeys(tag or []))
    number = min(int(page), 1 + MAX_OFFSET // PAGE_SIZE) if re.fullmatch("[1-9][0-9]{0,3}", page) else 1
    result: SearchResult | None = None
    problem = None
    work: Work = request.app.state.work
    if q.strip():
        request.state.q = q
        try:
            asked = SearchRequest(q, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, filter=make_filter(tags=tags))
            asked = theirs(request, asked)
            result = await work.search(searcher, asked, lambda found: found, gone=request.is_disconnected)
        except InvalidRequest as error:
            problem = error.reason
    access: Access = request.state.access
    html = templates.get_template("search.html").render(
        q=q[:MAX_QUERY_CHARACTERS],
        tags=tags,
        posts=searcher.count(access.filter),
        result=result,
        sure=[_row(hit) for hit in result.hits if _is_answer(hit)] if result else [],
        unsure=[_row(hit) for hit in result.hits if not _is_answer(hit)] if result else [],
        problem=problem,
        previous=_link(q, tags, number - 1) if number > 1 else None,
        following=_link(q, tags, number + 1) if result and _more(result) else None,
        link=lambda chosen: _link(q, chosen, 1),
        root=request.scope.get("root_path", ""),
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)


def _is_answer(hit: Hit) -> bool:
    """Whether a hit stands above the line: it is sure enough, or an editor put it there."""
    return hit.pinned or hit.confidence >= ANSWERED


def _more(result: SearchResult) -> bool:
    end = result.offset + len(result.hits)
    return len(result.hits) == PAGE_SIZE and end < min(result.estimated_total_hits, MAX_OFFSET + PAGE_SIZE)


def _link(q: str, tags: list[str], page: int) -> str:
    """The address of a page of hits, relative to the page itself."""
    return "search?" + urlencode([("q", q), *(("tag", tag) for tag in tags), *([("page", page)] if page > 1 else [])])
