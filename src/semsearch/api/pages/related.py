"""The page of related posts of a post."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from semsearch.api.auth.authenticator import Access
from semsearch.api.pages.html_page import render_page
from semsearch.api.pages.rows import rows_of
from semsearch.api.request_context import client_disconnected, current_searcher, restrict_to_key
from semsearch.posts import Post
from semsearch.rendering import safe_url
from semsearch.search import Example, RelatedRequest, RelatedResult
from semsearch.serving.executor import RequestExecutor

MAX_HITS = 10

router = APIRouter()


@router.get("/related")
@router.head("/related")
async def related_page(request: Request, post: str = "") -> Response:
    """Return the related posts of a post, and what they have in common with it."""
    searcher = current_searcher(request)
    executor: RequestExecutor = request.app.state.executor
    access: Access = request.state.access
    related_request = restrict_to_key(request, RelatedRequest((Example(id=post),), limit=MAX_HITS))

    def look_up() -> tuple[Post, RelatedResult]:
        return searcher.visible_post(post, access.filter), searcher.run_related(related_request)

    found, result = await executor.run(look_up, until_disconnected=partial(client_disconnected, request))
    return render_page(request, "related_page.html", post=found, url=safe_url(found.url), rows=rows_of(result.hits))
