"""What routes and pages need of a request: the searcher, the filter of its API key, its cost, whether the client is
connected."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from fastapi import Request

from semsearch.api.auth.authenticator import Access
from semsearch.search import RelatedRequest, Searcher, SearchRequest, SuggestRequest

RequestT = TypeVar("RequestT", SearchRequest, SuggestRequest, RelatedRequest)


def current_searcher(request: Request) -> Searcher:
    """The searcher of the version being served. A request takes it once and keeps it to its end."""
    searcher: Searcher = request.app.state.live_index.searcher
    return searcher


async def client_disconnected(request: Request) -> None:
    """Return when the client has disconnected. Raises BodyRefused if it sends too large a body meanwhile."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def restrict_to_key(request: Request, wanted: RequestT) -> RequestT:
    """A search request, restricted to the posts that the API key of the HTTP request may see."""
    access: Access = request.state.access
    if not access.filter:
        return wanted
    if isinstance(wanted, RelatedRequest):
        return replace(wanted, visibility=access.filter)
    restricted = wanted.filter.intersect(access.filter)
    if isinstance(wanted, SearchRequest):
        return replace(wanted, filter=restricted, visibility=access.filter)
    return replace(wanted, filter=restricted)


def charge(request: Request, wanted: SearchRequest | RelatedRequest) -> None:
    """Count an expensive request as several against the rate limit of the client."""
    access: Access = request.state.access
    if wanted.cost > 1:  # it has been counted as one
        access.charge(wanted.cost - 1)


def cache_headers(request: Request) -> dict[str, str]:
    """The headers that say who may cache the response and for how long. With a key, only its holder may."""
    access: Access = request.state.access
    scope = "public" if access.key_name is None else "private"
    headers = {"Cache-Control": f"{scope}, max-age={request.app.state.max_age}"}
    return headers | {"Vary": "Authorization"} if request.app.state.has_keys else headers
