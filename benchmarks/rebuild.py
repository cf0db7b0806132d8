"""Measure a full rebuild, and compare it with sentence-transformers and txtai on the same texts and model.

    python benchmarks/rebuild.py [--posts 1000] [--rounds 3] [--corpus FILE] [--skip-txtai] [--scifact DIR]

Prints JSON; runs of the programs that are compared alternate.

- `encoding`: texts per second of the model alone, in semsearch, in semsearch without OpenVINO, and in
  sentence-transformers; and the cosine similarity of semsearch's vectors to those of sentence-transformers.
- `whole`: seconds from posts to a searchable index. For semsearch that includes loading the model, embedding sentences
  too, and writing and checking a version on disk. txtai's hybrid index stays in memory, and its model is loaded before.
- `quality`, with --scifact (a folder as `semsearch evaluate` takes it): nDCG@10 with the form of the model that is used
  on this machine (`here`), and in single precision.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

import numpy as np
from common import corpus_lines, export_model, median, parser, print_result, read_posts, write_corpus

import semsearch
from semsearch.encoding import open_encoder, opening, openvino
from semsearch.encoding.models import resolve_model
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.evaluation import evaluate
from semsearch.model_card import BUILT_IN
from semsearch.rebuilding.texts import post_text

_MAX_ENCODED = 2_000
"""Texts for the comparison of encoders."""


def measure_encoding(texts: list[str], cache: Path, rounds: int) -> dict[str, Any]:
    """Measure texts per second of semsearch, of its fallback without OpenVINO, and of sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    encoder, model = open_encoder(cache=cache), SentenceTransformer(str(resolve_model(BUILT_IN).path), device="cpu")
    fallback = ReferenceEncoder(resolve_model(BUILT_IN))
    vectors = np.empty((len(texts), encoder.card.dimension), dtype=np.float32)
    for _ in encoder.encode_documents(texts[:100]):  # compiles the model
        pass
    model.encode(texts[:100])
    own_rates, fallback_rates, peer_rates = [], [], []
    for _ in range(rounds):
        started = time.perf_counter()
        for positions, batch in encoder.encode_documents(texts):
            vectors[positions] = batch
        own_rates.append(len(texts) / (time.perf_counter() - started))
        started = time.perf_counter()
        for _ in fallback.encode_documents(texts):
            pass
        fallback_rates.append(len(texts) / (time.perf_counter() - started))
        started = time.perf_counter()
        expected = np.asarray(model.encode(texts), dtype=np.float32)
        peer_rates.append(len(texts) / (time.perf_counter() - started))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    cosines = (vectors * expected).sum(axis=1)
    return {
        "texts": len(texts),
        "form": encoder.backend,
        "semsearch_per_second": median(own_rates),
        "without_openvino_per_second": median(fallback_rates),
        "sentence_transformers_per_second": median(peer_rates),
        "ratio": median([own / peer for own, peer in zip(own_rates, peer_rates, strict=True)]),
        "cosine_mean": round(float(cosines.mean()), 5),
        "cosine_min": round(float(cosines.min()), 5),
    }


def semsearch_seconds(corpus: Path, cache: Path) -> float:
    """Measure a rebuild into a new index, with an exported model and no cached vectors.

    It embeds more texts than txtai does: each sentence of a teaser with several.
    """
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        (index / "cache").mkdir(parents=True)
        (index / "cache" / "encoders").symlink_to(cache / "encoders", target_is_directory=True)
        return semsearch.rebuild(corpus, index).seconds


def txtai_seconds(corpus: Path, _: Path) -> float:
    """Measure a hybrid txtai index of the same texts."""
    from txtai import Embeddings

    posts = read_posts(corpus)
    embeddings = Embeddings(path=str(resolve_model(BUILT_IN).path), hybrid=True, content=False)
    started = time.perf_counter()
    embeddings.index((post.id, post_text(post), None) for post in posts)
    return time.perf_counter() - started


PROGRAMS: dict[str, Callable[[Path, Path], float]] = {"semsearch": semsearch_seconds, "txtai": txtai_seconds}


def run_in_process(name: str, corpus: Path, cache: Path) -> float:
    """Measure one run in a process of its own, so that it does not inherit threads and memory."""
    command = [sys.executable, __file__, "--child", name, str(corpus), str(cache)]
    child = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(child.stdout.splitlines()[-1]))


def measure_whole(corpus: Path, cache: Path, rounds: int, *, txtai: bool) -> dict[str, Any]:
    """Measure whole rebuilds of each program, in turn."""
    names = [name for name in PROGRAMS if txtai or name != "txtai"]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            seconds[name].append(run_in_process(name, corpus, cache))
    figures: dict[str, Any] = {f"{name}_seconds": median(values) for name, values in seconds.items()}
    if txtai:
        pairs = zip(seconds["txtai"], seconds["semsearch"], strict=True)
        figures["ratio"] = median([peer / own for peer, own in pairs])
    return figures


def measure_quality(collection: Path, cache: Path) -> dict[str, Any]:
    """Return nDCG@10 with the form used on this machine and in single precision, in semantic and hybrid mode."""

    def evaluate_modes() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "encoders").symlink_to(cache / "encoders", target_is_directory=True)
            return {
                mode: evaluate(collection, mode=mode, cache=Path(folder)).measures["nDCG@10"]
                for mode in ("semantic", "hybrid")
            }

    here = evaluate_modes()
    openvino.best_precision = lambda core: "f32"  # type: ignore[attr-defined]  # noqa: ARG005
    opening.quantized_is_fastest = lambda *_, **__: False  # type: ignore[attr-defined]
    single = evaluate_modes()
    return {mode: {"here": here[mode], "single_precision": single[mode]} for mode in here}


def main() -> None:
    """Print the figures, or with --child the seconds of one run."""
    if sys.argv[1:2] == ["--child"]:
        name, *paths = sys.argv[2:]
        print(json.dumps(PROGRAMS[name](*map(Path, paths))))
        return
    options = parser(__doc__, posts=1_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--skip-txtai", action="store_true")
    options.add_argument("--scifact", type=Path)
    arguments: argparse.Namespace = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache, corpus = Path(folder) / "cache", Path(folder) / "corpus.jsonl"
        export_model(cache)
        write_corpus(corpus, corpus_lines(arguments.corpus, arguments.posts))
        texts = [post_text(post) for post in read_posts(corpus)][:_MAX_ENCODED]
        figures = {
            "posts": arguments.posts,
            "rounds": arguments.rounds,
            "encoding": measure_encoding(texts, cache, arguments.rounds),
            "whole": measure_whole(corpus, cache, arguments.rounds, txtai=not arguments.skip_txtai),
        }
        if arguments.scifact:
            figures["quality"] = measure_quality(arguments.scifact, cache)
    print_result("rebuild", **figures)


if __name__ == "__main__":
    main()
