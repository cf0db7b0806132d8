"""How good are the answers, what do typos cost, and does confidence tell what a corpus can answer? Prints JSON.

    python benchmarks/quality.py COLLECTION [COLLECTION] [--cache DIR] [--txtai]

A collection is a folder as `semsearch evaluate` reads it. `typos` asks every question again with one random edit in one
word of five letters or more. With a second collection, `answerable` asks each the questions of the other, which it
cannot answer, and gives the area under the ROC curve of the confidence of the best hit, and how many questions of
either kind are taken for answerable. `--txtai` measures the closest peer on the same posts and questions: its hybrid
search with the same model.
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
from semsearch.evaluation.measuring import mean, measured
from semsearch.evaluation.runs import DEPTH, Run, search_run
from semsearch.model_card import BUILT_IN
from semsearch.posts import Post
from semsearch.ranking.confidence import ANSWERED
from semsearch.ranking.syntax import ParsedQuery
from semsearch.ranking.weights import Weights
from semsearch.rebuilding import rebuild_from
from semsearch.search import Searcher, open_index
from semsearch.search.asking import Asking
from semsearch.search.requests import MODES

_LEAST_LETTERS = 5


def with_typo(text: str, chance: random.Random) -> str:
    """The text with one letter of one word more, less or another, or two exchanged; as it is without such a word."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= _LEAST_LETTERS and word.isalpha()]
    if not long:
        return text
    place = chance.choice(long)
    word, letter = words[place], chance.choice(string.ascii_lowercase)
    at = chance.randrange(len(word) - 1)
    words[place] = chance.choice(
        [
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )
    return " ".join(words)


def best_confidences(searcher: Searcher, questions: Mapping[str, str]) -> NDArray[np.float64]:
    """How sure the best hit of each question is."""
    found = []
    for text in questions.values():
        query = ParsedQuery.plain(text)
        ranker = Asking(searcher.snapshot, searcher.encoder, query, Weights(1.0, 1.0)).ask(searcher.encoder)
        found.append(float(ranker.confidence(ranker.rank(1).scores[:1])[0]))
    return np.array(found)


def answerable(searcher: Searcher, own: Mapping[str, str], others: Mapping[str, str]) -> dict[str, float]:
    """Whether the confidence of the best hit tells the questions of a collection from those of another."""
    held, unheld = best_confidences(searcher, own), best_confidences(searcher, others)
    ranks = rankdata(np.concatenate((held, unheld)))[: len(held)]
    area = (ranks.sum() - len(held) * (len(held) + 1) / 2) / (len(held) * len(unheld))
    return {
        "auc": round(float(area), 4),
        "own_questions_answerable": round(float((held >= ANSWERED).mean()), 3),
        "other_questions_answerable": round(float((unheld >= ANSWERED).mean()), 3),
    }


def of_txtai(collection: Collection) -> Mapping[str, float]:
    """The measures of txtai's hybrid search."""
    from txtai import Embeddings

    posts = [post for post in collection.posts() if isinstance(post, Post)]
    peer = Embeddings(path=str(resolve_model(BUILT_IN).path), hybrid=True, content=False)
    peer.index((post.id, f"{post.title} {post.teaser}", None) for post in posts)
    run: Run = {
        query_id: [post_id for post_id, _ in peer.search(collection.queries[query_id], DEPTH)]
        for query_id in collection.qrels
    }
    return mean(measured(collection.qrels, run))


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("collections", nargs="+", type=Path)
    options.add_argument("--cache", type=Path)
    options.add_argument("--txtai", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = chosen.cache or Path(folder) / "cache"
        figures: dict[str, dict[str, Any]] = {}
        open_ones: list[tuple[Searcher, Collection]] = []
        for path in chosen.collections:
            collection, index = read_collection(path), Path(folder) / path.name
            rebuild_from(collection.posts(), index, source=path, user=path, cache=cache)
            searcher = open_index(index, cache=cache)
            open_ones.append((searcher, collection))
            chance = random.Random(0)
            mistyped = {query_id: with_typo(text, chance) for query_id, text in collection.queries.items()}
            runs: dict[str, Run] = {name: search_run(searcher, collection, name) for name in MODES}
            runs["typos"] = search_run(searcher, replace(collection, queries=mistyped), "hybrid")
            measures = {name: mean(measured(collection.qrels, run)) for name, run in runs.items()}
            figures[path.name] = dict(measures)
            figures[path.name]["typos_keep"] = round(measures["typos"]["nDCG@10"] / measures["hybrid"]["nDCG@10"], 4)
            if chosen.txtai:
                figures[path.name]["txtai_hybrid"] = of_txtai(collection)
        for (searcher, collection), (_, other) in zip(open_ones, reversed(open_ones), strict=True):
            if other is not collection:
                own = {query_id: collection.queries[query_id] for query_id in collection.qrels}
                others = {query_id: other.queries[query_id] for query_id in other.qrels}
                figures[collection.folder.name]["answerable"] = answerable(searcher, own, others)
    print_result("quality", collections=figures)


if __name__ == "__main__":
    main()
