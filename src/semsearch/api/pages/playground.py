"""The playground, a page for operators: three rankings of a query side by side, and pins to try."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from semsearch.api.auth.authenticator import Access
from semsearch.api.pages.columns import Column, columns_of
from semsearch.api.pages.html_page import render_page
from semsearch.api.pages.pins import Pins, pins_of
from semsearch.api.request_context import charge, client_disconnected, current_searcher, restrict_to_key
from semsearch.errors import InvalidRequest
from semsearch.index.filters import make_filter
from semsearch.search import Searcher, SearchRequest, SearchResult
from semsearch.search.curation import NO_CURATION, Curation, CurationFile, read_curation_text
from semsearch.search.requests import MAX_QUERY_CHARACTERS, Mode
from semsearch.serving.executor import RequestExecutor

MAX_RULES_CHARACTERS = 2_000
COLUMN_HITS = 10
"""Hits in each column."""
_RATIO = re.compile(r"0(\.[0-9]{1,3})?|1(\.0{1,3})?")

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
    rules: str = "",
) -> Response:
    """Return the form, and the rankings of a query.

    ``ticked`` is the query that ``pin`` and ``hide`` belong to; for any other query, the curation file applies.
    ``rules`` is YAML as in the curation file, which is tried in addition to it.
    """
    access: Access = request.state.access
    searcher = current_searcher(request)
    executor: RequestExecutor = request.app.state.executor
    disconnected = partial(client_disconnected, request)
    semantic_ratio = float(ratio) if _RATIO.fullmatch(ratio) else 0.5
    columns: list[Column] = []
    pins: Pins | None = None
    result: SearchResult | None = None
    problem, rules_problem = None, None
    tried = NO_CURATION
    try:
        tried = _rules_of(rules)
    except InvalidRequest as error:
        rules_problem = error.reason
    tags = await executor.run(lambda: _frequent_tags(searcher, access), until_disconnected=disconnected)
    if q.strip():
        request.state.q = q
        ticked_ids = (pin or [], hide or []) if ticked == q else None
        try:
            search_request = _search_request(q, tag, semantic_ratio)
            charge(request, search_request)
            pins = await executor.run(
                lambda: pins_of(searcher, access.filter, q, ticked_ids, tried), until_disconnected=disconnected
            )
            lexical, result, semantic = [
                await executor.search(
                    trial,
                    restrict_to_key(request, wanted),
                    _unchanged,
                    key_name=access.key_name,
                    until_disconnected=disconnected,
                )
                for trial, wanted in _searches(searcher, search_request, pins)
            ]
            columns = columns_of(lexical, result, semantic)
        except InvalidRequest as error:
            problem = error.reason
    return render_page(
        request,
        "playground.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem or rules_problem else HTTPStatus.OK,
        cacheable=False,
        q=q[:MAX_QUERY_CHARACTERS],
        tag=tag,
        tags=tags,
        ratio=semantic_ratio,
        columns=columns,
        pins=pins,
        problem=problem,
        result=result,
        rules=rules[:MAX_RULES_CHARACTERS],
        rules_problem=rules_problem,
        file_problem=searcher.curation.problem if isinstance(searcher.curation, CurationFile) else None,
        max_rules_characters=MAX_RULES_CHARACTERS,
    )


def _rules_of(text: str) -> Curation:
    """Read the rules to try. Raises InvalidRequest."""
    if len(text) > MAX_RULES_CHARACTERS:
        raise InvalidRequest("rules", f"they have {len(text)} characters, the limit is {MAX_RULES_CHARACTERS}")
    return read_curation_text(text, partial(InvalidRequest, "rules"))


def _search_request(q: str, tag: str, semantic_ratio: float) -> SearchRequest:
    tag_filter = make_filter(tags=[tag] if tag else [])
    return SearchRequest(q, limit=COLUMN_HITS, semantic_ratio=semantic_ratio, filter=tag_filter, explain=True)


def _searches(searcher: Searcher, request: SearchRequest, pins: Pins) -> list[tuple[Searcher, SearchRequest]]:
    """Return the lexical, hybrid and semantic search.

    All of them have synonyms and corrections. Only the hybrid one has pins, hidden posts and reranking.
    """
    plain = replace(searcher.with_curation(Curation(word_rules=pins.curation.word_rules)), second_stage=None)
    modes: tuple[Mode, Mode] = ("lexical", "semantic")
    lexical, semantic = (replace(request, mode=mode) for mode in modes)
    return [(plain, lexical), (searcher.with_curation(pins.curation), request), (plain, semantic)]


def _unchanged(result: SearchResult) -> SearchResult:
    return result


def _frequent_tags(searcher: Searcher, access: Access) -> list[str]:
    """Return the tags of most posts that the key may see, in alphabetical order."""
    attributes = searcher.snapshot.attributes
    return sorted(attributes.facet("tags", attributes.mask(access.filter)), key=str.casefold)
