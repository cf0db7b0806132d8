"""Measure whether confidence tells queries that a corpus answers from those that it does not.

    python benchmarks/confidence.py COLLECTION [COLLECTION …] [--cache DIR] [--prior]

Prints JSON. Each COLLECTION, a folder as `semsearch evaluate` takes it, and the posts of corpus/ are searched for their
own judged queries, which they answer, and for those of all others, which they do not. `corpora` has for each:

- `auc`: the area under the ROC curve of the confidence of the best hit, own against other queries.
- `own_answerable`, `other_answerable`: the shares of both that are called answerable.
- `reliability`: how many queries have a confidence in each tenth from 0 to 1, its mean, and the share of own queries
  among them, if own and other queries were equally frequent. Where confidence is reliable, both are equal.

With `--prior` it measures the constants of src/semsearch/rebuilding/prior.py instead, on random parts of the
collections. `similarity` and `posts` are the means over collections. For parts of 1 to 100 posts it compares queries
with a relevant post in the part with those without any, which are about the same field. `best_scores` is a probit
regression: the score at which both are equally likely, by the number of posts, and the deviation.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT, print_result, read_posts
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.stats import norm, rankdata  # type: ignore[import-untyped]

from semsearch.evaluation.collection import Collection, read_collection
from semsearch.index import Background
from semsearch.posts import Post
from semsearch.ranking.confidence import ANSWER_CONFIDENCE
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.syntax import ParsedQuery
from semsearch.ranking.weights import LEXICAL_ONLY, Weights
from semsearch.rebuilding import rebuild_from
from semsearch.search import Searcher, open_index
from semsearch.search.query_plan import QueryPlan

Floats = NDArray[np.float64]
_BINS = 10
_SIZES = (1, 4, 20, 100)
"""Posts of the parts on which the prior is measured."""
_PARTS = 4
"""Parts of each size and collection."""
_QUERIES_OF_PART = 12
"""Queries without a relevant post that are asked of each part."""
_MODES = {"semantic": Weights(1.0, 0.0), "hybrid": Weights(1.0, 1.0), "lexical": LEXICAL_ONLY}


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus with queries that it answers."""

    name: str
    searcher: Searcher
    queries: Sequence[str]


def rank(searcher: Searcher, text: str, weights: Weights, vectors: dict[str, NDArray[np.float32]]) -> Ranker:
    """Match a query, as a search does. ``vectors``: those of queries that were encoded before."""
    plan = QueryPlan(searcher.snapshot, searcher.encoder, ParsedQuery.plain(text), weights)
    if plan.text is not None and plan.text not in vectors:
        [vectors[plan.text]] = searcher.encoder.encode_queries([plan.text])
    return plan.ranker(plan.matches(), None if plan.text is None else vectors[plan.text])


def best_confidences(searcher: Searcher, queries: Sequence[str], vectors: dict[str, NDArray[np.float32]]) -> Floats:
    """Return the confidence of the best hit of each query, 0 if there is none."""
    rankers = (rank(searcher, text, _MODES["hybrid"], vectors) for text in queries)
    return np.array([float(np.max(ranker.confidence(ranker.rank(1)), initial=0.0)) for ranker in rankers])


def area_under_curve(own: Floats, other: Floats) -> float:
    """Return the probability that a random own query has a higher confidence than a random other query."""
    ranks = rankdata(np.concatenate((own, other)))[: len(own)]
    return float((ranks.sum() - len(own) * (len(own) + 1) / 2) / (len(own) * len(other)))


def reliability(own: Floats, other: Floats) -> list[dict[str, float]]:
    """Return the reliability diagram: for each tenth of confidence, its queries, their mean and the share of own."""
    rows = []
    values = np.concatenate((own, other))
    weights = np.concatenate((np.full(len(own), 0.5 / len(own)), np.full(len(other), 0.5 / len(other))))
    is_own = np.arange(len(values)) < len(own)
    bins = np.minimum((values * _BINS).astype(np.int64), _BINS - 1)
    for place in np.unique(bins).tolist():
        here = bins == place
        rows.append(
            {
                "from": place / _BINS,
                "queries": int(here.sum()),
                "confidence": round(float(np.average(values[here], weights=weights[here])), 3),
                "own": round(float(weights[here & is_own].sum() / weights[here].sum()), 3),
            }
        )
    return rows


def measure(corpora: Sequence[Corpus]) -> dict[str, dict[str, Any]]:
    """Measure each corpus with its own queries and those of all others."""
    figures, vectors = {}, dict[str, NDArray[np.float32]]()
    for corpus in corpora:
        own = best_confidences(corpus.searcher, corpus.queries, vectors)
        others = [text for one in corpora if one is not corpus for text in one.queries]
        other = best_confidences(corpus.searcher, others, vectors)
        figures[corpus.name] = {
            "posts": len(corpus.searcher.snapshot),
            "own_queries": len(own),
            "other_queries": len(other),
            "auc": round(area_under_curve(own, other), 4),
            "own_answerable": round(float((own >= ANSWER_CONFIDENCE).mean()), 3),
            "other_answerable": round(float((other >= ANSWER_CONFIDENCE).mean()), 3),
            "reliability": reliability(own, other),
        }
    return figures


# --- prior ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Observation:
    """The best score of a query in a part of a collection."""

    posts: int
    answered: bool
    scores: Mapping[str, float]
    """By mode."""
    matched: float
    """How much of the full lexical score the best match has, 0 to 1."""


