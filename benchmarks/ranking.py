"""What would other ways to rank give? Prints JSON: nDCG@10 and R@100 of each on a collection with judgments.

    python benchmarks/ranking.py COLLECTION… [--cache DIR]

`as served` is the ranking of `semsearch search`. The others start from the same likeness in meaning and the same BM25
of all posts, and differ in one thing: how many candidates each index gives, how the two are put on one scale, whether
the question is asked again with the vectors of its first hits (pseudo-relevance feedback, Rocchio), whether long
questions weigh meaning otherwise than short ones, and whether neighbouring words of the question count more where they
are neighbours in the post (proximity).
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from common import print_result
from numpy.typing import NDArray

from semsearch.evaluation.collection import Collection, read_collection
from semsearch.evaluation.measuring import mean, measured
from semsearch.evaluation.runs import DEPTH, Run, search_run
from semsearch.index.lexical.query_model import Condition
from semsearch.ranking import matches, ranker
from semsearch.ranking.question import Question, understand
from semsearch.ranking.score import full_bm25, lexical_deviations, semantic_deviations
from semsearch.ranking.syntax import ParsedQuery
from semsearch.rebuilding import rebuild_from
from semsearch.search import Searcher, open_index

Floats = NDArray[np.float64]
_TOP = 200
_FEEDBACK = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of every post for one question. Arrays have shape (posts,)."""

    question: Question
    vector: NDArray[np.float32]
    meaning: Floats
    """Deviations above the background."""
    bm25: Floats
    possible: float
    pairs: Floats
    """For neighbouring words of the question that are neighbours in a post, their rarity."""


def evidence_of(searcher: Searcher, text: str) -> Evidence:
    snapshot = searcher.snapshot
    question = understand(ParsedQuery.plain(text), snapshot, searcher.encoder.knows)
    vector = searcher.encoder.encode_queries([question.text])[0]
    found, scores = snapshot.lexical.search(question.words, len(snapshot))
    bm25 = np.zeros(len(snapshot))
    bm25[found] = scores
    pairs = np.zeros(len(snapshot))
    for one, other in pairwise(question.words):
        having = snapshot.lexical.meeting(Condition(required=(((one.terms[0], other.terms[0]),),)))
        pairs[having] += math.log1p((len(snapshot) - len(having) + 0.5) / (len(having) + 0.5))
    return Evidence(
        question, vector, meaning(searcher, vector), bm25, snapshot.lexical.best_score(question.words), pairs
    )


def meaning(searcher: Searcher, vector: NDArray[np.float32]) -> Floats:
    """Likeness of every post to a question, in deviations above the background."""
    snapshot = searcher.snapshot
    everything = np.arange(len(snapshot))
    whole = (snapshot.whole.vectors(everything) @ vector).astype(np.float64)
    best = whole.copy()
    rows, begins = snapshot.passages.of_many(everything)
    having = np.flatnonzero(np.diff(begins))
    cosines = (snapshot.passage_vectors.vectors(rows) @ vector).astype(np.float64)
    best[having] = np.maximum.reduceat(cosines, begins[having]) if len(having) else best[having]
    return semantic_deviations(whole, best, snapshot.manifest.calibration.search)


def words(evidence: Evidence, bm25: Floats) -> Floats:
    """BM25 on the scale of meaning, as it is served."""
    return lexical_deviations(bm25, full_bm25(float(bm25.max()), evidence.possible, 1.0))


def standard(scores: Floats) -> Floats:
    """Deviations from the mean of the best 200."""
    top = -np.partition(-scores, min(_TOP, len(scores) - 1))[:_TOP]
    deviations: Floats = (scores - top.mean()) / max(float(top.std()), 1e-9)
    return deviations


def reciprocal(scores: Floats) -> Floats:
    ranks = np.empty(len(scores))
    ranks[np.lexsort((np.arange(len(scores)), -scores))] = np.arange(len(scores))
    return np.where(scores > scores.min(), 1 / (61 + ranks), 0.0)


def fused(evidence: Evidence) -> Floats:
    return evidence.meaning + words(evidence, evidence.bm25)


def feedback(searcher: Searcher, evidence: Evidence, weight: float) -> Floats:
    first = np.argsort(-fused(evidence))[:_FEEDBACK]
    vector = evidence.vector + weight * searcher.snapshot.whole.vectors(first).mean(axis=0)
    return meaning(searcher, vector / np.linalg.norm(vector)) + words(evidence, evidence.bm25)


def by_length(evidence: Evidence, short: float, long: float) -> Floats:
    """Words weigh ``short`` in questions of five words at most, ``long`` in others."""
    weight = short if len(evidence.question.words) <= 5 else long
    return evidence.meaning + weight * words(evidence, evidence.bm25)


def variants(searcher: Searcher) -> Iterator[tuple[str, Callable[[Evidence], Floats]]]:
    yield "every post a candidate", fused
    yield "meaning alone", lambda e: e.meaning
    yield "words alone", lambda e: e.bm25
    yield "scale: best possible BM25", lambda e: e.meaning + lexical_deviations(e.bm25, e.possible / 3)
    yield "scale: best BM25 found", lambda e: e.meaning + lexical_deviations(e.bm25, float(e.bm25.max()))
    yield "scale: z-scores of the best 200", lambda e: standard(e.meaning) + standard(e.bm25)
    yield "ranks: reciprocal rank fusion, k = 60", lambda e: reciprocal(e.meaning) + reciprocal(e.bm25)
    yield "feedback 0.2", lambda e: feedback(searcher, e, 0.2)
    yield "feedback 0.5", lambda e: feedback(searcher, e, 0.5)
    yield "short questions: words 1.5 times", lambda e: by_length(e, 1.5, 1.0)
    yield "long questions: words 1.5 times", lambda e: by_length(e, 1.0, 1.5)
    yield "proximity 0.1", lambda e: e.meaning + words(e, e.bm25 + 0.1 * e.pairs)
    yield "proximity 0.3", lambda e: e.meaning + words(e, e.bm25 + 0.3 * e.pairs)


def look(depths: tuple[int, int]) -> None:
    """Has so many candidates taken from each index."""
    for module in (matches, ranker):
        module.__dict__["DEPTHS"] = depths


def ranked(searcher: Searcher, collection: Collection) -> dict[str, dict[str, float]]:
    """The measures of every way to rank."""
    ids, figures = searcher.snapshot.documents.ids(), {}
    served = matches.DEPTHS
    for depth in (50, 100, 200, 400):
        look((depth, 1_200))
        name = f"depth {depth}" + (", as served" if depth == served[0] else "")
        figures[name] = dict(mean(measured(collection.qrels, search_run(searcher, collection, "hybrid"))))
    look(served)
    evidence = {query_id: evidence_of(searcher, collection.queries[query_id]) for query_id in collection.qrels}
    for name, score in variants(searcher):
        run: Run = {
            query_id: [ids[n] for n in np.argsort(-score(known), kind="stable")[:DEPTH]]
            for query_id, known in evidence.items()
        }
        figures[name] = dict(mean(measured(collection.qrels, run)))
    return figures


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("collections", nargs="+", type=Path)
    options.add_argument("--cache", type=Path)
    chosen = options.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        cache = chosen.cache or Path(folder) / "cache"
        for path in chosen.collections:
            collection, index = read_collection(path), Path(folder) / path.name
            rebuild_from(collection.posts(), index, source=path, user=path, cache=cache)
            figures[path.name] = ranked(open_index(index, cache=cache), collection)
    print_result("ranking", collections=figures)


if __name__ == "__main__":
    main()
