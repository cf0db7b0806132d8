"""How do seconds and memory grow with the corpus? Prints JSON: a full rebuild of each size, in a process of its own.

    python benchmarks/growth.py [--sizes 200,1000,2000] [--corpus FILE] [--made-up-vectors]

`peak_mb` is the most memory that the process had at any time (resident; pages of files that it only reads count too).
With --made-up-vectors no model runs: a million posts then take minutes, and use what the rest of a rebuild uses.
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
from common import lines_of, parser, prepare_model, print_result, write_corpus
from numpy.typing import NDArray

import semsearch
from semsearch.encoding import Vectors
from semsearch.encoding.encoder import unit
from semsearch.model_card import ModelCard


class MadeUp:
    """An encoder that draws a vector for each text, near one of a thousand directions as real ones are near topics."""

    card = ModelCard("made up", "0" * 64, "0" * 64, dimension=384, pooling="none", max_tokens=1)
    form = "made up"

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


def child(corpus: str, index: str, kind: str) -> None:
    """One rebuild; prints its figures."""
    if kind == "made up":
        # By name: the package's own name "rebuild" is the function.
        vars(importlib.import_module("semsearch.rebuilding.rebuild"))["open_encoder"] = lambda *_, **__: MadeUp()
    report = semsearch.rebuild(corpus, index)
    print(json.dumps({**report.to_json(), "peak_bytes": peak_bytes()}))


def peak_bytes() -> int:
    """The most memory that this process had. On Linux getrusage would count what its parent had when it started it."""
    status = Path("/proc/self/status")
    if status.exists():
        [peak] = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")]
        return int(peak.split()[1]) * 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1_024)


def measured(size: int, corpus: Path | None, *, made_up: bool) -> dict[str, Any]:
    """The figures of a corpus of one size."""
    with tempfile.TemporaryDirectory() as folder:
        file, index = write_corpus(Path(folder) / "corpus.jsonl", lines_of(corpus, size)), Path(folder) / "index"
        if not made_up:
            prepare_model(index / "cache")
        command = [sys.executable, __file__, "--child", str(file), str(index), "made up" if made_up else "model"]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        [version] = (index / "versions").iterdir()
        on_disk = sum(path.stat().st_size for path in version.rglob("*") if path.is_file())
    report = json.loads(ran.stdout.splitlines()[-1])
    return {
        "posts": report["posts"],
        "rows": report["passages"],
        "seconds": report["seconds"],
        "stages": report["stages"],
        "posts_per_second": report["posts_per_second"],
        "peak_mb": round(report["peak_bytes"] / 1e6),
        "version_mb": round(on_disk / 1e6, 1),
    }


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
        return
    options = parser(__doc__, posts=0)
    options.add_argument("--sizes", default="200,1000,2000")
    options.add_argument("--made-up-vectors", action="store_true")
    chosen: argparse.Namespace = options.parse_args()
    sizes = [measured(int(size), chosen.corpus, made_up=chosen.made_up_vectors) for size in chosen.sizes.split(",")]
    least, most = sizes[0], sizes[-1]
    added = max(most["posts"] - least["posts"], 1)
    print_result(
        "growth",
        vectors="made up" if chosen.made_up_vectors else "of the built-in model",
        sizes=sizes,
        peak_bytes_per_added_post=round(1e6 * (most["peak_mb"] - least["peak_mb"]) / added),
    )


if __name__ == "__main__":
    main()