def parts(collection: Collection, rng: random.Random) -> Iterator[tuple[list[Post], list[tuple[str, bool]]]]:
    """Yield random parts of a collection, with queries and whether the part has a relevant post for them."""
    posts = {post.id: post for post in collection.posts() if isinstance(post, Post)}
    relevant = {
        query_id: {post_id for post_id, score in judged.items() if score > 0 and post_id in posts}
        for query_id, judged in collection.qrels.items()
    }
    judged_ids = sorted(set().union(*relevant.values()))
    for size in _SIZES:
        for _ in range(_PARTS):
            ids = set(rng.sample(judged_ids, min(size, len(judged_ids))))
            answered = [query_id for query_id, found in relevant.items() if found & ids]
            unanswered = [query_id for query_id, found in relevant.items() if not found & ids]
            queries = [(collection.queries[one], True) for one in rng.sample(answered, min(8, len(answered)))]
            chosen = rng.sample(unanswered, min(_QUERIES_OF_PART, len(unanswered)))
            yield [posts[one] for one in sorted(ids)], queries + [(collection.queries[one], False) for one in chosen]


def observe(collection: Collection, folder: Path, cache: Path) -> Iterator[Observation]:
    """Search parts of a collection."""
    vectors: dict[str, NDArray[np.float32]] = {}
    for number, (posts, queries) in enumerate(parts(collection, random.Random(0))):
        index = folder / f"{collection.folder.name}-{number}"
        rebuild_from(iter(posts), index, source=index, user=index, cache=cache)
        searcher = open_index(index, cache=cache)
        for text, answered in queries:
            rankers = {mode: rank(searcher, text, weights, vectors) for mode, weights in _MODES.items()}
            matches = rankers["hybrid"].matches
            yield Observation(
                posts=len(posts),
                answered=answered,
                scores={mode: ranker.best_evidence() for mode, ranker in rankers.items()},
                matched=matches.best_bm25 / matches.full_bm25 if matches.best_bm25 else 0.0,
            )
        searcher.snapshot.close()


def fit(observations: Sequence[Observation], mode: str, semantic: Mapping[str, float] | None) -> dict[str, float]:
    """Fit a probit regression: Φ((score - one_post - growth · ln(posts)) / deviation) is the probability of an answer.

    Queries with and without an answer weigh the same at each number of posts. ``semantic``: for hybrid mode, the fit of
    semantic mode, which applies to the degree that no word matched (see ``unanswerable_background``).
    """
    logs = np.log([one.posts for one in observations])
    scores = np.array([one.scores[mode] for one in observations])
    matched = np.array([one.matched if semantic else 1.0 for one in observations])
    answered = np.array([one.answered for one in observations])
    weights = np.empty(len(observations))
    for size in np.unique(logs):
        for kind in (True, False):
            here = (logs == size) & (answered == kind)
            weights[here] = 1 / max(int(here.sum()), 1)
    base = semantic or {"one_post": 0.0, "growth": 0.0, "deviation": 1.0}

    def loss(values: Floats) -> float:
        means = [base[name] + matched * (value - base[name]) for name, value in zip(base, values, strict=True)]
        z_scores = (scores - means[0] - means[1] * logs) / np.maximum(means[2], 1e-3)
        return -float((weights * norm.logcdf(np.where(answered, z_scores, -z_scores))).sum())

    found = minimize(loss, np.array([1.0, 0.1, 1.0]), method="Nelder-Mead", options={"maxiter": 4_000}).x
    return {name: round(float(value), 2) for name, value in zip(base, found, strict=True)}


def measure_prior(collections: Sequence[Collection], folder: Path, cache: Path) -> dict[str, Any]:
    """Measure the constants of the prior."""
    calibrations, observations = [], list[Observation]()
    for collection in collections:
        index = folder / collection.folder.name
        rebuild_from(collection.posts(), index, source=collection.folder, user=collection.folder, cache=cache)
        calibrations.append(open_index(index, cache=cache).snapshot.manifest.calibration)
        observations += observe(collection, folder, cache)
    semantic = fit(observations, "semantic", None)
    return {
        "similarity": _mean([calibration.search for calibration in calibrations]),
        "posts": _mean([calibration.posts for calibration in calibrations]),
        "best_scores": {
            "hybrid": fit(observations, "hybrid", semantic),
            "semantic": semantic,
            "lexical": fit([one for one in observations if one.matched], "lexical", None),
        },
        "observations": len(observations),
    }


def _mean(backgrounds: Sequence[Background]) -> dict[str, float]:
    return {
        "mean": round(math.fsum(one.mean for one in backgrounds) / len(backgrounds), 3),
        "deviation": round(math.fsum(one.deviation for one in backgrounds) / len(backgrounds), 3),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("collections", nargs="+", type=Path)
    options.add_argument("--cache", type=Path)
    options.add_argument("--prior", action="store_true", help="measure the prior instead")
    arguments = options.parse_args()
    collections = [read_collection(path) for path in arguments.collections]
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name), arguments.cache or Path(name) / "cache"
        if arguments.prior:
            print_result("confidence", prior=measure_prior(collections, folder, cache))
            return
        corpora = []
        for collection in collections:
            index = folder / collection.folder.name
            rebuild_from(collection.posts(), index, source=collection.folder, user=collection.folder, cache=cache)
            queries = [collection.queries[query_id] for query_id in collection.qrels]
            corpora.append(Corpus(collection.folder.name, open_index(index, cache=cache), queries))
        rebuild_from(iter(read_posts(ROOT / "corpus")), folder / "demo", source=ROOT, user=ROOT, cache=cache)
        questions = (Path(__file__).parent / "demo_questions.txt").read_text(encoding="utf-8").splitlines()
        corpora.append(Corpus("demo", open_index(folder / "demo", cache=cache), questions))
        print_result("confidence", corpora=measure(corpora))


if __name__ == "__main__":
    main()
