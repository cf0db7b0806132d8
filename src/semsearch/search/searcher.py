"""How is a request answered? One snapshot and one encoder; nothing here ever changes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.errors import PostNotFound
from semsearch.index import Snapshot
from semsearch.index.attributes import Mask
from semsearch.posts import Post
from semsearch.search.confidence import confidence
from semsearch.search.explanation import Explanation, RelatedExplanation
from semsearch.search.highlights import highlights
from semsearch.search.passage import best_passage
from semsearch.search.ranking import Ranker, Ranking, weights
from semsearch.search.related import find_related
from semsearch.search.requests import (
    Example,
    Mode,
    RelatedRequest,
    SearchRequest,
    SuggestRequest,
    make_filter,
    text_of,
    texts_of,
)
from semsearch.search.results import Hit, Passage, RelatedResult, SearchResult, Suggestion, SuggestResult

_COMPLETION_DEPTHS = (4, 100)
"""Posts looked at for each completion that is wanted; the second where most of the first have the same few titles."""


@dataclass(frozen=True, slots=True)
class Searcher:
    """Answers from one version of an index. May be used from many threads."""

    snapshot: Snapshot
    encoder: Encoder

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
        mask = self.snapshot.attributes.mask(request.filter)
        vector = self.encoder.encode_queries([request.q])[0] if weights(request)[0] else None
        ranker = Ranker(self.snapshot, request, vector, mask)
        ranking = ranker.rank(request.offset + request.limit)
        sureness = _sureness(ranking, len(self.snapshot))
        # Within one depth confidence falls with the score, so what is sure enough comes first.
        places = np.flatnonzero(sureness >= request.min_confidence)
        matching = self._matching(request, ranker.terms, mask)
        page = places[request.offset : request.offset + request.limit]
        return SearchResult(
            query=request.q,
            hits=self._hits(request, ranker.terms, ranking, sureness, page),
            limit=request.limit,
            offset=request.offset,
            estimated_total_hits=len(places) if request.min_confidence > 0 else _count(matching, len(self.snapshot)),
            facets={name: self.snapshot.attributes.facet(name, matching) for name in request.facets},
            processing_time_ms=_milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    def answer_related(self, request: RelatedRequest) -> RelatedResult:
        """:meth:`related` for a request that is checked already."""
        started = time.perf_counter()
        found = find_related(self.snapshot, self.encoder, request)
        posts = self.snapshot.documents.get(found.ordinals.tolist())
        explanations = [
            RelatedExplanation(float(positive), float(negative))
            for positive, negative in zip(found.positive, found.negative, strict=True)
        ]
        hits = [
            _hit(
                post,
                score=explanation.score,
                sureness=float(sureness),
                passage=None,
                highlights={},
                explanation=explanation if request.explain else None,
            )
            for post, explanation, sureness in zip(posts, explanations, found.confidence, strict=True)
        ]
        single = request.positive[0].id if len(request.positive) == 1 and not request.negative else None
        return RelatedResult(
            post_id=single,
            hits=tuple(hits),
            limit=request.limit,
            processing_time_ms=_milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    def complete(self, request: SuggestRequest) -> SuggestResult:
        """:meth:`suggest` for a request that is checked already."""
        started = time.perf_counter()
        suggestions: dict[str, Suggestion] = {}
        for depth in _COMPLETION_DEPTHS:
            ordinals = self.snapshot.lexical.complete(request.q, depth * request.limit)
            for post in self.snapshot.documents.get(ordinals.tolist()):
                suggestions.setdefault(post.title, Suggestion(text=post.title, id=post.id, url=post.url))
            if len(suggestions) >= request.limit:
                break
        return SuggestResult(
            query=request.q,
            suggestions=tuple(suggestions.values())[: request.limit],
            processing_time_ms=_milliseconds_since(started),
            index_version=self.snapshot.version,
        )

    def _matching(self, request: SearchRequest, terms: Sequence[str], mask: Mask | None) -> Mask | None:
        """All posts that match, not only those ranked: what totals and facets count."""
        if weights(request)[0]:
            return mask
        matching = np.zeros(len(self.snapshot), dtype=np.bool_)
        matching[self.snapshot.lexical.matching(terms, request.filter)] = True
        return matching

    def _hits(
        self,
        request: SearchRequest,
        terms: Collection[str],
        ranking: Ranking,
        sureness: NDArray[np.float64],
        page: NDArray[np.intp],
    ) -> tuple[Hit, ...]:
        posts = self.snapshot.documents.get(ranking.ordinals[page].tolist())
        hits = []
        for place, post in zip(page.tolist(), posts, strict=True):
            explanation = ranking.explanation(place, self.snapshot)
            passage = best_passage(
                self.snapshot, post, int(ranking.ordinals[place]), int(ranking.passage_rows[place]), terms
            )
            texts = {"title": post.title, "teaser": post.teaser, "passage": passage.text if passage else ""}
            shown = texts.items() if request.highlight else ()
            marks = {name: highlights(text, terms, self.snapshot.lexical) for name, text in shown}
            hits.append(
                _hit(
                    post,
                    score=explanation.score,
                    sureness=float(sureness[place]),
                    passage=passage,
                    highlights={name: ranges for name, ranges in marks.items() if ranges},
                    explanation=explanation if request.explain else None,
                )
            )
        return tuple(hits)


def _examples(name: str, post_ids: Iterable[str], texts: Iterable[str]) -> tuple[Example, ...]:
    return (
        *(Example(id=post_id) for post_id in texts_of(name, post_ids)),
        *(Example(text=text) for text in texts_of(name, texts)),
    )


def _hit(
    post: Post,
    *,
    score: float,
    sureness: float,
    passage: Passage | None,
    highlights: dict[str, tuple[tuple[int, int], ...]],
    explanation: Explanation | RelatedExplanation | None,
) -> Hit:
    return Hit(
        id=post.id,
        title=post.title,
        teaser=post.teaser,
        url=post.url,
        date=post.date,
        tags=post.tags,
        authors=post.authors,
        score=score,
        confidence=sureness,
        passage=passage,
        highlights=highlights,
        explanation=explanation,
    )


def _sureness(ranking: Ranking, posts: int) -> NDArray[np.float64]:
    """By words alone, the share of the best match; otherwise measured against the background of the corpus."""
    if not ranking.semantic_weight:
        return ranking.bm25 / ranking.best_bm25 if ranking.best_bm25 else np.zeros(len(ranking))
    return confidence(ranking.scores, posts)


def _count(mask: Mask | None, posts: int) -> int:
    return posts if mask is None else int(np.count_nonzero(mask))


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
