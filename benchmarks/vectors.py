"""Compare the exact and the compressed vector index: speed, size and recall, by number of vectors.

    python benchmarks/vectors.py [--posts 2000] [--sizes 2000] [--corpus FILE] [--cache DIR]

Prints JSON. `sizes` has for each number of `vectors` and each kind of index: `build_seconds`; the median
`milliseconds` of a query on one thread; `bytes_per_vector`; and `recall_100` and `recall_100_worst`, the mean and the
least share of the exact 100 nearest vectors that are found. `ratio` is the exact time over the compressed time. The
vectors are those of the posts; the queries are the sentences of corpus/, which is about other subjects, so that no
vector is close. With `--cache` the second run is faster.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from common import ROOT, corpus_lines, parser, print_result, read_posts, write_corpus
from numpy.typing import NDArray

import semsearch
from semsearch.encoding import Vectors, open_encoder
from semsearch.index import IndexFolder, faiss_vectors
from semsearch.index.faiss_vectors import FaissVectors, write_vectors
from semsearch.rebuilding.texts import sentence_texts, sentences_of

DEPTH = 100


def run_queries(index: FaissVectors, queries: Vectors, rounds: int = 3) -> tuple[list[NDArray[np.int64]], float]:
    """Return the rows found for each query, and the median milliseconds of a query."""
    found, times = [], []
    for number in range(rounds):
        for query in queries:
            started = time.perf_counter()
            rows, _ = index.search(query, DEPTH)
            times.append(time.perf_counter() - started)
            if number == 0:
                found.append(rows)
    return found, round(1_000 * float(np.median(times)), 3)


def compare(rows: Vectors, queries: Vectors, folder: Path) -> dict[str, Any]:
    """Return the figures of both kinds of index over the same vectors."""
    figures: dict[str, Any] = {"vectors": len(rows)}
    exact: list[NDArray[np.int64]] = []
    for name, exact_up_to in (("exact", len(rows)), ("compressed", 0)):
        faiss_vectors.EXACT_UP_TO = exact_up_to
        started = time.perf_counter()
        kind = write_vectors(folder / name, rows.shape[1], len(rows), rows.__getitem__)
        seconds = time.perf_counter() - started
        found, milliseconds = run_queries(FaissVectors.open(folder / name), queries)
        exact = exact or found
        recalls = [
            len(np.intersect1d(expected, actual)) / len(expected) for expected, actual in zip(exact, found, strict=True)
        ]
        figures[name] = {
            "kind": kind,
            "build_seconds": round(seconds, 3),
            "milliseconds": milliseconds,
            "bytes_per_vector": round((folder / name).stat().st_size / len(rows)),
            "recall_100": round(float(np.mean(recalls)), 4),
            "recall_100_worst": round(min(recalls), 4),
        }
    figures["ratio"] = round(figures["exact"]["milliseconds"] / figures["compressed"]["milliseconds"], 2)
    return figures


def main() -> None:
    options = parser(__doc__, posts=2_000)
    options.add_argument("--sizes", default="2000", help="numbers of vectors (default 2000)")
    options.add_argument("--cache", type=Path)
    arguments: argparse.Namespace = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache, index = arguments.cache or Path(folder) / "cache", Path(folder) / "index"
        corpus = write_corpus(Path(folder) / "corpus.jsonl", corpus_lines(arguments.corpus, arguments.posts))
        semsearch.rebuild(corpus, index, cache=cache)
        snapshot = IndexFolder(index).open()
        rows = snapshot.post_vectors.vectors(np.random.default_rng(0).permutation(len(snapshot)))
        texts = [text for post in read_posts(ROOT / "corpus") for text in sentence_texts(post, sentences_of(post))]
        queries = open_encoder(cache=cache).encode_queries(texts)
        faiss.omp_set_num_threads(1)
        sizes = [compare(rows[: int(size)], queries, Path(folder)) for size in arguments.sizes.split(",")]
    print_result("vectors", posts=arguments.posts, questions=len(texts), sizes=sizes)


if __name__ == "__main__":
    main()
