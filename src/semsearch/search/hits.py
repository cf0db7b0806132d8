"""How does a post become a hit? Its passage, the words marked in it, its duplicates and its explanation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from semsearch.index import Snapshot
from semsearch.posts import Post
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.score import Explanation, RecencyPart, RerankingPart
from semsearch.search.arranging import Arrangement
from semsearch.search.highlights import highlights
from semsearch.search.passage import best_passage
from semsearch.search.related import RelatedPost
from semsearch.search.requests import SearchRequest
from semsearch.search.results import Copy, Hit, Passage, Range

_RERANKED_CHARACTERS = 2_000
"""About what a cross-encoder reads of a text; more would only take time."""


def search_hits(snapshot: Snapshot, ranker: Ranker, request: SearchRequest, page: Arrangement) -> tuple[Hit, ...]:
    """The hits of a page."""
    ordinals = page.ranking.ordinals.tolist()
    copies = {ordinal: page.copies.get(ordinal, ()) for ordinal in ordinals}
    wanted = dict.fromkeys([*ordinals, *(copy for several in copies.values() for copy in several)])
    posts = dict(zip(wanted, snapshot.documents.get(list(wanted)), strict=True))
    terms = ranker.matches.question.terms
    hits = []
    for place, ordinal in enumerate(ordinals):
        post = posts[ordinal]
        passage = best_passage(snapshot, post, ordinal, int(page.ranking.passage_rows[place]), terms)
        hits.append(
            _hit(
                post,
                float(page.ranking.scores[place]),
                float(page.confidence[place]),
                passage=passage,
                highlights=_marks(snapshot, post, passage, terms) if request.highlight else {},
                pinned=bool(page.is_pinned[place]),
                duplicates=tuple(_copy(posts[copy]) for copy in copies[ordinal]),
                explanation=_explanation(ranker, request, page, place, post) if request.explain else None,
            )
        )
    return tuple(hits)


def related_hit(found: RelatedPost, confidence: float, *, explain: bool) -> Hit:
    """A related post."""
    parts = found.parts if explain else None
    return _hit(
        found.post, found.score, confidence, passage=None, highlights={}, reasons=found.reasons, explanation=parts
    )


def text_to_rerank(post: Post) -> str:
    """What a second stage reads of a post."""
    return "\n".join(filter(None, (post.title, post.teaser, post.body)))[:_RERANKED_CHARACTERS]


def _hit(post: Post, score: float, confidence: float, **found: Any) -> Hit:
    return Hit(
        id=post.id,
        title=post.title,
        teaser=post.teaser,
        url=post.url,
        date=post.date,
        tags=post.tags,
        authors=post.authors,
        score=score,
        confidence=confidence,
        **found,
    )


def _copy(post: Post) -> Copy:
    return Copy(id=post.id, title=post.title, url=post.url, date=post.date)


def _marks(
    snapshot: Snapshot, post: Post, passage: Passage | None, terms: Collection[str]
) -> Mapping[str, tuple[Range, ...]]:
    """The words of the question in title, teaser and passage; of a hit without any, the whole passage."""
    texts = {"title": post.title, "teaser": post.teaser}
    if passage and passage.field == "body":
        texts["passage"] = passage.text
    marks = {name: highlights(text, terms, snapshot.analyzer, post.language) for name, text in texts.items()}
    if passage and passage.field == "teaser":
        marks["passage"] = _within(passage, marks["teaser"])
    if passage and passage.text and not any(marks.values()):
        marks["passage"] = ((0, len(passage.text)),)
        if passage.field == "teaser":
            marks["teaser"] = ((passage.start, passage.end),)
    return {name: ranges for name, ranges in marks.items() if ranges}


def _within(passage: Passage, ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The ranges of the text that a passage is from, as far as they are in it."""
    start, end = passage.start, passage.end
    return tuple((max(a, start) - start, min(b, end) - start) for a, b in ranges if start < b and a < end)


def _explanation(ranker: Ranker, request: SearchRequest, page: Arrangement, place: int, post: Post) -> Explanation:
    explained = ranker.explanation(page.ranking, place, post)
    if request.recency.weight > 0 and not page.is_pinned[place]:
        recency = RecencyPart(request.recency.weight, float(page.freshness[place]), float(page.confidence[place]))
        explained = replace(explained, recency=recency)
    if page.relevance is not None and not np.isnan(page.relevance[place]):
        explained = replace(explained, reranking=RerankingPart(float(page.relevance[place]), *page.span))
    return explained
