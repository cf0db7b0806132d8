"""Measures of search quality on a test collection, by mode and by query."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import ir_measures
from ir_measures import RR, R, nDCG

from semsearch.errors import InvalidRequest
from semsearch.evaluation.collection import Collection, Qrels, Task, read_collection
from semsearch.evaluation.runs import Run, related_run, search_run
from semsearch.model_card import BUILT_IN
from semsearch.rebuilding import rebuild_from
from semsearch.rebuilding.progress import OnProgress, ignore_progress
from semsearch.search import Searcher, open_index
from semsearch.search.requests import MODES, Mode

MEASURES = (nDCG @ 10, R @ 100, RR)
RELATED = "related"
_MAX_WORST = 20
_WORST_BY = (nDCG @ 10, RR)
"""Measures that order the worst queries."""
_TOP = 3
"""Hits and missed posts shown for each of the worst queries."""

Measures = Mapping[str, float]
"""Values from 0 to 1 by name of the measure."""


@dataclass(frozen=True, slots=True)
class FoundPost:
    """One of the first hits of a query."""

    id: str
    title: str
    judged: int | None
    """Its judgment; None if it was not judged."""


@dataclass(frozen=True, slots=True)
class MissedPost:
    """A relevant post that is not among the first hits."""

    id: str
    title: str
    judged: int
    rank: int | None
    """Its rank, from 1; None if it was not found."""


@dataclass(frozen=True, slots=True)
class WorstQuery:
    """A query with low measures, its first hits, and the relevant posts that should have been among them."""

    query_id: str
    query: str
    measures: Measures
    found: tuple[FoundPost, ...]
    missed: tuple[MissedPost, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures of one collection."""

    task: Task
    mode: str
    """The mode of ``measures``, ``per_query`` and ``worst``; "related" for the task of that name."""
    queries: int
    """Number of judged queries; for the task "related", of posts with judged related posts."""
    measures: Measures
    modes: Mapping[str, Measures]
    """The measures of every mode that was evaluated."""
    per_query: Mapping[str, Measures]
    worst: tuple[WorstQuery, ...]
    """At most twenty, the lowest nDCG@10 first, then the lowest RR."""
    seconds: float
    """Time for building the index and for all queries."""


def evaluate(
    folder: Path | str,
    *,
    mode: Mode | None = None,
    model: str = BUILT_IN,
    cache: Path,
    on_progress: OnProgress = ignore_progress,
) -> Evaluation:
    """Build a temporary index of a test collection, run every judged query, and measure the hits by the judgments.

    All modes are evaluated unless one is given; collections of related posts have no modes. Vectors are cached in
    ``cache``, so a second run is fast. Raises CollectionError, CorpusError, InvalidRequest or ModelError.
    """
    if mode is not None and mode not in MODES:
        raise InvalidRequest("mode", f"{mode!r} is none of {', '.join(MODES)}")
    started, collection = time.perf_counter(), read_collection(Path(folder))
    source = collection.folder
    with TemporaryDirectory(prefix="semsearch-evaluate-") as index:
        posts = collection.posts()
        rebuild_from(posts, index, source=source, user=source, model=model, cache=cache, on_progress=on_progress)
        searcher = open_index(index, cache=cache)
        with closing(searcher.snapshot):
            runs = _runs(searcher, collection, mode)
            first = next(iter(runs))
            per_query = measure(collection.qrels, runs[first])
            worst = _worst(searcher, collection, runs[first], per_query)
    modes = {name: mean(measure(collection.qrels, run)) for name, run in runs.items()}
    return Evaluation(
        task=collection.task,
        mode=first,
        queries=len(collection.qrels),
        measures=modes[first],
        modes=modes,
        per_query=per_query,
        worst=worst,
        seconds=round(time.perf_counter() - started, 3),
    )


def measure(qrels: Qrels, run: Run) -> dict[str, Measures]:
    """Compute each measure of each query, not rounded, since means and comparisons are computed from them."""
    # Scores are ranks, since ir_measures would reorder posts with equal scores.
    scored = {query_id: {post_id: -float(n) for n, post_id in enumerate(ids)} for query_id, ids in run.items()}
    found: dict[str, dict[str, float]] = {query_id: {} for query_id in qrels}
    for metric in ir_measures.iter_calc(MEASURES, qrels, scored):
        found[metric.query_id][str(metric.measure)] = float(metric.value)
    none = {str(name): 0.0 for name in MEASURES}  # for a query without hits
    return {query_id: none | values for query_id, values in found.items()}


def mean(per_query: Mapping[str, Measures]) -> Measures:
    """Return the mean of each measure over the queries, rounded to four decimals."""
    return {
        str(name): round(sum(values[str(name)] for values in per_query.values()) / len(per_query), 4)
        for name in MEASURES
    }


def _runs(searcher: Searcher, collection: Collection, mode: Mode | None) -> dict[str, Run]:
    """Return the runs by mode; the first is the one that the evaluation shows in detail."""
    if collection.task == RELATED:
        return {RELATED: related_run(searcher, collection.qrels)}
    modes = MODES if mode is None else (mode,)
    return {name: search_run(searcher, collection, name) for name in modes}


def _worst(
    searcher: Searcher, collection: Collection, run: Run, per_query: Mapping[str, Measures]
) -> tuple[WorstQuery, ...]:
    order = sorted(per_query, key=lambda query_id: (*(per_query[query_id][str(by)] for by in _WORST_BY), query_id))
    return tuple(
        WorstQuery(
            query_id=query_id,
            query=collection.queries.get(query_id) or _title(searcher, query_id),
            measures=per_query[query_id],
            found=_found(searcher, collection.qrels[query_id], run[query_id]),
            missed=_missed(searcher, collection.qrels[query_id], run[query_id]),
        )
        for query_id in order[:_MAX_WORST]
    )


def _found(searcher: Searcher, judged: Mapping[str, int], ids: Sequence[str]) -> tuple[FoundPost, ...]:
    return tuple(FoundPost(post_id, _title(searcher, post_id), judged.get(post_id)) for post_id in ids[:_TOP])


def _missed(searcher: Searcher, judged: Mapping[str, int], ids: Sequence[str]) -> tuple[MissedPost, ...]:
    """Return the posts with the highest judgments that are not among the first hits."""
    ranks = {post_id: rank for rank, post_id in enumerate(ids, start=1)}
    best = sorted((-score, post_id) for post_id, score in judged.items() if score > 0)
    missed = [(post_id, -score) for score, post_id in best if ranks.get(post_id, _TOP + 1) > _TOP]
    return tuple(
        MissedPost(post_id, _title(searcher, post_id), score, ranks.get(post_id)) for post_id, score in missed[:_TOP]
    )


def _title(searcher: Searcher, post_id: str) -> str:
    """Return the title of a post; empty if the collection does not hold it."""
    ordinal = searcher.snapshot.documents.ordinal(post_id)
    return "" if ordinal is None else searcher.snapshot.documents.get([ordinal])[0].title
