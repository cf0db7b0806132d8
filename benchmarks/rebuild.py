"""How fast is a full rebuild? Against SentenceTransformer.encode and txtai, same texts and model, alternating runs.

    python benchmarks/rebuild.py [--posts 1000] [--rounds 3] [--corpus FILE] [--skip-txtai] [--scifact DIR]

Prints JSON. `encoding`: posts a second of the model alone, and the cosines of its vectors to those of single precision.
`whole`: seconds from posts to something that can be searched. Those of semsearch are of everything: loading the model,
embedding sentences too, writing and checking a version on disk; txtai's hybrid index stays in memory, and its model was
loaded before. `quality` (with --scifact, a folder as `semsearch evaluate` takes): nDCG@10 of the form of the model that
runs here, and of the same model in single precision.
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
from common import lines_of, median, parser, posts_of, prepare_model, print_result, write_corpus

import semsearch
from semsearch.encoding import open_encoder, opening, openvino
from semsearch.encoding.models import resolve_model
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.evaluation import evaluate
from semsearch.model_card import BUILT_IN
from semsearch.rebuilding.texts import whole_text

_ENCODED = 2_000
"""Texts of the comparison of encoders, which are more than enough for it."""


def encoding(texts: list[str], cache: Path, rounds: int) -> dict[str, Any]:
    """Posts a second of the encoder, of what stands in for it where OpenVINO does not run, and of the peer, in turn."""
    from sentence_transformers import SentenceTransformer

    encoder, model = open_encoder(cache=cache), SentenceTransformer(str(resolve_model(BUILT_IN).path), device="cpu")
    fallback = ReferenceEncoder(resolve_model(BUILT_IN))
    vectors = np.empty((len(texts), encoder.card.dimension), dtype=np.float32)
    for _ in encoder.encode_documents(texts[:100]):  # compiles
        pass
    model.encode(texts[:100])
    ours, fallbacks, theirs = [], [], []
    for _ in range(rounds):
        started = time.perf_counter()
        for positions, batch in encoder.encode_documents(texts):
            vectors[positions] = batch
        ours.append(len(texts) / (time.perf_counter() - started))
        started = time.perf_counter()
        for _ in fallback.encode_documents(texts):
            pass
        fallbacks.append(len(texts) / (time.perf_counter() - started))
        started = time.perf_counter()
        expected = np.asarray(model.encode(texts), dtype=np.float32)
        theirs.append(len(texts) / (time.perf_counter() - started))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    cosines = (vectors * expected).sum(axis=1)
    return {
        "texts": len(texts),
        "form": encoder.form,
        "semsearch_per_second": median(ours),
        "without_openvino_per_second": median(fallbacks),
        "sentence_transformers_per_second": median(theirs),
        "ratio": median([one / other for one, other in zip(ours, theirs, strict=True)]),
        "cosine_mean": round(float(cosines.mean()), 5),
        "cosine_min": round(float(cosines.min()), 5),
    }


def seconds_of_semsearch(corpus: Path, cache: Path) -> float:
    """A rebuild into a new index; the model was exported before, and no vector is known.

    It embeds more than txtai does: every sentence of a teaser that has several.
    """
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        (index / "cache").mkdir(parents=True)
        (index / "cache" / "encoders").symlink_to(cache / "encoders", target_is_directory=True)
        return semsearch.rebuild(corpus, index).seconds


def seconds_of_txtai(corpus: Path, _: Path) -> float:
    """txtai's hybrid index of the same texts."""
    from txtai import Embeddings

    posts = posts_of(corpus)
    embeddings = Embeddings(path=str(resolve_model(BUILT_IN).path), hybrid=True, content=False)
    started = time.perf_counter()
    embeddings.index((post.id, whole_text(post), None) for post in posts)
    return time.perf_counter() - started


WHOLE: dict[str, Callable[[Path, Path], float]] = {"semsearch": seconds_of_semsearch, "txtai": seconds_of_txtai}


def in_a_process(name: str, corpus: Path, cache: Path) -> float:
    """Each run has a process of its own, so that none inherits another's threads and memory."""
    command = [sys.executable, __file__, "--child", name, str(corpus), str(cache)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(ran.stdout.splitlines()[-1]))


def whole(corpus: Path, cache: Path, rounds: int, *, txtai: bool) -> dict[str, Any]:
    """Seconds of whole rebuilds, in turn."""
    names = [name for name in WHOLE if txtai or name != "txtai"]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            seconds[name].append(in_a_process(name, corpus, cache))
    figures: dict[str, Any] = {f"{name}_seconds": median(values) for name, values in seconds.items()}
    if txtai:
        pairs = zip(seconds["txtai"], seconds["semsearch"], strict=True)
        figures["ratio"] = median([theirs / ours for theirs, ours in pairs])
    return figures


def quality(collection: Path, cache: Path) -> dict[str, Any]:
    """nDCG@10 of this machine's form and of single precision, by meaning alone and in the default mode."""

    def measured() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "encoders").symlink_to(cache / "encoders", target_is_directory=True)
            return {
                mode: evaluate(collection, mode=mode, cache=Path(folder)).measures["nDCG@10"]
                for mode in ("semantic", "hybrid")
            }

    here = measured()
    openvino.best_precision = lambda core: "f32"  # type: ignore[attr-defined]  # noqa: ARG005
    opening.quantized_is_fastest = lambda *_, **__: False  # type: ignore[attr-defined]
    single = measured()
    return {mode: {"here": here[mode], "single_precision": single[mode]} for mode in here}


def main() -> None:
    """Prints the figures, or with --child the seconds of one run."""
    if sys.argv[1:2] == ["--child"]:
        name, *paths = sys.argv[2:]
        print(json.dumps(WHOLE[name](*map(Path, paths))))
        return
    options = parser(__doc__, posts=1_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--skip-txtai", action="store_true")
    options.add_argument("--scifact", type=Path)
    chosen: argparse.Namespace = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache, corpus = Path(folder) / "cache", Path(folder) / "corpus.jsonl"
        prepare_model(cache)
        write_corpus(corpus, lines_of(chosen.corpus, chosen.posts))
        texts = [whole_text(post) for post in posts_of(corpus)][:_ENCODED]
        figures = {
            "posts": chosen.posts,
            "rounds": chosen.rounds,
            "encoding": encoding(texts, cache, chosen.rounds),
            "whole": whole(corpus, cache, chosen.rounds, txtai=not chosen.skip_txtai),
        }
        if chosen.scifact:
            figures["quality"] = quality(chosen.scifact, cache)
    print_result("rebuild", **figures)


if __name__ == "__main__":
    main()
