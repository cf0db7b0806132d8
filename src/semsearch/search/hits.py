"""Build hits from posts: passage, highlights, near-duplicates and explanation."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from semsearch.index import Snapshot
from semsearch.index.lexical.query_model import Phrase
from semsearch.posts import Post
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.score import Explanation, LanguagePart, RecencyPart, RerankingPart
from semsearch.search.arrangement import LANGUAGE_WEIGHT, Arrangement
from semsearch.search.highlights import highlights
from semsearch.search.passage import best_passage, section_of
from semsearch.search.related import RelatedPost
from semsearch.search.requests import SearchRequest
from semsearch.search.results import Hit, NearDuplicate, Passage, Range

_RERANKED_CHARACTERS = 2_000
"""Characters of a post that are passed to the reranker: about as many as the token limit of a cross-encoder allows."""


def search_hits(snapshot: Snapshot, ranker: Ranker, request: SearchRequest, page: Arrangement) -> tuple[Hit, ...]:
    """The hits of one page, in the order of ``page``."""
    ordinals = page.ranking.ordinals.tolist()
    duplicates = {ordinal: page.duplicates.get(ordinal, ()) for ordinal in ordinals}
    needed = dict.fromkeys([*ordinals, *itertools.chain.from_iterable(duplicates.values())])
    posts = dict(zip(needed, snapshot.documents.get(list(needed)), strict=True))
    terms, phrases = ranker.matches.query.terms, ranker.matches.query.marked_phrases
    hits = []
    for place, ordinal in enumerate(ordinals):
        post = posts[ordinal]
        passage = best_passage(snapshot, post, ordinal, int(page.ranking.passage_rows[place]), terms, phrases)
        hits.append(
            _hit(
                post,
                float(page.ranking.scores[place]),
                float(page.confidence[place]),
                passage=passage,
                section=section_of(post, passage),
                highlights=_highlights(snapshot, post, passage, terms, phrases) if request.highlight else {},
                pinned=bool(page.is_pinned[place]),
                duplicates=tuple(_near_duplicate(posts[duplicate]) for duplicate in duplicates[ordinal]),
                explanation=_explanation(ranker, request, page, place, post) if request.explain else None,
            )
        )
    return tuple(hits)


def related_hit(found: RelatedPost, confidence: float, *, explain: bool) -> Hit:
    """The hit for a related post; ``explain`` adds the parts of its score."""
    parts = found.parts if explain else None
    return _hit(
        found.post, found.score, confidence, passage=None, highlights={}, reasons=found.reasons, explanation=parts
    )


def text_to_rerank(post: Post) -> str:
    """The text of a post that the reranker reads: title, teaser and body, at most 2,000 characters."""
    return "\n".join(filter(None, (post.title, post.teaser, post.body)))[:_RERANKED_CHARACTERS]


def _hit(post: Post, score: float, confidence: float, **fields: Any) -> Hit:
    return Hit(
        id=post.id,
        title=post.title,
        teaser=post.teaser,
        url=post.url,
        date=post.date,
        tags=post.tags,
        authors=post.authors,
        image=post.image,
        language=post.language,
        score=score,
        confidence=confidence,
        **fields,
    )


def _near_duplicate(post: Post) -> NearDuplicate:
    return NearDuplicate(id=post.id, title=post.title, url=post.url, date=post.date)


def _highlights(
    snapshot: Snapshot,
    post: Post,
    passage: Passage | None,
    terms: Collection[str],
    phrases: Collection[Phrase],
) -> Mapping[str, tuple[Range, ...]]:
    """The ranges of query terms and phrases in title, teaser and passage; in a hit without any, the whole passage."""
    texts = {"title": post.title, "teaser": post.teaser}
    if passage and passage.field == "body":
        texts["passage"] = passage.text
    ranges_of = {
        name: highlights(text, terms, snapshot.analyzer, post.language, phrases) for name, text in texts.items()
    }
    if passage and passage.field == "teaser":
        ranges_of["passage"] = _clipped(passage, ranges_of["teaser"])
    if passage and passage.text and not any(ranges_of.values()):
        ranges_of["passage"] = ((0, len(passage.text)),)
        if passage.field == "teaser":
            ranges_of["teaser"] = ((passage.start, passage.end),)
    return {name: ranges for name, ranges in ranges_of.items() if ranges}


def _clipped(passage: Passage, ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The ranges of a field, clipped to a passage of the field and relative to its start."""
    start, end = passage.start, passage.end
    return tuple((max(a, start) - start, min(b, end) - start) for a, b in ranges if start < b and a < end)


def _explanation(ranker: Ranker, request: SearchRequest, page: Arrangement, place: int, post: Post) -> Explanation:
    explanation = ranker.explanation(page.ranking, place, post)
    if request.recency.weight > 0 and not page.is_pinned[place]:
        recency = RecencyPart(request.recency.weight, float(page.freshness[place]), float(page.confidence[place]))
        explanation = replace(explanation, recency=recency)
    if page.is_preferred[place] and not page.is_pinned[place]:
        explanation = replace(explanation, language=LanguagePart(LANGUAGE_WEIGHT, float(page.confidence[place])))
    if page.relevance is not None and not np.isnan(page.relevance[place]):
        explanation = replace(explanation, reranking=RerankingPart(float(page.relevance[place]), *page.rerank_range))
    return explanation
