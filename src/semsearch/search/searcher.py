"""How is a request answered? One snapshot and one encoder; nothing here ever changes."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from semsearch.encoding import Encoder
from semsearch.errors import PostNotFound
from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.posts import Post
from semsearch.search.answering import Answering, milliseconds_since, ordinals_of
from semsearch.search.curation import NO_CURATION, Curation, CurationFile
from semsearch.search.hits import related_hit
from semsearch.search.methods import Methods
from semsearch.search.related import RelatedFinder
from semsearch.search.requests import RelatedRequest, SearchRequest, SuggestRequest, text_of
from semsearch.search.results import RelatedResult, SearchResult, Suggestion, SuggestResult
from semsearch.search.second_stage import SecondStage
from semsearch.search.visible import Visible

_COMPLETION_DEPTHS = (4, 100)
"""Posts looked at for each completion that is wanted; the second where most of the first have the same few titles."""


@dataclass(frozen=True, slots=True)
class Searcher(Methods[SearchResult, RelatedResult, SuggestResult, Post]):
    """Answers from one version of an index. May be used from many threads."""

    snapshot: Snapshot
    encoder: Encoder
    curation: CurationFile | Curation | None = None
    """What an editor pins and hides."""
    second_stage: SecondStage | None = None
    """What looks at the first hits again."""
    related_finder: RelatedFinder = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "related_finder", RelatedFinder(self.snapshot, self.encoder))

    # --- in plain values: here is what search/methods.py leaves open --------------------------------------------------

    def post(self, post_id: str) -> Post:
        """The post with this id. Raises PostNotFound."""
        return self.post_within(post_id, NO_FILTER)

    def _search(self, request: Callable[[], SearchRequest]) -> SearchResult:
        return self.answer(request())

    def _related(self, request: Callable[[], RelatedRequest]) -> RelatedResult:
        return self.answer_related(request())

    def _suggest(self, request: Callable[[], SuggestRequest]) -> SuggestResult:
        return self.complete(request())

    # --- in requests ------------------------------------------------------------------------------------------------

    def answer(self, request: SearchRequest) -> SearchResult:
        """:meth:`search` for a request that is checked already."""
        return self.begin(request).at_once(self.encoder)

    def begin(self, request: SearchRequest) -> Answering:
        """The first half of :meth:`answer`: all but what the model says of the question, and what follows from it."""
        return Answering(self.snapshot, self.encoder, request, self.current_curation(), self.second_stage)

    def answer_related(self, request: RelatedRequest) -> RelatedResult:
        """:meth:`related` for a request that is checked already."""
        started = time.perf_counter()
        found = self.related_finder.find(request, ordinals_of(self.snapshot, self.current_curation().hidden))
        surenesses = self.related_finder.confidence(np.array([one.score for one in found])).tolist()
        single = request.positive[0].id if len(request.positive) == 1 and not request.negative else None
        return RelatedResult(
            post_id=single,
            hits=tuple(
                related_hit(one, sureness, explain=request.explain)
                for one, sureness in zip(found, surenesses, strict=True)
            ),
            limit=request.limit,
            processing_time_ms=milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    def post_within(self, post_id: str, within: Filter) -> Post:
        """:meth:`post` for somebody for whom only some posts are there. Raises PostNotFound for all others."""
        found = Visible(self.snapshot, within).ordinals([text_of("id", post_id)])
        if not found:
            raise PostNotFound(post_id)
        [post] = self.snapshot.documents.get(found)
        return replace(post, extra=copy.deepcopy(post.extra))  # who gets it may change it

    def count(self, within: Filter) -> int:
        """How many posts there are for somebody for whom only some are there."""
        return self.snapshot.attributes.count(self.snapshot.attributes.mask(within), collapse=False)

    def complete(self, request: SuggestRequest) -> SuggestResult:
        """:meth:`suggest` for a request that is checked already."""
        started = time.perf_counter()
        suggestions: dict[str, Suggestion] = {}
        hidden = self.current_curation().hidden
        for depth in _COMPLETION_DEPTHS:
            ordinals = self.snapshot.lexical.complete(request.q, depth * request.limit, request.filter)
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

    # --- curation ---------------------------------------------------------------------------------------------------

    def current_curation(self) -> Curation:
        """What is pinned and hidden now."""
        return NO_CURATION if self.curation is None else self.curation.current()

    def with_curation(self, curation: Curation) -> Searcher:
        """One that answers the same, but for what is pinned and hidden."""
        return replace(self, curation=curation)
