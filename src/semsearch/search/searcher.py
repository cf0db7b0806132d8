"""How is a request answered? One snapshot and one encoder; nothing here ever changes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from semsearch.encoding import Encoder
from semsearch.errors import PostNotFound
from semsearch.index import Snapshot
from semsearch.posts import Post
from semsearch.ranking.confidence import ANSWERED
from semsearch.ranking.syntax import parse
from semsearch.search.arranging import Arrangement, arrange, reordered
from semsearch.search.asking import ask
from semsearch.search.curation import NO_CURATION, Curation, CurationFile
from semsearch.search.hits import related_hit, search_hits, text_to_rerank
from semsearch.search.related import RelatedFinder
from semsearch.search.requests import (
    Example,
    Mode,
    RelatedRequest,
    SearchRequest,
    SuggestRequest,
    make_filter,
    make_recency,
    text_of,
    texts_of,
    weights_of,
)
from semsearch.search.results import RelatedResult, Reranking, SearchResult, Suggestion, SuggestResult
from semsearch.search.second_stage import SecondStage, closer_look

_COMPLETION_DEPTHS = (4, 100)
"""Posts looked at for each completion that is wanted; the second where most of the first have the same few titles."""


@dataclass(frozen=True, slots=True)
class Searcher:
    """Answers from one version of an index. May be used from many threads."""

    snapshot: Snapshot
    encoder: Encoder
    curation: CurationFile | None = None
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
                positive=_examples("positive", post_ids, texts),
                negative=_examples("negative", negative, negative_texts),
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
        ordinal = self.snapshot.documents.ordinal(text_of("id", post_id))
        if ordinal is None:
            raise PostNotFound(post_id)
        return self.snapshot.documents.get([ordinal])[0]

    # --- in requests ------------------------------------------------------------------------------------------------

    def answer(self, request: SearchRequest) -> SearchResult:
        """:meth:`search` for a request that is checked already."""
        started = time.perf_counter()
        weights, collapse = weights_of(request.mode, request.semantic_ratio), request.collapse
        curated = self._curation().for_query(request.q)
        ranker = ask(
            self.snapshot,
            self.encoder,
            parse(request.q),
            weights,
            request.filter,
            hidden=self._ordinals(curated.hidden),
            with_copies=collapse,
        )
        depth = self.second_stage.depth + len(curated.pinned) if self.second_stage else 0
        found = arrange(self.snapshot, ranker, request, curated.pinned, least=depth)
        found, reranking = self._reranked(request.q, found)
        matching = ranker.matches.matching() if request.facets else None
        sure = found.least(request.min_confidence)
        page = np.arange(request.offset, min(request.offset + request.limit, len(sure)))
        return SearchResult(
            query=request.q,
            hits=search_hits(self.snapshot, ranker, request, sure.take(page)),
            limit=request.limit,
            offset=request.offset,
            estimated_total_hits=len(sure) if request.min_confidence > 0 else max(ranker.total(), len(found)),
            answerable=bool(np.any(found.confidence >= ANSWERED)),
            corrections=dict(ranker.matches.question.corrections),
            facets={name: self.snapshot.attributes.facet(name, matching) for name in request.facets},
            reranking=reranking,
            processing_time_ms=_milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    def answer_related(self, request: RelatedRequest) -> RelatedResult:
        """:meth:`related` for a request that is checked already."""
        started = time.perf_counter()
        found = self.related_finder.find(request, self._ordinals(self._curation().hidden))
        surenesses = self.related_finder.confidence(np.array([one.score for one in found])).tolist()
        single = request.positive[0].id if len(request.positive) == 1 and not request.negative else None
        return RelatedResult(
            post_id=single,
            hits=tuple(
                related_hit(one, sureness, explain=request.explain)
                for one, sureness in zip(found, surenesses, strict=True)
            ),
            limit=request.limit,
            processing_time_ms=_milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    def complete(self, request: SuggestRequest) -> SuggestResult:
        """:meth:`suggest` for a request that is checked already."""
        started = time.perf_counter()
        suggestions: dict[str, Suggestion] = {}
        hidden = self._curation().hidden
        for depth in _COMPLETION_DEPTHS:
            ordinals = self.snapshot.lexical.complete(request.q, depth * request.limit)
            for post in self.snapshot.documents.get(ordinals.tolist()):
                if post.id not in hidden:
                    suggestions.setdefault(post.title, Suggestion(text=post.title, id=post.id, url=post.url))
            if len(suggestions) >= request.limit:
                break
        return SuggestResult(
            query=request.q,
            suggestions=tuple(suggestions.values())[: request.limit],
            processing_time_ms=_milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    def _curation(self) -> Curation:
        return NO_CURATION if self.curation is None else self.curation.current()

    def _ordinals(self, ids: Iterable[str]) -> list[int]:
        """Of those ids that the index holds."""
        return [ordinal for post_id in ids if (ordinal := self.snapshot.documents.ordinal(post_id)) is not None]

    def _reranked(self, q: str, found: Arrangement) -> tuple[Arrangement, Reranking | None]:
        """The first hits in the order of the second stage, if there is one and it has time enough."""
        if self.second_stage is None:
            return found, None
        ordinals = found.ranking.ordinals[found.pinned : found.pinned + self.second_stage.depth]
        texts = [text_to_rerank(post) for post in self.snapshot.documents.get(ordinals.tolist())]
        relevances = closer_look(self.second_stage, q, texts) if texts else np.empty(0)
        done = Reranking(self.second_stage.reranker.name, len(texts), done=relevances is not None)
        return (reordered(found, relevances) if relevances is not None and texts else found), done


def _examples(name: str, post_ids: Iterable[str], texts: Iterable[str]) -> tuple[Example, ...]:
    return (
        *(Example(id=post_id) for post_id in texts_of(name, post_ids)),
        *(Example(text=text) for text in texts_of(name, texts)),
    )


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
