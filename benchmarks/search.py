"""Measure the latency of a search in process, encoding included.

    python benchmarks/search.py [--posts 2000] [--queries 200] [--corpus FILE] [--cache DIR] [--index DIR]

Prints JSON: `milliseconds` has the 50th, 95th and 99th percentile by mode. `hybrid_filtered` is hybrid mode with a
filter on the most frequent year, if posts have dates. Queries are 3 to 12 consecutive words from the teaser of a random
post; each is searched once, one after the other. With `--index`, an existing index is measured.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from common import generate_queries, opened_searcher, parser, print_result

from semsearch.search import Searcher

_WARM_UP_QUERIES = 30


def measure(searcher: Searcher, queries: Sequence[str], **options: Any) -> dict[str, float]:
    """Return percentiles of the milliseconds per query; the first queries only warm up."""
    for query in queries[:_WARM_UP_QUERIES]:
        searcher.search(query, **options)
    times = []
    for query in queries[_WARM_UP_QUERIES:]:
        started = time.perf_counter()
        searcher.search(query, **options)
        times.append(1_000 * (time.perf_counter() - started))
    return {f"p{share}": round(float(np.percentile(times, share)), 2) for share in (50, 95, 99)}


def main() -> None:
    options = parser(__doc__, posts=2_000)
    options.add_argument("--queries", type=int, default=200)
    options.add_argument("--cache", type=Path)
    options.add_argument("--index", type=Path)
    arguments: argparse.Namespace = options.parse_args()
    with opened_searcher(arguments) as searcher:
        snapshot, count = searcher.snapshot, arguments.queries + _WARM_UP_QUERIES
        figures = {
            mode: measure(searcher, list(islice(generate_queries(snapshot, seed), count)), mode=mode)
            for seed, mode in enumerate(("hybrid", "semantic", "lexical"))
        }
        years = snapshot.attributes.facet("year", None)
        if years:
            year = next(iter(years))
            queries = list(islice(generate_queries(snapshot, 3), count))
            figures["hybrid_filtered"] = measure(searcher, queries, date_from=f"{year}-01-01", date_to=f"{year}-12-31")
    print_result("search", posts=len(snapshot), queries=arguments.queries, milliseconds=figures)


if __name__ == "__main__":
    main()
