"""How does a search become an answer? In two halves, so that the model may read many questions at once in between."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.index import Snapshot
from semsearch.index.attributes import Mask
from semsearch.ranking.confidence import ANSWERED
from semsearch.ranking.matches import Matches
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.syntax import parse
from semsearch.search.arranging import Arrangement, arrange, reordered
from semsearch.search.asking import Asking
from semsearch.search.curation import Curation
from semsearch.search.hits import search_hits, text_to_rerank
from semsearch.search.requests import SearchRequest, weights_of
from semsearch.search.results import Reranking, SearchResult
from semsearch.search.second_stage import SecondStage, closer_look


class Answering:
    """One search of one snapshot. Used from one thread at a time."""

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
        self._curated = curation.for_query(request.q)
        self._asking = Asking(
            snapshot,
            encoder,
            parse(request.q),
            weights_of(request.mode, request.semantic_ratio),
            request.filter,
            hidden=ordinals_of(snapshot, self._curated.hidden),
            with_copies=request.collapse,
        )
        self._matches: Matches | None = None

    @property
    def text(self) -> str | None:
        """What is to be encoded before :meth:`finish`; None where words alone find posts."""
        return self._asking.text

    def match(self) -> None:
        """What can be done meanwhile."""
        self._matches = self._asking.matches()

    def finish(self, vector: NDArray[np.float32] | None) -> SearchResult:
        """The answer; ``vector``: that of the text, shape (dimension,)."""
        return self._answer(self._asking.ranker(self._matches or self._asking.matches(), vector))

    def at_once(self, encoder: Encoder) -> SearchResult:
        """The answer, all on the spot."""
        return self._answer(self._asking.ask(encoder))

    def _answer(self, ranker: Ranker) -> SearchResult:
        snapshot, request = self._snapshot, self._request
        depth = self._second_stage.depth + len(self._curated.pinned) if self._second_stage else 0
        found = arrange(snapshot, ranker, request, self._curated.pinned, least=depth)
        found, reranking = self._reranked(found)
        counted = self._counted(ranker, found) if request.facets else None
        sure = found.least(request.min_confidence)
        page = np.arange(request.offset, min(request.offset + request.limit, len(sure)))
        return SearchResult(
            query=request.q,
            hits=search_hits(snapshot, ranker, request, sure.take(page)),
            limit=request.limit,
            offset=request.offset,
            estimated_total_hits=len(sure) if request.min_confidence > 0 else max(ranker.total(), len(found)),
            answerable=bool(np.any(found.confidence >= ANSWERED)),
            corrections=dict(ranker.matches.question.corrections),
            facets={name: snapshot.attributes.facet(name, counted) for name in request.facets},
            reranking=reranking,
            processing_time_ms=milliseconds_since(self._started),
            index_version=snapshot.version,
        )

    def _counted(self, ranker: Ranker, found: Arrangement) -> Mask | None:
        """The posts whose values facets count; None for all."""
        if self._request.facet_confidence == 0:
            return ranker.matches.matching()
        mask = np.zeros(len(self._snapshot), dtype=np.bool_)
        mask[found.least(self._request.facet_confidence).ranking.ordinals] = True
        return mask

    def _reranked(self, found: Arrangement) -> tuple[Arrangement, Reranking | None]:
        """The first hits in the order of the second stage, if there is one and it has time enough."""
        if self._second_stage is None:
            return found, None
        ordinals = found.ranking.ordinals[found.pinned : found.pinned + self._second_stage.depth]
        texts = [text_to_rerank(post) for post in self._snapshot.documents.get(ordinals.tolist())]
        relevances = closer_look(self._second_stage, self._request.q, texts) if texts else np.empty(0)
        done = Reranking(self._second_stage.reranker.name, len(texts), done=relevances is not None)
        return (reordered(found, relevances) if relevances is not None and texts else found), done


def ordinals_of(snapshot: Snapshot, ids: Iterable[str]) -> list[int]:
    """The ordinals of those ids that the index holds."""
    return [ordinal for post_id in ids if (ordinal := snapshot.documents.ordinal(post_id)) is not None]


def milliseconds_since(started: float) -> float:
    """Since a time of ``time.perf_counter``."""
    return round((time.perf_counter() - started) * 1000, 3)
