"""Run the service for a quarter of an hour at half its capacity, while versions and files change.

    python benchmarks/soak.py [--posts 10000] [--minutes 15] [--corpus FILE] [--cache DIR] [--index DIR]

Each question is new. Every ten seconds another version is published, and every two the curation file is edited; the
edits pin and hide other posts each time. An existing index (`--index`) is copied. Needs wrk.

Prints JSON:

- `capacity`: responses per second to 32 clients; `asked_per_second` is half of that.
- the latency of the responses, and the number of `failed` requests by status (0: no response).
- `mixed`: responses with titles of another version than the one they name.
- `swaps` and `edits`: changes of the version, and of the curation file.
- `memory_mb`: the median of each minute. `growth` compares the last one with that after a third of the time, when all
  caches are full.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from common import median, parser, print_result
from load import response_version, run_under_load, summary
from serve_long import MARKS, publish_marked
from servers import Server, run_in_process, semsearch_server
from sites import QueryStream, Site, prepare, wait_for_version
from wrk import closed_loop, require_wrk

from semsearch.index import IndexFolder

_SECONDS_PER_EDIT, _EDITS_PER_SWAP = 2.0, 5
_PINNED_AND_HIDDEN = 20
"""Posts that an edit pins, and as many that it hides."""


def measure(site: Site, minutes: int) -> dict[str, Any]:
    """Return all figures."""
    index, curation = site.folder / "marked", site.folder / "curation.yaml"
    marks = {publish_marked(site, index, mark): mark for mark in MARKS}
    os.environ["SEMSEARCH_CURATION"] = str(curation)
    queries, mixed = QueryStream(site, seed=4), 0

    def check_titles(status: int, body: bytes) -> None:
        nonlocal mixed
        if status == 200:
            titles = [hit["title"] for hit in json.loads(body)["hits"]]
            mixed += not all(title.endswith(marks[response_version(body)]) for title in titles)

    with semsearch_server(index, site.cache) as server:
        for seconds in (2, 5):  # the first warms up
            paths = [server.search_path(text) for text in queries.peek(2_000 * seconds)]
            capacity = closed_loop(server, paths, 32, seconds)
            queries.skip(capacity.sent)
        ids = site.snapshot.documents.ids()
        change = partial(run_in_process, change_everything, index, list(marks), curation, ids, minutes, server)
        rate = capacity.per_second / 2
        figures, responses = run_under_load(change, server, map(server.search_path, queries), rate, check_titles)
    return {
        "capacity": capacity.per_second,
        "asked_per_second": round(rate, 1),
        **summary(responses),
        "mixed": mixed,
        **figures,
    }


def change_everything(
    index: Path, versions: Sequence[str], curation: Path, ids: Sequence[str], minutes: int, server: Server
) -> dict[str, Any]:
    """Publish versions in turn and edit the curation file for some minutes. Returns what was done, and the memory."""
    folder, memory, edits, swaps = IndexFolder(index), list[float](), 0, 0
    started = time.monotonic()
    while (elapsed := time.monotonic() - started) < 60 * minutes:
        if edits % _EDITS_PER_SWAP == 0:
            wait_for_version(folder.rollback(versions[swaps % 2]), server.port)
            swaps += 1
        _edit(curation, ids, edits)
        edits += 1
        memory.append(server.memory_mb())
        time.sleep(max(0.0, edits * _SECONDS_PER_EDIT - elapsed))
    per_minute = max(1, len(memory) // minutes)
    each_minute = [median(memory[start : start + per_minute]) for start in range(0, len(memory), per_minute)]
    return {
        "swaps": swaps,
        "edits": edits,
        "memory_mb": each_minute,
        "growth": round(each_minute[-1] / each_minute[len(each_minute) // 3] - 1, 4),
    }


def _edit(curation: Path, ids: Sequence[str], number: int) -> None:
    """Replace the curation file by one with other posts."""
    chosen = [ids[(number * 2 * _PINNED_AND_HIDDEN + place) % len(ids)] for place in range(2 * _PINNED_AND_HIDDEN)]
    pinned, hidden = chosen[:_PINNED_AND_HIDDEN], chosen[_PINNED_AND_HIDDEN:]
    rules = {"queries": [{"query": f"question {place}", "pin": [one]} for place, one in enumerate(pinned)]}
    written = curation.with_suffix(".new")
    written.write_text(json.dumps(rules | {"hide": hidden}), encoding="utf-8")  # JSON is YAML
    written.replace(curation)


def main() -> None:
    options = parser(__doc__, posts=10_000)
    options.add_argument("--minutes", type=int, default=15, help="length of the run (default 15)")
    options.add_argument("--cache", type=Path)
    options.add_argument("--index", type=Path)
    arguments: argparse.Namespace = options.parse_args()
    require_wrk()
    with tempfile.TemporaryDirectory() as folder:
        site = prepare(
            Path(folder), posts=arguments.posts, corpus=arguments.corpus, index=arguments.index, cache=arguments.cache
        )
        print_result("soak", posts=len(site.lines), minutes=arguments.minutes, **measure(site, arguments.minutes))


if __name__ == "__main__":
    main()
