"""Measure the time of one command, from the start of its process to the end.

    python benchmarks/cold_start.py [--runs 11]

Prints JSON: `seconds` has the median and the maximum over the runs of each command. `help` prints the help. `search`
runs one query on the nine posts of corpus/, with an exported model. `rebuild_unchanged` rebuilds those posts without a
change.
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


def run_seconds(*arguments: str) -> float:
    """Run semsearch in a process and return how long that takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "semsearch", *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as index:
        run_seconds("rebuild", "--corpus", str(ROOT / "corpus"), "--index", index)
        commands = {
            "help": ["--help"],
            "search": ["search", "how do models learn to do maths?", "--index", index, "--json"],
            "rebuild_unchanged": ["rebuild", "--corpus", str(ROOT / "corpus"), "--index", index, "--json"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, arguments in commands.items():
                times[name].append(run_seconds(*arguments))
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
