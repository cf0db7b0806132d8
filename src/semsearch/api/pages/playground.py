"""What would another setting find? For who runs the search: three rankings side by side, and pins to try."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from semsearch.api.auth.authenticator import Access
from semsearch.api.pages.columns import Column, columns_of
from semsearch.api.pages.pins import Pins, pins_of
from semsearch.api.pages.showing import shown
from semsearch.api.request_context import client_disconnected, current_searcher, restrict_to_key
from semsearch.errors import InvalidRequest
from semsearch.search import Searcher, SearchRequest, SearchResult
from semsearch.search.requests import MAX_QUERY_CHARACTERS, Mode, make_filter
from semsearch.serving.work import Work

LISTED = 10
"""Hits in each column."""
_SHARE = re.compile(r"0(\.[0-9]{1,3})?|1(\.0{1,3})?")

router = APIRouter()


@router.get("/playground")
@router.head("/playground")
async def playground_page(
    request: Request,
    q: str = "",
    tag: str = "",
    ratio: str = "",
    ticked: str = "",
    pin: Annotated[list[str] | None, Query()] = None,
    hide: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """``ticked``: the question that ``pin`` and ``hide`` are for; of another one, what the file says holds."""
    access: Access = request.state.access
    searcher = current_searcher(request)
    work: Work = request.app.state.work
    gone = partial(client_disconnected, request)
    share = float(ratio) if _SHARE.fullmatch(ratio) else 0.5
    columns: list[Column] = []
    pins: Pins | None = None
    problem = None
    tags = await work.do(lambda: _tags(searcher, access), gone=gone)
    if q.strip():
        request.state.q = q
        chosen = (pin or [], hide or []) if ticked == q else None
        try:
            asked = _request(q, tag, share)
            pins = await work.do(lambda: pins_of(searcher, access.filter, q, chosen), gone=gone)
            columns = columns_of(
                *[
                    await work.search(one, restrict_to_key(request, wanted), _as_it_is, gone=gone)
                    for one, wanted in _searches(searcher, asked, pins)
                ]
            )
        except InvalidRequest as error:
            problem = error.reason
    return shown(
        request,
        "playground.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        kept=False,
        q=q[:MAX_QUERY_CHARACTERS],
        tag=tag,
        tags=tags,
        ratio=share,
        columns=columns,
        pins=pins,
        problem=problem,
    )


def _request(q: str, tag: str, ratio: float) -> SearchRequest:
    condition = make_filter(tags=[tag] if tag else [])
    return SearchRequest(q, limit=LISTED, semantic_ratio=ratio, filter=condition, explain=True)


def _searches(searcher: Searcher, asked: SearchRequest, pins: Pins) -> list[tuple[Searcher, SearchRequest]]:
    """Words, both, and meaning: the second as visitors would see it, the others as they are found."""
    plain = replace(searcher, curation=None, second_stage=None)
    modes: tuple[Mode, Mode] = ("lexical", "semantic")
    words, meaning = (replace(asked, mode=mode) for mode in modes)
    return [(plain, words), (searcher.with_curation(pins.curation), asked), (plain, meaning)]


def _as_it_is(result: SearchResult) -> SearchResult:
    return result


def _tags(searcher: Searcher, access: Access) -> list[str]:
    """Those that most posts have, in the order of the alphabet."""
    attributes = searcher.snapshot.attributes
    return sorted(attributes.facet("tags", attributes.mask(access.filter)), key=str.casefold)
