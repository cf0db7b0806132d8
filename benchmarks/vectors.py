"""When is a compressed vector index worth it, and what does it miss? Prints JSON: exact and compressed, by size.

    python benchmarks/vectors.py [--posts 2000] [--sizes 2000] [--corpus FILE] [--cache DIR]

The posts' vectors are indexed both ways and asked with the sentences of corpus/, one at a time on one thread: questions
of another subject than the posts, so that nothing is close by. `recall_100` is the share of the exact 100 nearest that
the compressed index finds. A cache that is kept makes the second run quick.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from common import ROOT, lines_of, parser, posts_of, print_result, write_corpus
from numpy.typing import NDArray

import semsearch
from semsearch.encoding import Vectors, open_encoder
from semsearch.index import IndexFolder, vectors
from semsearch.index.vectors import VectorIndex, write_vectors
from semsearch.rebuilding.texts import sentence_spans, sentence_texts

DEPTH = 100


def asked(index: VectorIndex, questions: Vectors, rounds: int = 3) -> tuple[list[NDArray[np.int64]], float]:
    """What is found, and the median milliseconds of one question."""
    found, times = [], []
    for turn in range(rounds):
        for question in questions:
            started = time.perf_counter()
            rows, _ = index.search(question, DEPTH)
            times.append(time.perf_counter() - started)
            if turn == 0:
                found.append(rows)
    return found, round(1_000 * float(np.median(times)), 3)


def compared(rows: Vectors, questions: Vectors, folder: Path) -> dict[str, Any]:
    """Both kinds of index over the same vectors."""
    figures: dict[str, Any] = {"vectors": len(rows)}
    exact: list[NDArray[np.int64]] = []
    for name, up_to in (("exact", len(rows)), ("compressed", 0)):
        vectors.EXACT_UP_TO = up_to
        started = time.perf_counter()
        kind = write_vectors(folder / name, rows.shape[1], len(rows), rows.__getitem__)
        seconds = time.perf_counter() - started
        found, milliseconds = asked(VectorIndex.open(folder / name), questions)
        exact = exact or found
        shares = [len(np.intersect1d(one, other)) / len(one) for one, other in zip(exact, found, strict=True)]
        figures[name] = {
            "kind": kind,
            "build_seconds": round(seconds, 3),
            "milliseconds": milliseconds,
            "bytes_per_vector": round((folder / name).stat().st_size / len(rows)),
            "recall_100": round(float(np.mean(shares)), 4),
            "recall_100_worst": round(min(shares), 4),
        }
    figures["ratio"] = round(figures["exact"]["milliseconds"] / figures["compressed"]["milliseconds"], 2)
    return figures


def main() -> None:
    options = parser(__doc__, posts=2_000)
    options.add_argument("--sizes", default="2000")
    options.add_argument("--cache", type=Path)
    chosen: argparse.Namespace = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache, index = chosen.cache or Path(folder) / "cache", Path(folder) / "index"
        corpus = write_corpus(Path(folder) / "corpus.jsonl", lines_of(chosen.corpus, chosen.posts))
        semsearch.rebuild(corpus, index, cache=cache)
        snapshot = IndexFolder(index).open()
        rows = snapshot.whole.vectors(np.random.default_rng(0).permutation(len(snapshot)))
        texts = [text for post in posts_of(ROOT / "corpus") for text in sentence_texts(post, sentence_spans(post))]
        questions = open_encoder(cache=cache).encode_queries(texts)
        faiss.omp_set_num_threads(1)
        sizes = [compared(rows[: int(size)], questions, Path(folder)) for size in chosen.sizes.split(",")]
    print_result("vectors", posts=chosen.posts, questions=len(texts), sizes=sizes)


if __name__ == "__main__":
    main()
