"""How does a service answer what an index is asked? Requests to calls, once for both clients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from semsearch.client.calls import Call, post_call, related_call, search_call, suggest_call
from semsearch.search import RelatedRequest, SearchRequest, SuggestRequest
from semsearch.search.methods import Methods, Published, Related, Searched, Suggested
from semsearch.search.requests import text_of


class ServiceMethods(Methods[Searched, Related, Suggested, Published]):
    """Takes the arguments of a Searcher, and raises the same errors; besides, any ServiceError.

    The answers are those of a Searcher, or what is awaited for them.
    """

    def post(self, post_id: str) -> Published:
        """The post with this id. Raises PostNotFound, or ServiceError."""
        published: Published = self._ask(lambda: post_call(text_of("id", post_id)))
        return published

    def _search(self, request: Callable[[], SearchRequest]) -> Searched:
        found: Searched = self._ask(lambda: search_call(request()))
        return found

    def _related(self, request: Callable[[], RelatedRequest]) -> Related:
        listed: Related = self._ask(lambda: related_call(request()))
        return listed

    def _suggest(self, request: Callable[[], SuggestRequest]) -> Suggested:
        completed: Suggested = self._ask(lambda: suggest_call(request()))
        return completed

    @abstractmethod
    def _ask(self, make: Callable[[], Call[Any]]) -> Any:
        """The answer to a call, which is made only when it is awaited, where it is: so its errors come there too."""
