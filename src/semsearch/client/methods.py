"""What may a service be asked? The methods of a Searcher, once for both clients."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from semsearch.client.calls import Call, post_call, related_call, search_call, suggest_call
from semsearch.search import RelatedRequest, SearchRequest, SuggestRequest
from semsearch.search.requests import Mode, examples_of, make_filter, make_recency, text_of, texts_of

Searched = TypeVar("Searched")
Related = TypeVar("Related")
Suggested = TypeVar("Suggested")
Published = TypeVar("Published")


class Methods(ABC, Generic[Searched, Related, Suggested, Published]):
    """Takes the arguments of a Searcher, and raises the same errors; besides, any ServiceError.

    The answers are those of a Searcher, or what is awaited for them.
    """

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
        """The posts nearest to a question in plain words. Raises InvalidRequest, or ServiceError."""

        def call() -> Call[Any]:
            condition = make_filter(tags=tags, authors=authors, language=language, date_from=date_from, date_to=date_to)
            return search_call(
                SearchRequest(
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
            )

        found: Searched = self._ask(call)
        return found

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
        """The posts that belong beside some posts or texts. Raises PostNotFound, InvalidRequest, or ServiceError."""

        def call() -> Call[Any]:
            condition = make_filter(tags=tags, authors=authors, language=language, date_from=date_from, date_to=date_to)
            return related_call(
                RelatedRequest(
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
            )

        listed: Related = self._ask(call)
        return listed

    def suggest(self, q: str, *, limit: int = 5) -> Suggested:
        """Titles that complete what was typed. Raises InvalidRequest, or ServiceError."""
        completed: Suggested = self._ask(lambda: suggest_call(SuggestRequest(q=q, limit=limit)))
        return completed

    def post(self, post_id: str) -> Published:
        """The post with this id. Raises PostNotFound, or ServiceError."""
        published: Published = self._ask(lambda: post_call(text_of("id", post_id)))
        return published

    @abstractmethod
    def _ask(self, make: Callable[[], Call[Any]]) -> Any:
        """The answer to a call, which is made only when it is awaited, where it is: so its errors come there too."""
