"""Measure the throughput and latency of the service, and compare it with txtai's API.

    python benchmarks/serve.py [--posts 1000] [--seconds 5] [--rounds 1] [--corpus FILE] [--cache DIR] [--index DIR]
                               [--workers 1] [--skip-txtai] [--long] [--minutes 5] [--swaps 200]

Both services return ten hits for the same queries, over the same posts with the same model; txtai's index is hybrid and
stores the texts. No query comes twice unless stated. Clients and services share the processor. An existing index
(`--index`) is copied and used for all measurements. Needs wrk.

Prints JSON, with responses per second (`per_second`), percentiles of the latency (`p50_ms`, `p99_ms`) and `errors`:

- `search`: with 1, 8 and 32 clients, each of which waits for a response before its next request: medians over rounds,
  in which the services take turns. `ratio` is the throughput of semsearch over that of txtai.
- `open_loop`: 100 requests a second at fixed times; the latency counts from when a request was due.
- `cached`: the same query over and over.
- `related`: the related lists of all posts once (`each_once`), and those of 500 posts over and over (`again`).
- `rebuild`: 50 requests a second during a rebuild with one changed post, until the service has loaded the new version
  (`seconds_until_taken_over`) and for a second after that. `versions` is the number of versions that responses named.
- with --long, the figures of serve_long.py.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from common import median, parser, print_result, write_corpus
from incremental import change_titles
from load import open_loop, response_version, run_under_load, summary
from serve_long import measure_long
from servers import Server, http_get, related_path, run_in_process, semsearch_server, txtai_server
from sites import QueryStream, Site, prepare, rebuild_version, wait_for_version
from wrk import ClosedLoopResult, closed_loop, require_wrk

CLIENTS = (1, 8, 32)
_MAX_PER_SECOND = 5_000
"""Queries prepared for each second; those that are not sent are left for the next run."""


def compare(servers: dict[str, Server], queries: QueryStream, seconds: int, rounds: int) -> dict[str, Any]:
    """Measure each service in turn, with each number of clients."""
    runs: dict[int, dict[str, list[ClosedLoopResult]]] = {
        clients: {name: [] for name in servers} for clients in CLIENTS
    }

    def run_servers(clients: int, seconds: int) -> dict[str, ClosedLoopResult]:
        texts = queries.peek(_MAX_PER_SECOND * seconds)
        results = {
            name: closed_loop(server, [server.search_path(text) for text in texts], clients, seconds)
            for name, server in servers.items()
        }
        queries.skip(max(result.sent for result in results.values()))
        return results

    for clients in CLIENTS:  # warms up: single queries and batches run on models of their own
        run_servers(clients, 1)
    for _ in range(rounds):
        for clients in CLIENTS:
            for name, result in run_servers(clients, seconds).items():
                runs[clients][name].append(result)
    return {str(clients): medians(results) for clients, results in runs.items()}


def medians(runs: dict[str, list[ClosedLoopResult]]) -> dict[str, Any]:
    """Return the medians of each service, and the throughput of semsearch over that of txtai."""
    figures: dict[str, Any] = {
        name: {
            "per_second": median([result.per_second for result in results]),
            "p50_ms": median([result.p50_ms for result in results]),
            "p99_ms": median([result.p99_ms for result in results]),
            "errors": sum(result.errors for result in results),
        }
        for name, results in runs.items()
    }
    if "txtai" in runs:
        pairs = zip(runs["semsearch"], runs["txtai"], strict=True)
        figures["ratio"] = median([own.per_second / max(peer.per_second, 0.1) for own, peer in pairs])
    return figures


def measure_cached(server: Server, queries: QueryStream, seconds: int) -> dict[str, Any]:
    """Measure one query over and over from 32 clients, after a first response."""
    [path] = map(server.search_path, queries.take(1))
    http_get(server.port, path)
    return closed_loop(server, [path], 32, seconds, repeat=True).figures()


def measure_related(server: Server, post_ids: Sequence[str], seconds: int) -> dict[str, Any]:
    """Measure related lists, from 8 clients."""
    paths = [related_path(post_id) for post_id in random.Random(0).sample(post_ids, len(post_ids))]
    return {
        "each_once": closed_loop(server, paths, 8, seconds).figures(),
        "again": closed_loop(server, paths[:500], 8, seconds, repeat=True).figures(),
    }


def measure_rebuild(server: Server, site: Site, queries: QueryStream) -> dict[str, Any]:
    """Measure searches during a rebuild and the loading of the new version, and for a second after that."""
    corpus = write_corpus(site.folder / "changed.jsonl", change_titles(list(site.lines), 1, "changed"))
    versions = Counter[str]()

    def count_version(status: int, body: bytes) -> None:
        if status == 200:
            versions[response_version(body)] += 1

    def rebuild_and_wait() -> float:
        started = time.perf_counter()
        version = run_in_process(rebuild_version, corpus, site.index, site.cache)
        wait_for_version(version, server.port)
        seconds = time.perf_counter() - started
        time.sleep(1)
        return seconds

    seconds, responses = run_under_load(rebuild_and_wait, server, map(server.search_path, queries), 50, count_version)
    return {**summary(responses), "versions": len(versions), "seconds_until_taken_over": round(seconds, 2)}


def measure(site: Site, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return all figures but those of serve_long.py."""
    seconds, queries = arguments.seconds, QueryStream(site, seed=0)
    with ExitStack() as stack:
        servers = {"semsearch": stack.enter_context(semsearch_server(site.index, site.cache))}
        if not arguments.skip_txtai:
            servers = {"txtai": stack.enter_context(txtai_server(site.index, site.folder)), **servers}
        figures: dict[str, Any] = {"search": compare(servers, queries, seconds, arguments.rounds)}
    with semsearch_server(site.index, site.cache) as server:
        # Warms up, for as long as it is measured: with several workers, some are still starting.
        open_loop(server, map(server.search_path, queries.take(100 * seconds)), 100)
        paths = [server.search_path(text) for text in queries.take(100 * seconds)]
        figures["open_loop"] = {"per_second": 100, **summary(open_loop(server, paths, 100))}
        figures["cached"] = measure_cached(server, queries, seconds)
        figures["related"] = measure_related(server, site.snapshot.documents.ids(), seconds)
        figures["rebuild"] = measure_rebuild(server, site, queries)
    return figures


def main() -> None:
    options = parser(__doc__, posts=1_000)
    options.add_argument("--seconds", type=int, default=5, help="length of each run (default 5)")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--workers", type=int, default=1, help="worker processes of semsearch (default 1)")
    options.add_argument("--cache", type=Path)
    options.add_argument("--index", type=Path)
    options.add_argument("--skip-txtai", action="store_true")
    options.add_argument("--long", action="store_true")
    options.add_argument("--minutes", type=int, default=5, help="length of the overload (default 5)")
    options.add_argument("--swaps", type=int, default=200, help="number of version changes (default 200)")
    arguments: argparse.Namespace = options.parse_args()
    require_wrk()
    os.environ["SEMSEARCH_WORKERS"] = str(arguments.workers)  # the service reads its settings from the environment
    with tempfile.TemporaryDirectory() as folder:
        site = prepare(
            Path(folder), posts=arguments.posts, corpus=arguments.corpus, index=arguments.index, cache=arguments.cache
        )
        figures = measure(site, arguments)
        if arguments.long:
            figures |= measure_long(site, arguments.minutes, arguments.swaps)
        print_result("serve", posts=len(site.lines), seconds=arguments.seconds, rounds=arguments.rounds, **figures)


if __name__ == "__main__":
    main()
