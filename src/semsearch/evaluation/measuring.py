"""How good is a run? Runs and judgments in, measures by mode and by query out."""

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
from semsearch.rebuilding.progress import OnProgress, ignore
from semsearch.search import Searcher, open_index
from semsearch.search.requests import MODES, Mode

MEASURES = (nDCG @ 10, R @ 100, RR)
RELATED = "related"
_WORST = 20
_WORST_BY = (nDCG @ 10, RR)
"""What questions are put into order by."""
_SHOWN = 3

Measures = Mapping[str, float]
"""By the name of the measure."""


@dataclass(frozen=True, slots=True)
class Found:
    """A post that was found for a question."""

    id: str
    title: str
    judged: int | None
    """How good it is; None where nobody judged it."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A post that should have been found first."""

    id: str
    title: str
    judged: int
    rank: int | None
    """Where it was found, from 1; None where it was not."""


@dataclass(frozen=True, slots=True)
class Worst:
    """A question that was answered badly, and what was found instead."""

    query_id: str
    query: str
    measures: Measures
    found: tuple[Found, ...]
    missed: tuple[Missed, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good the answers to one collection are."""

    task: Task
    mode: str
    """What ``measures``, ``per_query`` and ``worst`` are of; "related" where posts are judged against posts."""
    queries: int
    """Judged queries, or posts with judged related posts."""
    measures: Measures
    modes: Mapping[str, Measures]
    """Every mode that was measured."""
    per_query: Mapping[str, Measures]
    worst: tuple[Worst, ...]
    """At most twenty, those with the lowest nDCG@10 first, and of equals those with the lowest RR."""
    seconds: float
    """All of it: building the index, unless its vectors were known, and answering."""


def evaluate(
    folder: Path | str,
    *,
    mode: Mode | None = None,
    model: str = BUILT_IN,
    cache: Path,
    on_progress: OnProgress = ignore,
) -> Evaluation:
    """Builds a throwaway index of a test collection, asks every judged query, and compares with the judgments.

    All modes are measured unless one is named, which search collections alone have. Vectors are kept in ``cache``,
    which makes a second run quick. Raises CollectionError, CorpusError, InvalidRequest or ModelError.
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
            per_query = measured(collection.qrels, runs[first])
            worst = _worst(searcher, collection, runs[first], per_query)
    modes = {name: mean(measured(collection.qrels, run)) for name, run in runs.items()}
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


def measured(qrels: Qrels, run: Run) -> dict[str, Measures]:
    """Each measure of each query, not rounded: means and comparisons are computed from them."""
    # Scores by place: the measures would put posts of equal score into an order of their own.
    scored = {query_id: {post_id: -float(n) for n, post_id in enumerate(ids)} for query_id, ids in run.items()}
    found: dict[str, dict[str, float]] = {query_id: {} for query_id in qrels}
    for metric in ir_measures.iter_calc(MEASURES, qrels, scored):
        found[metric.query_id][str(metric.measure)] = float(metric.value)
    none = {str(measure): 0.0 for measure in MEASURES}  # of a query for which nothing was found
    return {query_id: none | values for query_id, values in found.items()}


def mean(per_query: Mapping[str, Measures]) -> Measures:
    """The mean of each measure over the queries, to four decimals."""
    return {
        str(measure): round(sum(values[str(measure)] for values in per_query.values()) / len(per_query), 4)
        for measure in MEASURES
    }


def _runs(searcher: Searcher, collection: Collection, mode: Mode | None) -> dict[str, Run]:
    """By mode; the first is the one that is looked at closely."""
    if collection.task == RELATED:
        return {RELATED: related_run(searcher, collection.qrels)}
    modes = MODES if mode is None else (mode,)
    return {name: search_run(searcher, collection, name) for name in modes}


def _worst(
    searcher: Searcher, collection: Collection, run: Run, per_query: Mapping[str, Measures]
) -> tuple[Worst, ...]:
    order = sorted(per_query, key=lambda query_id: (*(per_query[query_id][str(by)] for by in _WORST_BY), query_id))
    return tuple(
        Worst(
            query_id=query_id,
            query=collection.queries.get(query_id) or _title(searcher, query_id),
            measures=per_query[query_id],
            found=_found(searcher, collection.qrels[query_id], run[query_id]),
            missed=_missed(searcher, collection.qrels[query_id], run[query_id]),
        )
        for query_id in order[:_WORST]
    )


def _found(searcher: Searcher, judged: Mapping[str, int], ids: Sequence[str]) -> tuple[Found, ...]:
    return tuple(Found(post_id, _title(searcher, post_id), judged.get(post_id)) for post_id in ids[:_SHOWN])


def _missed(searcher: Searcher, judged: Mapping[str, int], ids: Sequence[str]) -> tuple[Missed, ...]:
    """The best judged posts that are not among the first hits."""
    ranks = {post_id: rank for rank, post_id in enumerate(ids, start=1)}
    best = sorted((-score, post_id) for post_id, score in judged.items() if score > 0)
    missed = [(post_id, -score) for score, post_id in best if ranks.get(post_id, _SHOWN + 1) > _SHOWN]
    return tuple(
        Missed(post_id, _title(searcher, post_id), score, ranks.get(post_id)) for post_id, score in missed[:_SHOWN]
    )


def _title(searcher: Searcher, post_id: str) -> str:
    """The title of a post; empty where the collection does not hold it."""
    ordinal = searcher.snapshot.documents.ordinal(post_id)
    return "" if ordinal is None else searcher.snapshot.documents.get([ordinal])[0].title
