"""How long does one command take from nothing? Prints JSON: medians of whole processes, in seconds.

    python benchmarks/cold_start.py [--runs 11]

`search` answers one question about the nine posts of corpus/ from a cached export; `help` prints the help.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time

from common import ROOT, machine


def seconds(*words: str) -> float:
    """How long one process takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "semsearch", *words], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Builds a throwaway index, then runs the commands in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as index:
        seconds("rebuild", "--corpus", str(ROOT / "corpus"), "--index", index)
        commands = {
            "help": ["--help"],
            "search": ["search", "how do models learn to do maths?", "--index", index, "--json"],
            "rebuild_unchanged": ["rebuild", "--corpus", str(ROOT / "corpus"), "--index", index, "--json"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, words in commands.items():
                times[name].append(seconds(*words))
    print(
        json.dumps(
            {
                "benchmark": "cold_start",
                "runs": runs,
                "seconds": {
                    name: {"median": round(statistics.median(values), 3), "max": round(max(values), 3)}
                    for name, values in times.items()
                },
                "machine": machine(),
            }
        )
    )


if __name__ == "__main__":
    main()
