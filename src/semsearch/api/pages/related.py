"""Which posts belong beside a post? A page of its own for each."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from semsearch.api.auth.authenticator import Access
from semsearch.api.pages.rows import rows_of
from semsearch.api.pages.showing import shown
from semsearch.api.request_context import client_disconnected, current_searcher, restrict_to_key
from semsearch.posts import Post
from semsearch.rendering import safe_url
from semsearch.search import Example, RelatedRequest, RelatedResult
from semsearch.serving.work import Work

MOST = 10

router = APIRouter()


@router.get("/related")
@router.head("/related")
async def related_page(request: Request, post: str = "") -> Response:
    """The related posts of a post, with what they have in common."""
    searcher = current_searcher(request)
    work: Work = request.app.state.work
    access: Access = request.state.access
    asked = restrict_to_key(request, RelatedRequest((Example(id=post),), limit=MOST))

    def find() -> tuple[Post, RelatedResult]:
        return searcher.post_within(post, access.filter), searcher.answer_related(asked)

    found, result = await work.do(find, gone=partial(client_disconnected, request))
    return shown(request, "related_page.html", post=found, url=safe_url(found.url), rows=rows_of(result.hits))
