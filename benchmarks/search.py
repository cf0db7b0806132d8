"""How long does one question take, in process, encoding included? Prints JSON: milliseconds by mode.

    python benchmarks/search.py [--posts 2000] [--queries 200] [--corpus FILE] [--cache DIR] [--index DIR]

Every question is asked once: three to twelve words in a row from the teaser of a post drawn at random, in a mode, one
after the other. `hybrid_filtered` lets the posts pass whose year is the most frequent, where posts have dates. An
index that is kept (`--index`) is asked as it is.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from common import lines_of, parser, print_result, questions_of, write_corpus

import semsearch
from semsearch.search import Searcher, open_index

_WARM_UP = 30


def timed(searcher: Searcher, questions: Sequence[str], **how: Any) -> dict[str, float]:
    """Milliseconds of each question, in percentiles; the first few only warm up."""
    for question in questions[:_WARM_UP]:
        searcher.search(question, **how)
    times = []
    for question in questions[_WARM_UP:]:
        started = time.perf_counter()
        searcher.search(question, **how)
        times.append(1_000 * (time.perf_counter() - started))
    return {f"p{share}": round(float(np.percentile(times, share)), 2) for share in (50, 95, 99)}


def main() -> None:
    options = parser(__doc__, posts=2_000)
    options.add_argument("--queries", type=int, default=200)
    options.add_argument("--cache", type=Path)
    options.add_argument("--index", type=Path)
    chosen: argparse.Namespace = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = chosen.index or Path(folder) / "index"
        cache = chosen.cache or index / "cache"
        if not (index / "CURRENT").exists():
            corpus = write_corpus(Path(folder) / "corpus.jsonl", lines_of(chosen.corpus, chosen.posts))
            semsearch.rebuild(corpus, index, cache=cache)
        searcher = open_index(index, cache=cache)
        snapshot, count = searcher.snapshot, chosen.queries + _WARM_UP
        figures = {
            mode: timed(searcher, list(islice(questions_of(snapshot, seed), count)), mode=mode)
            for seed, mode in enumerate(("hybrid", "semantic", "lexical"))
        }
        years = snapshot.attributes.facet("year", None)
        if years:
            year = next(iter(years))
            how = {"date_from": f"{year}-01-01", "date_to": f"{year}-12-31"}
            figures["hybrid_filtered"] = timed(searcher, list(islice(questions_of(snapshot, 3), count)), **how)
    print_result("search", posts=len(snapshot), queries=chosen.queries, milliseconds=figures)


if __name__ == "__main__":
    main()
