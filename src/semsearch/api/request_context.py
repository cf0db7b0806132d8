"""What routes and pages need of a request: the searcher, what the key may see, whether the client is still there."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from fastapi import Request

from semsearch.api.auth.authenticator import Access
from semsearch.search import RelatedRequest, Searcher, SearchRequest, SuggestRequest

R = TypeVar("R", SearchRequest, SuggestRequest, RelatedRequest)


def current_searcher(request: Request) -> Searcher:
    """The searcher that answers now. A request takes it once, and keeps it to its end."""
    searcher: Searcher = request.app.state.serving.searcher
    return searcher


async def client_disconnected(request: Request) -> None:
    """Returns when the client has hung up. What it still sends is read, and may be refused as too much."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def restrict_to_key(request: Request, wanted: R) -> R:
    """What is wanted, of the posts that there are for who asks."""
    access: Access = request.state.access
    if not access.filter:
        return wanted
    if isinstance(wanted, RelatedRequest):
        return replace(wanted, within=access.filter)
    return replace(wanted, filter=wanted.filter.both(access.filter))


def cache_headers(request: Request) -> dict[str, str]:
    """Who may keep an answer, and for how long: what a key opens is for who holds it."""
    access: Access = request.state.access
    whose = "public" if access.key_name is None else "private"
    headers = {"Cache-Control": f"{whose}, max-age={request.app.state.max_age}"}
    return headers | {"Vary": "Authorization"} if request.app.state.has_keys else headers
