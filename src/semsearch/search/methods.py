"""The search methods that Searcher, Client and AsyncClient share: they take plain values and build requests."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, Unpack

from semsearch.index.filters import FilterValues, make_filter
from semsearch.plain_values import texts_of
from semsearch.search.requests import (
    Mode,
    RelatedRequest,
    SearchRequest,
    SuggestRequest,
    examples_of,
    make_recency,
)

SearchT = TypeVar("SearchT")
RelatedT = TypeVar("RelatedT")
SuggestT = TypeVar("SuggestT")
PostT = TypeVar("PostT")


class SearchMethods(ABC, Generic[SearchT, RelatedT, SuggestT, PostT]):
    """Methods that build a request from plain values and pass it to an implementation.

    The type parameters are what the methods return: a result, or an awaitable of one. The implementation receives a
    function that makes the request, so that an asynchronous one can raise InvalidRequest when it is awaited.
    """

    __slots__ = ()

    def search(
        self,
        q: str,
        *,
        limit: int = 10,
        offset: int = 0,
        mode: Mode = "hybrid",
        semantic_ratio: float = 0.5,
        min_confidence: float = 0.0,
        facets: Sequence[str] = (),
        facet_confidence: float = 0.0,
        highlight: bool = True,
        explain: bool = False,
        collapse: bool = True,
        page_language: str | None = None,
        recency_weight: float = 0.0,
        recency_scale: float = 365.0,
        recency_decay: float = 0.5,
        recency_origin: str | dt.date | None = None,
        **filters: Unpack[FilterValues],
    ) -> SearchT:
        """Search for posts. Parameters as in SearchRequest; raises InvalidRequest for an invalid value.

        The ``recency_`` parameters are those of Recency. ``filters`` are the fields of Filter: ``tags``, ``authors``,
        ``language``, and the inclusive days ``date_from`` and ``date_to``.
        """

        def make_request() -> SearchRequest:
            return SearchRequest(
                q=q,
                limit=limit,
                offset=offset,
                mode=mode,
                semantic_ratio=semantic_ratio,
                filter=make_filter(**filters),
                min_confidence=min_confidence,
                facets=texts_of("facets", facets),
                facet_confidence=facet_confidence,
                highlight=highlight,
                explain=explain,
                collapse=collapse,
                page_language=page_language,
                recency=make_recency(recency_weight, recency_scale, recency_decay, recency_origin),
            )

        return self._search(make_request)

    def related(
        self,
        *post_ids: str,
        texts: Sequence[str] = (),
        negative: Sequence[str] = (),
        negative_texts: Sequence[str] = (),
        limit: int = 5,
        diversity: float = 0.3,
        exclude: Sequence[str] = (),
        exclude_linked: bool = False,
        newer: bool = True,
        min_confidence: float = 0.3,
        explain: bool = False,
        **filters: Unpack[FilterValues],
    ) -> RelatedT:
        """Find posts related to the given posts and texts. Parameters as in RelatedRequest; ``filters`` as in search.

        ``negative`` and ``negative_texts``: ids and texts of negative examples. Raises PostNotFound or InvalidRequest.
        """

        def make_request() -> RelatedRequest:
            return RelatedRequest(
                positive=examples_of("positive", post_ids, texts),
                negative=examples_of("negative", negative, negative_texts),
                limit=limit,
                diversity=diversity,
                exclude=exclude,
                exclude_linked=exclude_linked,
                newer=newer,
                filter=make_filter(**filters),
                min_confidence=min_confidence,
                explain=explain,
            )

        return self._related(make_request)

    def suggest(self, q: str, *, limit: int = 5) -> SuggestT:
        """Complete the start of a query with titles of posts. Raises InvalidRequest."""
        return self._suggest(lambda: SuggestRequest(q=q, limit=limit))

    @abstractmethod
    def post(self, post_id: str) -> PostT:
        """Return the post with this id. Raises PostNotFound."""

    @abstractmethod
    def _search(self, make_request: Callable[[], SearchRequest]) -> SearchT: ...

    @abstractmethod
    def _related(self, make_request: Callable[[], RelatedRequest]) -> RelatedT: ...

    @abstractmethod
    def _suggest(self, make_request: Callable[[], SuggestRequest]) -> SuggestT: ...
