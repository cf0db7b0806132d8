"""How long do related posts take, and how good are they? Prints JSON: seconds for the lists of a whole site,
milliseconds for one, and nDCG@10.

    python benchmarks/related.py [--posts 2000] [--lists 500] [--corpus FILE] [--index DIR] [COLLECTION ...]

`lists` is the stage of a rebuild in which the lists of all posts are computed, `again` the same after one post in a
hundred has changed. Then lists are asked for one after the other, each once, in process: `looked_up` with default
settings, `compared` with a counter-example, and `text` for a draft. Each COLLECTION is a folder of posts with
judgments, as `semsearch evaluate` takes it; `teaser` there is what most products list, the nearest neighbours of title
and teaser, and `no …` what is left where posts have less.
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
from common import lines_of, parser, prepare_model, print_result, write_corpus
from incremental import changed

import semsearch
from semsearch.evaluation.collection import read_collection
from semsearch.evaluation.measuring import mean, measured
from semsearch.evaluation.runs import Run, related_run
from semsearch.posts import Post
from semsearch.rebuilding import Stage, rebuild_from
from semsearch.search import Searcher, open_index

_WARM_UP = 30
LESS: dict[str, dict[str, Any]] = {
    "as they are": {},
    "no body": {"body": ""},
    "no tags": {"tags": ()},
    "no authors": {"authors": ()},
    "no date": {"date": None},
    "title and teaser alone": {"body": "", "tags": (), "authors": (), "date": None},
}
"""What posts may lack."""


def timed(ask: Callable[[str], object], ids: Sequence[str]) -> dict[str, float]:
    """Milliseconds of each list, in percentiles; the first few only warm up."""
    for post_id in ids[:_WARM_UP]:
        ask(post_id)
    times = []
    for post_id in ids[_WARM_UP:]:
        started = time.perf_counter()
        ask(post_id)
        times.append(1_000 * (time.perf_counter() - started))
    return {f"p{share}": round(float(np.percentile(times, share)), 2) for share in (50, 95, 99)}


def asked(searcher: Searcher, count: int) -> dict[str, dict[str, float]]:
    """The times of each kind of list."""
    searcher.related_finder.warm()
    ids = searcher.snapshot.documents.ids()
    drawn = random.Random(0).choices(ids, k=count + _WARM_UP)
    teasers = {post_id: searcher.post(post_id).teaser or post_id for post_id in drawn}
    return {
        "looked_up": timed(searcher.related, drawn),
        "compared": timed(lambda post_id: searcher.related(post_id, negative=ids[:1]), drawn),
        "text": timed(lambda post_id: searcher.related(texts=[teasers[post_id]]), drawn),
    }


def quality(folder: Path, cache: Path) -> dict[str, float]:
    """nDCG@10 of the lists as they are, of the nearest neighbours of teasers, and where posts have less."""
    collection = read_collection(folder)
    posts = [post for post in collection.posts() if isinstance(post, Post)]
    found: dict[str, float] = {}
    for name, less in LESS.items():
        with tempfile.TemporaryDirectory() as index:
            rebuild_from([replace(post, **less) for post in posts], index, source=folder, user=folder, cache=cache)
            searcher = open_index(index, cache=cache)
            with closing(searcher.snapshot):
                runs = {name: related_run(searcher, collection.qrels)}
                if not less:
                    runs["teaser"] = neighbours(searcher, collection.qrels)
                found |= {name: mean(measured(collection.qrels, run))["nDCG@10"] for name, run in runs.items()}
    return found


def neighbours(searcher: Searcher, post_ids: Iterable[str]) -> Run:
    """The posts nearest to each in the meaning of title and teaser."""
    snapshot = searcher.snapshot
    run: Run = {}
    ids = snapshot.documents.ids()
    places = {post_id: place for place, post_id in enumerate(ids)}
    for post_id in places.keys() & set(post_ids):
        own = places[post_id]
        nearest, _ = snapshot.whole.search(snapshot.whole.vectors(np.array([own]))[0], 101)
        run[post_id] = [ids[place] for place in nearest.tolist() if place != own][:100]
    return run


def main() -> None:
    options = parser(__doc__, posts=2_000)
    options.add_argument("--lists", type=int, default=500)
    options.add_argument("--index", type=Path)
    options.add_argument("--cache", type=Path)
    options.add_argument("collections", metavar="COLLECTION", type=Path, nargs="*")
    chosen: argparse.Namespace = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index, corpus = chosen.index or Path(folder) / "index", Path(folder) / "corpus.jsonl"
        cache = chosen.cache or index / "cache"
        form = prepare_model(cache)
        lines = list(lines_of(chosen.corpus, chosen.posts))
        whole = semsearch.rebuild(write_corpus(corpus, lines), index, full=True, cache=cache)
        write_corpus(corpus, changed(lines, max(len(lines) // 100, 1), "changed"))
        again = semsearch.rebuild(corpus, index, cache=cache)
        searcher = open_index(index, cache=cache)
        print_result(
            "related",
            posts=len(lines),
            form=form,
            seconds={
                "lists": round(whole.stages[Stage.RELATED], 2),
                "again": round(again.stages[Stage.RELATED], 2),
                "rebuild": round(whole.seconds, 2),
            },
            milliseconds=asked(searcher, chosen.lists),
            quality={collection.name: quality(collection, cache) for collection in chosen.collections},
        )


if __name__ == "__main__":
    main()
