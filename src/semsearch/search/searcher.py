"""How is a request answered? One snapshot and one encoder; nothing here ever changes."""

from __future__ import annotations

import copy
import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from semsearch.encoding import Encoder
from semsearch.errors import PostNotFound
from semsearch.index import NO_FILTER, Filter, Snapshot
from semsearch.posts import Post
from semsearch.search.answering import Answering, milliseconds_since, ordinals_of
from semsearch.search.curation import NO_CURATION, Curation, CurationFile
from semsearch.search.hits import related_hit
from semsearch.search.related import RelatedFinder
from semsearch.search.requests import (
    Mode,
    RelatedRequest,
    SearchRequest,
    SuggestRequest,
    examples_of,
    make_filter,
    make_recency,
    text_of,
    texts_of,
)
from semsearch.search.results import RelatedResult, SearchResult, Suggestion, SuggestResult
from semsearch.search.second_stage import SecondStage
from semsearch.search.visible import Visible

_COMPLETION_DEPTHS = (4, 100)
"""Posts looked at for each completion that is wanted; the second where most of the first have the same few titles."""


@dataclass(frozen=True, slots=True)
class Searcher:
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

    # --- in plain values --------------------------------------------------------------------------------------------

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
    ) -> SearchResult:
        """The posts nearest to a question in plain words. Raises InvalidRequest for a value out of range."""
        condition = make_filter(tags=tags, authors=authors, language=language, date_from=date_from, date_to=date_to)
        return self.answer(
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
    ) -> RelatedResult:
        """The posts that belong beside some posts or texts. Raises PostNotFound or InvalidRequest."""
        condition = make_filter(tags=tags, authors=authors, language=language, date_from=date_from, date_to=date_to)
        return self.answer_related(
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

    def suggest(self, q: str, *, limit: int = 5) -> SuggestResult:
        """Titles that complete what was typed. Raises InvalidRequest."""
        return self.complete(SuggestRequest(q=q, limit=limit))

    def post(self, post_id: str) -> Post:
        """The post with this id. Raises PostNotFound."""
        return self.post_within(post_id, NO_FILTER)

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
