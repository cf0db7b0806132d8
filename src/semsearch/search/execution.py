"""The execution of a search: from request to result, in two steps, between which the caller may encode the query."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.index import Snapshot
from semsearch.index.attributes import Mask
from semsearch.ranking.confidence import ANSWER_CONFIDENCE
from semsearch.ranking.matches import Matches
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.syntax import parse
from semsearch.search.arrangement import Arrangement, arrange, rerank_hits
from semsearch.search.curation import Curation
from semsearch.search.hits import search_hits, text_to_rerank
from semsearch.search.preferred_language import posts_in_language, preferred_language
from semsearch.search.query_plan import QueryPlan
from semsearch.search.requests import SearchRequest, weights_of
from semsearch.search.results import CurationKind, Reranking, SearchResult
from semsearch.search.second_stage import SecondStage, rerank
from semsearch.search.unknown_values import unknown_values
from semsearch.search.visibility import known_ordinals


class SearchExecution:
    """One search of one snapshot. Not thread-safe.

    Call :meth:`run`; or encode :attr:`text` elsewhere, call :meth:`match` meanwhile, and then :meth:`finish`.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        request: SearchRequest,
        curation: Curation,
        second_stage: SecondStage | None,
    ) -> None:
        self._started = time.perf_counter()
        self._snapshot, self._request, self._second_stage = snapshot, request, second_stage
        parsed = parse(request.q)
        language = preferred_language(snapshot, parsed.text, request.page_language, request.visibility)
        self._preferred = None if language is None else posts_in_language(snapshot, language)
        entry = curation.for_query_only(request.q)
        self._curation, self._redirect = curation.applied(entry), curation.redirect(request.q)
        self._own_hidden = known_ordinals(snapshot, entry.hidden)
        self._word_rules = curation.word_rules
        self._plan = QueryPlan(
            snapshot,
            encoder,
            parsed,
            weights_of(request.mode, request.semantic_ratio),
            request.filter,
            hidden=known_ordinals(snapshot, self._curation.hidden),
            collapse=request.collapse,
            rules=curation.word_rules,
            visibility=request.visibility,
        )
        self._matches: Matches | None = None

    @property
    def text(self) -> str | None:
        """The text to encode before :meth:`finish`; None where the ranking is lexical only."""
        return self._plan.text

    def match(self) -> None:
        """Do the work that needs no query vector."""
        self._matches = self._plan.matches()

    def finish(self, vector: NDArray[np.float32] | None) -> SearchResult:
        """Return the result. ``vector``: the encoded :attr:`text`, shape (dimension,)."""
        return self._result(self._plan.ranker(self._matches or self._plan.matches(), vector))

    def run(self, encoder: Encoder) -> SearchResult:
        """Do all steps in the calling thread and return the result."""
        return self._result(self._plan.run(encoder))

    def _result(self, ranker: Ranker) -> SearchResult:
        snapshot, request = self._snapshot, self._request
        depth = self._second_stage.depth + len(self._curation.pinned) if self._second_stage else 0
        found = arrange(snapshot, ranker, request, self._curation.pinned, min_hits=depth, preferred=self._preferred)
        found, reranking = self._reranked(found)
        faceted = self._faceted(ranker, found) if request.facets else None
        confident = found.at_least(request.min_confidence)
        page = np.arange(request.offset, min(request.offset + request.limit, len(confident)))
        return SearchResult(
            query=request.q,
            hits=search_hits(snapshot, ranker, request, confident.take(page)),
            limit=request.limit,
            offset=request.offset,
            estimated_total_hits=len(confident) if request.min_confidence > 0 else max(ranker.total(), len(found)),
            answerable=bool(np.any(found.confidence >= ANSWER_CONFIDENCE)),
            corrections=dict(ranker.matches.query.corrections),
            missing=ranker.matches.missing(),
            synonyms=dict(ranker.matches.query.synonyms),
            redirect=self._redirect,
            curated=self._curated(ranker, found),
            unknown=unknown_values(snapshot.attributes, request.filter, request.visibility),
            facets={name: snapshot.attributes.facet(name, faceted) for name in request.facets},
            reranking=reranking,
            processing_time_ms=milliseconds_since(self._started),
            index_version=snapshot.version,
        )

    def _curated(self, ranker: Ranker, found: Arrangement) -> tuple[CurationKind, ...]:
        """What of the curation applies to the query. Posts outside the filter do not count."""
        query = ranker.matches.query
        corrected = any(self._word_rules.corrects(typed) for typed, _ in query.corrections)
        applied: dict[CurationKind, bool] = {
            "pins": found.pinned_count > 0,
            "hidden": self._hides_any(),
            "synonyms": bool(query.synonyms),
            "corrections": corrected,
            "redirect": self._redirect is not None,
        }
        return tuple(kind for kind, is_applied in applied.items() if is_applied)

    def _hides_any(self) -> bool:
        """Whether the entry of the query hides a post that passes the filter."""
        if not self._own_hidden:
            return False
        allowed = self._snapshot.attributes.mask(self._request.filter)
        return allowed is None or any(allowed[ordinal] for ordinal in self._own_hidden)

    def _faceted(self, ranker: Ranker, found: Arrangement) -> Mask | None:
        """The posts whose values are counted in facets; None for all posts."""
        least = max(self._request.facet_confidence, self._request.min_confidence)
        if least == 0:
            return ranker.matches.matching()
        mask = np.zeros(len(self._snapshot), dtype=np.bool_)
        mask[found.at_least(least).ranking.ordinals] = True
        return mask

    def _reranked(self, found: Arrangement) -> tuple[Arrangement, Reranking | None]:
        """Reorder the first hits by the second stage. The order stays where there is none, or its budget ran out."""
        if self._second_stage is None:
            return found, None
        ordinals = found.ranking.ordinals[found.pinned_count : found.pinned_count + self._second_stage.depth]
        texts = [text_to_rerank(post) for post in self._snapshot.documents.get(ordinals.tolist())]
        relevances = rerank(self._second_stage, self._request.q, texts) if texts else np.empty(0)
        report = Reranking(self._second_stage.reranker.name, len(texts), done=relevances is not None)
        return (rerank_hits(found, relevances) if relevances is not None and texts else found), report


def milliseconds_since(started: float) -> float:
    """Milliseconds since ``started``, a value of ``time.perf_counter``."""
    return round((time.perf_counter() - started) * 1000, 3)
