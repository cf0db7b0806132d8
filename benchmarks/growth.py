"""Measure time and memory of a full rebuild by size of the corpus.

    python benchmarks/growth.py [--sizes 200,1000,2000] [--corpus FILE] [--made-up-vectors]

Prints JSON. `sizes` has for each size, measured in a process of its own: `posts` and vector `rows`; `seconds`, also by
stage, and `posts_per_second`; `peak_mb`, the peak resident memory of the process, memory-mapped files included; and
`version_mb`, the size of the version on disk. `peak_bytes_per_added_post` is the growth of the peak from the first size
to the last. With --made-up-vectors no model runs: then a million posts take minutes, and the figures are those of
everything but the model.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import corpus_lines, export_model, parser, print_result, write_corpus
from numpy.typing import NDArray

import semsearch
from semsearch.encoding import Vectors
from semsearch.encoding.encoder import unit
from semsearch.model_card import ModelCard


class RandomEncoder:
    """An encoder without a model: each text gets a random vector near one of a thousand topics."""

    card = ModelCard("made up", "0" * 64, "0" * 64, dimension=384, pooling="none", max_tokens=1)
    backend = "made up"

    def __init__(self) -> None:
        self._topics = np.random.default_rng(0).normal(size=(1_000, self.card.dimension)).astype(np.float32)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
        noise = np.random.default_rng(seeds).normal(size=(len(texts), self.card.dimension))
        return unit(self._topics[np.array(seeds) % 1_000] + noise)

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        for start in range(0, len(texts), 1_024):
            batch = texts[start : start + 1_024]
            yield np.arange(start, start + len(batch)), self.encode_queries(batch)


def run_child(corpus: str, index: str, kind: str) -> None:
    """Rebuild once in this process, and print the report and the peak memory."""
    if kind == "made up":
        # import_module, since the attribute "rebuild" of the package is the function.
        vars(importlib.import_module("semsearch.rebuilding.rebuild"))["open_encoder"] = lambda *_, **__: RandomEncoder()
    report = semsearch.rebuild(corpus, index)
    print(json.dumps({**report.to_json(), "peak_bytes": peak_bytes()}))


def peak_bytes() -> int:
    """Return the peak resident memory of this process.

    On Linux it is read from /proc, since getrusage includes the memory of the parent at the time of the fork.
    """
    status = Path("/proc/self/status")
    if status.exists():
        [peak] = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")]
        return int(peak.split()[1]) * 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1_024)


def measure(size: int, corpus: Path | None, *, made_up: bool) -> dict[str, Any]:
    """Return the figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        file, index = write_corpus(Path(folder) / "corpus.jsonl", corpus_lines(corpus, size)), Path(folder) / "index"
        if not made_up:
            export_model(index / "cache")
        command = [sys.executable, __file__, "--child", str(file), str(index), "made up" if made_up else "model"]
        child = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        [version] = (index / "versions").iterdir()
        bytes_on_disk = sum(path.stat().st_size for path in version.rglob("*") if path.is_file())
    report = json.loads(child.stdout.splitlines()[-1])
    return {
        "posts": report["posts"],
        "rows": report["passages"],
        "seconds": report["seconds"],
        "stages": report["stages"],
        "posts_per_second": report["posts_per_second"],
        "peak_mb": round(report["peak_bytes"] / 1e6),
        "version_mb": round(bytes_on_disk / 1e6, 1),
    }


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        run_child(*sys.argv[2:])
        return
    options = parser(__doc__, posts=0)
    options.add_argument("--sizes", default="200,1000,2000", help="numbers of posts (default 200,1000,2000)")
    options.add_argument("--made-up-vectors", action="store_true", help="use random vectors instead of the model")
    arguments: argparse.Namespace = options.parse_args()
    sizes = [
        measure(int(size), arguments.corpus, made_up=arguments.made_up_vectors) for size in arguments.sizes.split(",")
    ]
    first, last = sizes[0], sizes[-1]
    added = max(last["posts"] - first["posts"], 1)
    print_result(
        "growth",
        vectors="made up" if arguments.made_up_vectors else "of the built-in model",
        sizes=sizes,
        peak_bytes_per_added_post=round(1e6 * (last["peak_mb"] - first["peak_mb"]) / added),
    )


if __name__ == "__main__":
    main()
