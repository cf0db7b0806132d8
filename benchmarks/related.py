"""Measure related posts: the time to compute all lists of a site, the latency of one list, and the quality.

    python benchmarks/related.py [--posts 2000] [--lists 500] [--corpus FILE] [--index DIR] [COLLECTION ...]

Prints JSON.

- `seconds`: of a full `rebuild`; of its stage that computes all `lists`; and of that stage `again`, after 1 % of the
  posts changed.
- `milliseconds`: percentiles of requests for one list in process: `looked_up` with default settings, `compared` with a
  negative example, `text` for a text that is not a post.
- `quality`: nDCG@10 for each COLLECTION, a folder of posts with judgments as `semsearch evaluate` takes it: of the
  lists (`as they are`), without some fields of the posts (`no …`), and of the nearest neighbours of title and teaser
  (`teaser`), which is what most products list.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common import corpus_lines, export_model, parser, print_result, write_corpus
from incremental import change_titles

import semsearch
from semsearch.evaluation.collection import read_collection
from semsearch.evaluation.measuring import mean, measure
from semsearch.evaluation.runs import Run, related_run
from semsearch.posts import Post
from semsearch.rebuilding import Stage, rebuild_from
from semsearch.search import Searcher, open_index

_WARM_UP_LISTS = 30
REMOVED_FIELDS: dict[str, dict[str, Any]] = {
    "as they are": {},
    "no body": {"body": ""},
    "no tags": {"tags": ()},
    "no authors": {"authors": ()},
    "no date": {"date": None},
    "title and teaser alone": {"body": "", "tags": (), "authors": (), "date": None},
}
"""Replacements of fields, by name of the experiment."""


def time_calls(get_related: Callable[[str], object], ids: Sequence[str]) -> dict[str, float]:
    """Return percentiles of the milliseconds per list; the first lists only warm up."""
    for post_id in ids[:_WARM_UP_LISTS]:
        get_related(post_id)
    times = []
    for post_id in ids[_WARM_UP_LISTS:]:
        started = time.perf_counter()
        get_related(post_id)
        times.append(1_000 * (time.perf_counter() - started))
    return {f"p{share}": round(float(np.percentile(times, share)), 2) for share in (50, 95, 99)}


def measure_lists(searcher: Searcher, count: int) -> dict[str, dict[str, float]]:
    """Return the latency of each kind of request."""
    searcher.related_finder.warm()
    ids = searcher.snapshot.documents.ids()
    drawn = random.Random(0).choices(ids, k=count + _WARM_UP_LISTS)
    teasers = {post_id: searcher.post(post_id).teaser or post_id for post_id in drawn}
    return {
        "looked_up": time_calls(searcher.related, drawn),
        "compared": time_calls(lambda post_id: searcher.related(post_id, negative=ids[:1]), drawn),
        "text": time_calls(lambda post_id: searcher.related(texts=[teasers[post_id]]), drawn),
    }


def measure_quality(folder: Path, cache: Path) -> dict[str, float]:
    """Return nDCG@10 of the lists, with and without some fields, and of the nearest neighbours."""
    collection = read_collection(folder)
    posts = [post for post in collection.posts() if isinstance(post, Post)]
    found: dict[str, float] = {}
    for name, fields in REMOVED_FIELDS.items():
        with tempfile.TemporaryDirectory() as index:
            rebuild_from([replace(post, **fields) for post in posts], index, source=folder, user=folder, cache=cache)
            searcher = open_index(index, cache=cache)
            with closing(searcher.snapshot):
                runs = {name: related_run(searcher, collection.qrels)}
                if not fields:
                    runs["teaser"] = neighbours(searcher, collection.qrels)
                found |= {name: mean(measure(collection.qrels, run))["nDCG@10"] for name, run in runs.items()}
    return found


def neighbours(searcher: Searcher, post_ids: Iterable[str]) -> Run:
    """Return the posts whose post vectors are nearest to that of each post."""
    snapshot = searcher.snapshot
    run: Run = {}
    ids = snapshot.documents.ids()
    ordinals = {post_id: ordinal for ordinal, post_id in enumerate(ids)}
    for post_id in ordinals.keys() & set(post_ids):
        own = ordinals[post_id]
        nearest, _ = snapshot.post_vectors.search(snapshot.post_vectors.vectors(np.array([own]))[0], 101)
        run[post_id] = [ids[ordinal] for ordinal in nearest.tolist() if ordinal != own][:100]
    return run


def main() -> None:
    options = parser(__doc__, posts=2_000)
    options.add_argument("--lists", type=int, default=500)
    options.add_argument("--index", type=Path)
    options.add_argument("--cache", type=Path)
    options.add_argument("collections", metavar="COLLECTION", type=Path, nargs="*")
    arguments: argparse.Namespace = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index, corpus = arguments.index or Path(folder) / "index", Path(folder) / "corpus.jsonl"
        cache = arguments.cache or index / "cache"
        backend = export_model(cache)
        lines = list(corpus_lines(arguments.corpus, arguments.posts))
        full = semsearch.rebuild(write_corpus(corpus, lines), index, full=True, cache=cache)
        write_corpus(corpus, change_titles(lines, max(len(lines) // 100, 1), "changed"))
        again = semsearch.rebuild(corpus, index, cache=cache)
        searcher = open_index(index, cache=cache)
        print_result(
            "related",
            posts=len(lines),
            form=backend,
            seconds={
                "lists": round(full.stages[Stage.RELATED], 2),
                "again": round(again.stages[Stage.RELATED], 2),
                "rebuild": round(full.seconds, 2),
            },
            milliseconds=measure_lists(searcher, arguments.lists),
            quality={collection.name: measure_quality(collection, cache) for collection in arguments.collections},
        )


if __name__ == "__main__":
    main()
