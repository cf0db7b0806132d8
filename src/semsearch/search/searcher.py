"""The searcher: search, related posts and completions over one snapshot. It is immutable."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from semsearch.encoding import Encoder
from semsearch.errors import PostNotFound
from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.plain_values import text_of
from semsearch.posts import Post
from semsearch.search.curation import NO_CURATION, Curation, CurationFile
from semsearch.search.execution import SearchExecution, milliseconds_since
from semsearch.search.hits import related_hit
from semsearch.search.methods import SearchMethods
from semsearch.search.related import RelatedFinder
from semsearch.search.requests import RelatedRequest, SearchRequest, SuggestRequest
from semsearch.search.results import RelatedResult, SearchResult, Suggestion, SuggestResult
from semsearch.search.second_stage import SecondStage
from semsearch.search.visibility import VisiblePosts, known_ordinals

_COMPLETION_DEPTHS = (4, 100)
"""Posts read per requested completion. The second depth is used where many posts share a title."""


@dataclass(frozen=True, slots=True)
class Searcher(SearchMethods[SearchResult, RelatedResult, SuggestResult, Post]):
    """Answers requests from one version of an index. Thread-safe."""

    snapshot: Snapshot
    encoder: Encoder
    curation: CurationFile | Curation | None = None
    """Pinned and hidden posts."""
    second_stage: SecondStage | None = None
    """Reranks the first hits."""
    related_finder: RelatedFinder = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "related_finder", RelatedFinder(self.snapshot, self.encoder))

    # --- SearchMethods ----------------------------------------------------------------------------------------------

    def post(self, post_id: str) -> Post:
        """Return the post with this id. Raises PostNotFound."""
        return self.visible_post(post_id, NO_FILTER)

    def _search(self, make_request: Callable[[], SearchRequest]) -> SearchResult:
        return self.run_search(make_request())

    def _related(self, make_request: Callable[[], RelatedRequest]) -> RelatedResult:
        return self.run_related(make_request())

    def _suggest(self, make_request: Callable[[], SuggestRequest]) -> SuggestResult:
        return self.run_suggest(make_request())

    # --- requests ---------------------------------------------------------------------------------------------------

    def run_search(self, request: SearchRequest) -> SearchResult:
        """:meth:`search` for a request object."""
        return self.begin(request).run(self.encoder)

    def begin(self, request: SearchRequest) -> SearchExecution:
        """Begin a search whose query is encoded by the caller."""
        return SearchExecution(self.snapshot, self.encoder, request, self.current_curation(), self.second_stage)

    def run_related(self, request: RelatedRequest) -> RelatedResult:
        """:meth:`related` for a request object. Raises PostNotFound."""
        started = time.perf_counter()
        hidden = known_ordinals(self.snapshot, self.current_curation().hidden)
        found = self.related_finder.find(request, hidden)
        confidences = self.related_finder.confidence(np.array([related.score for related in found])).tolist()
        is_single = len(request.positive) == 1 and not request.negative
        return RelatedResult(
            post_id=request.positive[0].id if is_single else None,
            hits=tuple(
                related_hit(related, confidence, explain=request.explain)
                for related, confidence in zip(found, confidences, strict=True)
            ),
            limit=request.limit,
            processing_time_ms=milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    def run_suggest(self, request: SuggestRequest) -> SuggestResult:
        """:meth:`suggest` for a request object."""
        started = time.perf_counter()
        suggestions: dict[str, Suggestion] = {}
        hidden = self.current_curation().hidden
        forms = self.snapshot.analyzer.forms(request.q).sequence
        for depth in _COMPLETION_DEPTHS:
            ordinals = self.snapshot.lexical.complete(forms, depth * request.limit, request.filter)
            for post in self.snapshot.documents.get(ordinals.tolist()):
                if post.id not in hidden:
                    suggestions.setdefault(post.title, Suggestion(text=post.title, id=post.id, url=post.url))
            if len(suggestions) >= request.limit:
                break
        return SuggestResult(
            query=request.q,
            suggestions=tuple(suggestions.values())[: request.limit],
            processing_time_ms=milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    # --- posts ------------------------------------------------------------------------------------------------------

    def visible_post(self, post_id: str, visibility: Filter) -> Post:
        """The post with this id, if it passes the filter. Raises PostNotFound for all others."""
        found = VisiblePosts(self.snapshot, visibility).ordinals([text_of("id", post_id)])
        if not found:
            raise PostNotFound(post_id)
        [post] = self.snapshot.documents.get(found)
        return replace(post, extra=copy.deepcopy(post.extra))  # callers may change it

    def count(self, visibility: Filter) -> int:
        """The number of posts that pass the filter."""
        return self.snapshot.attributes.count(self.snapshot.attributes.mask(visibility), collapse=False)

    # --- curation ---------------------------------------------------------------------------------------------------

    def current_curation(self) -> Curation:
        """The pinned and hidden posts, read again if the file changed."""
        return NO_CURATION if self.curation is None else self.curation.current()

    def with_curation(self, curation: Curation) -> Searcher:
        """A searcher over the same snapshot with other pinned and hidden posts."""
        return replace(self, curation=curation)
