"""What may be asked in plain values? The methods of whatever answers: an index here, or a service elsewhere."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from semsearch.search.requests import (
    Mode,
    RelatedRequest,
    SearchRequest,
    SuggestRequest,
    examples_of,
    make_filter,
    make_recency,
    texts_of,
)

Searched = TypeVar("Searched")
Related = TypeVar("Related")
Suggested = TypeVar("Suggested")
Published = TypeVar("Published")


class Methods(ABC, Generic[Searched, Related, Suggested, Published]):
    """Turns plain values into requests. The answers may be awaited, and so are the errors then: who answers makes the
    request itself, of the function that it gets."""

    __slots__ = ()

    def search(
        self,
        q: str,
        *,
        limit: int = 10,
        offset: int = 0,
        mode: Mode = "hybrid",
        semantic_ratio: float = 0.5,
        tags: Sequence[str] = (),
        authors: Sequence[str] = (),
        language: str | None = None,
        date_from: str | dt.date | None = None,
        date_to: str | dt.date | None = None,
        min_confidence: float = 0.0,
        facets: Sequence[str] = (),
        highlight: bool = True,
        explain: bool = False,
        collapse: bool = True,
        recency_weight: float = 0.0,
        recency_scale: float = 365.0,
        recency_decay: float = 0.5,
        recency_origin: str | dt.date | None = None,
    ) -> Searched:
        """The posts nearest to a question in plain words. Raises InvalidRequest for a value out of range."""

        def request() -> SearchRequest:
            condition = make_filter(tags=tags, authors=authors, language=language, date_from=date_from, date_to=date_to)
            return SearchRequest(
                q=q,
                limit=limit,
                offset=offset,
                mode=mode,
                semantic_ratio=semantic_ratio,
                filter=condition,
                min_confidence=min_confidence,
                facets=texts_of("facets", facets),
                highlight=highlight,
                explain=explain,
                collapse=collapse,
                recency=make_recency(recency_weight, recency_scale, recency_decay, recency_origin),
            )

        return self._search(request)

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
        tags: Sequence[str] = (),
        authors: Sequence[str] = (),
        language: str | None = None,
        date_from: str | dt.date | None = None,
        date_to: str | dt.date | None = None,
        min_confidence: float = 0.0,
        explain: bool = False,
    ) -> Related:
        """The posts that belong beside some posts or texts. Raises PostNotFound or InvalidRequest."""

        def request() -> RelatedRequest:
            condition = make_filter(tags=tags, authors=authors, language=language, date_from=date_from, date_to=date_to)
            return RelatedRequest(
                positive=examples_of("positive", post_ids, texts),
                negative=examples_of("negative", negative, negative_texts),
                limit=limit,
                diversity=diversity,
                exclude=exclude,
                exclude_linked=exclude_linked,
                newer=newer,
                filter=condition,
                min_confidence=min_confidence,
                explain=explain,
            )

        return self._related(request)

    def suggest(self, q: str, *, limit: int = 5) -> Suggested:
        """Titles that complete what was typed. Raises InvalidRequest."""
        return self._suggest(lambda: SuggestRequest(q=q, limit=limit))

    @abstractmethod
    def post(self, post_id: str) -> Published:
        """The post with this id. Raises PostNotFound."""

    @abstractmethod
    def _search(self, request: Callable[[], SearchRequest]) -> Searched: ...

    @abstractmethod
    def _related(self, request: Callable[[], RelatedRequest]) -> Related: ...

    @abstractmethod
    def _suggest(self, request: Callable[[], SuggestRequest]) -> Suggested: ...
