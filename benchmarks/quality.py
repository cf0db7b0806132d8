"""Measure the quality of search: by mode, with typos, and whether confidence recognises unanswerable queries.

    python benchmarks/quality.py COLLECTION [COLLECTION] [--cache DIR] [--txtai]

Prints JSON with these figures for each COLLECTION, a folder as `semsearch evaluate` takes it:

- `hybrid`, `semantic`, `lexical`: the measures of each mode.
- `typos`: hybrid mode, with one random edit in one word of five letters or more of each query. `typos_keep`: its
  nDCG@10 over that without typos.
- `answerable`, with a second collection: how well the confidence of the best hit tells its own queries from
  those of the other, which it cannot answer. `auc` is the area under the ROC curve; `own_questions_answerable` and
  `other_questions_answerable` are the shares of queries that are called answerable.
- `txtai_hybrid`, with --txtai: hybrid search of txtai, on the same posts and queries with the same model.
"""

from __future__ import annotations

import argparse
import random
import string
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common import print_result
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

from semsearch.encoding.models import resolve_model
from semsearch.evaluation.collection import Collection, read_collection
from semsearch.evaluation.measuring import mean, measure
from semsearch.evaluation.runs import DEPTH, Run, search_run
from semsearch.model_card import BUILT_IN
from semsearch.posts import Post
from semsearch.ranking.confidence import ANSWER_CONFIDENCE
from semsearch.ranking.syntax import ParsedQuery
from semsearch.ranking.weights import Weights
from semsearch.rebuilding import rebuild_from
from semsearch.search import Searcher, open_index
from semsearch.search.query_plan import QueryPlan
from semsearch.search.requests import MODES

_MIN_LETTERS = 5


def add_typo(text: str, rng: random.Random) -> str:
    """Insert, delete or replace a letter of a long word, or swap two; a text without long words stays as it is."""
    words = text.split(" ")
    long_words = [place for place, word in enumerate(words) if len(word) >= _MIN_LETTERS and word.isalpha()]
    if not long_words:
        return text
    place = rng.choice(long_words)
    word, letter = words[place], rng.choice(string.ascii_lowercase)
    at = rng.randrange(len(word) - 1)
    words[place] = rng.choice(
        [
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )
    return " ".join(words)


def best_confidences(searcher: Searcher, queries: Mapping[str, str]) -> NDArray[np.float64]:
    """Return the confidence of the best hit of each query."""
    confidences = []
    for text in queries.values():
        query = ParsedQuery.plain(text)
        ranker = QueryPlan(searcher.snapshot, searcher.encoder, query, Weights(1.0, 1.0)).run(searcher.encoder)
        confidences.append(float(np.max(ranker.confidence(ranker.rank(1)), initial=0.0)))
    return np.array(confidences)


def measure_answerable(searcher: Searcher, own: Mapping[str, str], foreign: Mapping[str, str]) -> dict[str, float]:
    """Measure how well the confidence of the best hit tells own queries from those of another collection."""
    own_values, foreign_values = best_confidences(searcher, own), best_confidences(searcher, foreign)
    ranks = rankdata(np.concatenate((own_values, foreign_values)))[: len(own_values)]
    area = (ranks.sum() - len(own_values) * (len(own_values) + 1) / 2) / (len(own_values) * len(foreign_values))
    return {
        "auc": round(float(area), 4),
        "own_questions_answerable": round(float((own_values >= ANSWER_CONFIDENCE).mean()), 3),
        "other_questions_answerable": round(float((foreign_values >= ANSWER_CONFIDENCE).mean()), 3),
    }


def measure_txtai(collection: Collection) -> Mapping[str, float]:
    """Return the measures of txtai's hybrid search."""
    from txtai import Embeddings

    posts = [post for post in collection.posts() if isinstance(post, Post)]
    embeddings = Embeddings(path=str(resolve_model(BUILT_IN).path), hybrid=True, content=False)
    embeddings.index((post.id, f"{post.title} {post.teaser}", None) for post in posts)
    run: Run = {
        query_id: [post_id for post_id, _ in embeddings.search(collection.queries[query_id], DEPTH)]
        for query_id in collection.qrels
    }
    return mean(measure(collection.qrels, run))


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("collections", nargs="+", type=Path)
    options.add_argument("--cache", type=Path)
    options.add_argument("--txtai", action="store_true")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = arguments.cache or Path(folder) / "cache"
        figures: dict[str, dict[str, Any]] = {}
        opened: list[tuple[Searcher, Collection]] = []
        for path in arguments.collections:
            collection, index = read_collection(path), Path(folder) / path.name
            rebuild_from(collection.posts(), index, source=path, user=path, cache=cache)
            searcher = open_index(index, cache=cache)
            opened.append((searcher, collection))
            rng = random.Random(0)
            mistyped = {query_id: add_typo(text, rng) for query_id, text in collection.queries.items()}
            runs: dict[str, Run] = {name: search_run(searcher, collection, name) for name in MODES}
            runs["typos"] = search_run(searcher, replace(collection, queries=mistyped), "hybrid")
            measures = {name: mean(measure(collection.qrels, run)) for name, run in runs.items()}
            figures[path.name] = dict(measures)
            figures[path.name]["typos_keep"] = round(measures["typos"]["nDCG@10"] / measures["hybrid"]["nDCG@10"], 4)
            if arguments.txtai:
                figures[path.name]["txtai_hybrid"] = measure_txtai(collection)
        for (searcher, collection), (_, other) in zip(opened, reversed(opened), strict=True):
            if other is not collection:
                own = {query_id: collection.queries[query_id] for query_id in collection.qrels}
                foreign = {query_id: other.queries[query_id] for query_id in other.qrels}
                figures[collection.folder.name]["answerable"] = measure_answerable(searcher, own, foreign)
    print_result("quality", collections=figures)


if __name__ == "__main__":
    main()
