"""Compare alternative rankings with the one that is used, on collections with judgments.

    python benchmarks/ranking.py COLLECTION… [--cache DIR]

Prints JSON: nDCG@10 and R@100 of each ranking. `as served` is the ranking of `semsearch search`. The others use the
same similarities and the same BM25 scores, and differ in one respect:

- `depth`: the number of candidates from each index.
- `scale`, `ranks`: how semantic and lexical scores are fused.
- `without feedback`, `without hubness`: neither has the feedback from the first hits; the second has no hubness either.
- `feedback`: instead, the query vector is moved towards the vectors of the first hits (Rocchio).
- `short questions`, `long questions`: lexical scores weigh more for queries of that length.
- `proximity`: adjacent words of the query count more in posts where they are adjacent.
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
from semsearch.evaluation.measuring import mean, measure
from semsearch.evaluation.runs import DEPTH, Run, search_run
from semsearch.index.lexical.query_model import Condition
from semsearch.index.similarity import similarities
from semsearch.ranking import matches, ranker
from semsearch.ranking.analyzed_query import AnalyzedQuery, analyze_query
from semsearch.ranking.feedback import FEEDBACK_POSTS, feedback_vector
from semsearch.ranking.score import HUBNESS_WEIGHT, feedback_score, full_bm25, lexical_score, semantic_score
from semsearch.ranking.syntax import ParsedQuery
from semsearch.rebuilding import rebuild_from
from semsearch.search import Searcher, open_index

Floats = NDArray[np.float64]
_STANDARDIZED = 200
"""Best posts whose scores are standardized."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The scores of every post for one query. Arrays have shape (posts,)."""

    question: AnalyzedQuery
    vector: NDArray[np.float32]
    semantic: Floats
    """Standard deviations above the background."""
    bm25: Floats
    best_bm25: float
    """The best possible BM25 score of the query."""
    pairs: Floats
    """The sum of the inverse document frequencies of those pairs of adjacent words that are adjacent in the post."""


def score_posts(searcher: Searcher, text: str) -> Evidence:
    """Compute all scores of a query."""
    snapshot = searcher.snapshot
    question = analyze_query(ParsedQuery.plain(text), snapshot, searcher.encoder.is_known_word)
    vector = searcher.encoder.encode_queries([question.text])[0]
    found, scores = snapshot.lexical.search(question.words, len(snapshot))
    bm25 = np.zeros(len(snapshot))
    bm25[found] = scores
    pairs = np.zeros(len(snapshot))
    for first, second in pairwise(question.words):
        matching = snapshot.lexical.satisfying(Condition(required=((first.text, second.text),)))
        pairs[matching] += math.log1p((len(snapshot) - len(matching) + 0.5) / (len(matching) + 0.5))
    return Evidence(
        question, vector, semantic_scores(searcher, vector), bm25, snapshot.lexical.max_score(question.words), pairs
    )


def semantic_scores(searcher: Searcher, vector: NDArray[np.float32]) -> Floats:
    """Return the similarity of every post to a query, in standard deviations above the background."""
    snapshot = searcher.snapshot
    ordinals = np.arange(len(snapshot))
    whole = (snapshot.post_vectors.vectors(ordinals) @ vector).astype(np.float64)
    best = whole.copy()
    rows, begins = snapshot.passages.rows_of_many(ordinals)
    with_passages = np.flatnonzero(np.diff(begins))
    cosines = (snapshot.passage_vectors.vectors(rows) @ vector).astype(np.float64)
    if len(with_passages):
        best[with_passages] = np.maximum.reduceat(cosines, begins[with_passages])
    hubness = snapshot.hubness.excess[ordinals]
    return semantic_score(whole, best, hubness, snapshot.manifest.calibration.search)


def lexical_scores(evidence: Evidence, bm25: Floats) -> Floats:
    """Return BM25 on the scale of semantic scores, as `semsearch search` does."""
    return lexical_score(bm25, full_bm25(float(bm25.max()), evidence.best_bm25, 1.0))


def standardize(scores: Floats) -> Floats:
    """Return z-scores with the mean and deviation of the best 200."""
    top = -np.partition(-scores, min(_STANDARDIZED, len(scores) - 1))[:_STANDARDIZED]
    deviations: Floats = (scores - top.mean()) / max(float(top.std()), 1e-9)
    return deviations


def reciprocal_ranks(scores: Floats) -> Floats:
    """Return 1 / (60 + rank); 0 for posts with the least score."""
    ranks = np.empty(len(scores))
    ranks[np.lexsort((np.arange(len(scores)), -scores))] = np.arange(len(scores))
    return np.where(scores > scores.min(), 1 / (61 + ranks), 0.0)


def hybrid_scores(evidence: Evidence) -> Floats:
    return evidence.semantic + lexical_scores(evidence, evidence.bm25)


