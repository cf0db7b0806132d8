"""The methods that both clients share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from semsearch.client.calls import Call, post_call, related_call, search_call, suggest_call
from semsearch.plain_values import text_of
from semsearch.search import RelatedRequest, SearchRequest, SuggestRequest
from semsearch.search.methods import PostT, RelatedT, SearchMethods, SearchT, SuggestT


class ServiceMethods(SearchMethods[SearchT, RelatedT, SuggestT, PostT]):
    """The methods of a ``Searcher``, over HTTP. They raise the same errors, and any ServiceError.

    They return the results of a ``Searcher``, or awaitables of them.
    """

    def post(self, post_id: str) -> PostT:
        """Return the post with this id. Raises PostNotFound or ServiceError."""
        published: PostT = self._send(lambda: post_call(text_of("id", post_id)))
        return published

    def _search(self, request: Callable[[], SearchRequest]) -> SearchT:
        found: SearchT = self._send(lambda: search_call(request()))
        return found

    def _related(self, request: Callable[[], RelatedRequest]) -> RelatedT:
        listed: RelatedT = self._send(lambda: related_call(request()))
        return listed

    def _suggest(self, request: Callable[[], SuggestRequest]) -> SuggestT:
        completed: SuggestT = self._send(lambda: suggest_call(request()))
        return completed

    @abstractmethod
    def _send(self, make_call: Callable[[], Call[Any]]) -> Any:
        """Send a call and return its result. An asynchronous client does both when awaited."""