def served_scores(searcher: Searcher, evidence: Evidence) -> Floats:
    """Return the scores of `semsearch search`, with feedback from the first hits."""
    scores, snapshot = hybrid_scores(evidence), searcher.snapshot
    first = np.lexsort((np.arange(len(scores)), -scores))[:FEEDBACK_POSTS]
    vectors = snapshot.post_vectors.vectors(np.arange(len(snapshot)))
    similarity = similarities(vectors, feedback_vector(vectors[first], scores[first]))
    return scores + feedback_score(similarity, snapshot.manifest.calibration.posts)


def scores_without_hubness(searcher: Searcher, evidence: Evidence) -> Floats:
    """Return the scores without hubness and without feedback."""
    snapshot = searcher.snapshot
    subtracted = HUBNESS_WEIGHT * snapshot.hubness.excess / snapshot.manifest.calibration.search.deviation
    return hybrid_scores(evidence) + subtracted


def feedback_scores(searcher: Searcher, evidence: Evidence, weight: float) -> Floats:
    """Score again with the query vector moved towards the mean vector of the first hits."""
    first = np.argsort(-hybrid_scores(evidence))[:FEEDBACK_POSTS]
    vector = evidence.vector + weight * searcher.snapshot.post_vectors.vectors(first).mean(axis=0)
    return semantic_scores(searcher, vector / np.linalg.norm(vector)) + lexical_scores(evidence, evidence.bm25)


def scores_by_length(evidence: Evidence, short: float, long: float) -> Floats:
    """Weigh lexical scores by ``short`` for queries of at most five words, and by ``long`` for others."""
    weight = short if len(evidence.question.words) <= 5 else long
    return evidence.semantic + weight * lexical_scores(evidence, evidence.bm25)


def variants(searcher: Searcher) -> Iterator[tuple[str, Callable[[Evidence], Floats]]]:
    """Yield the name and the scoring function of each alternative."""
    yield "every post a candidate", lambda e: served_scores(searcher, e)
    yield "without feedback", hybrid_scores
    yield "without hubness", lambda e: scores_without_hubness(searcher, e)
    yield "meaning alone", lambda e: e.semantic
    yield "words alone", lambda e: e.bm25
    yield "scale: best possible BM25", lambda e: e.semantic + lexical_score(e.bm25, e.best_bm25 / 3)
    yield "scale: best BM25 found", lambda e: e.semantic + lexical_score(e.bm25, float(e.bm25.max()))
    yield "scale: z-scores of the best 200", lambda e: standardize(e.semantic) + standardize(e.bm25)
    yield "ranks: reciprocal rank fusion, k = 60", lambda e: reciprocal_ranks(e.semantic) + reciprocal_ranks(e.bm25)
    yield "feedback 0.2", lambda e: feedback_scores(searcher, e, 0.2)
    yield "feedback 0.5", lambda e: feedback_scores(searcher, e, 0.5)
    yield "short questions: words 1.5 times", lambda e: scores_by_length(e, 1.5, 1.0)
    yield "long questions: words 1.5 times", lambda e: scores_by_length(e, 1.0, 1.5)
    yield "proximity 0.1", lambda e: e.semantic + lexical_scores(e, e.bm25 + 0.1 * e.pairs)
    yield "proximity 0.3", lambda e: e.semantic + lexical_scores(e, e.bm25 + 0.3 * e.pairs)


def set_depths(depths: tuple[int, int]) -> None:
    """Set how many candidates are taken from each index."""
    for module in (matches, ranker):
        module.__dict__["DEPTHS"] = depths


def measure_rankings(searcher: Searcher, collection: Collection) -> dict[str, dict[str, float]]:
    """Return the measures of each ranking."""
    ids, figures = searcher.snapshot.documents.ids(), {}
    served = matches.DEPTHS
    for depth in (50, 100, 200, 400):
        set_depths((depth, 1_200))
        name = f"depth {depth}" + (", as served" if depth == served[0] else "")
        figures[name] = dict(mean(measure(collection.qrels, search_run(searcher, collection, "hybrid"))))
    set_depths(served)
    evidence = {query_id: score_posts(searcher, collection.queries[query_id]) for query_id in collection.qrels}
    for name, score in variants(searcher):
        run: Run = {
            query_id: [ids[n] for n in np.argsort(-score(scores), kind="stable")[:DEPTH]]
            for query_id, scores in evidence.items()
        }
        figures[name] = dict(mean(measure(collection.qrels, run)))
    return figures


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("collections", nargs="+", type=Path)
    options.add_argument("--cache", type=Path)
    arguments = options.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        cache = arguments.cache or Path(folder) / "cache"
        for path in arguments.collections:
            collection, index = read_collection(path), Path(folder) / path.name
            rebuild_from(collection.posts(), index, source=path, user=path, cache=cache)
            figures[path.name] = measure_rankings(open_index(index, cache=cache), collection)
    print_result("ranking", collections=figures)


if __name__ == "__main__":
    main()
