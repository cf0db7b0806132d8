"""Measure the service over minutes: start-up, overload, and many version changes. Run by `serve.py --long`.

- `readiness_seconds`: from the start of the process to the first response of /readyz, the median of five.
- `overload`: minutes of twice as many requests a second as 32 clients got responses (`capacity`). Has the latency of
  `accepted` and `refused` (503) requests, the number of other `failed` ones, and `memory_mb` before and after each
  minute. Queries repeat, but only after so many others that they are no longer cached.
- `swaps`: two versions take turns, one a second, under 50 requests a second of new and old queries and related lists.
  Every title ends with a mark of its version: `mixed` counts responses with titles of another version than the one they
  name. Has the median `seconds_until_taken_over`, and `memory_mb` at the start and after each quarter.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import median, write_corpus
from load import percentiles, response_version, run_under_load, summary
from servers import Server, related_path, run_in_process, semsearch_server
from sites import QueryStream, Site, rebuild_version, wait_for_version
from wrk import closed_loop

from semsearch.index import IndexFolder

MARKS = ("of the first edition", "of the second edition")
_DISTINCT_QUERIES = 100_000
"""Queries of an overload, if the posts give so many; a service caches some ten thousand."""
_WARM_UP_SWAPS = 10
"""Version changes before memory is measured."""


def measure_long(site: Site, minutes: int, swaps: int) -> dict[str, Any]:
    """Return all figures."""
    return {
        "readiness_seconds": measure_readiness(site),
        "overload": measure_overload(site, minutes),
        "swaps": measure_swaps(site, swaps),
    }


def measure_readiness(site: Site) -> float:
    """Return the median seconds from the start of the process to its first response."""
    seconds = []
    for _ in range(5):
        with semsearch_server(site.index, site.cache) as server:
            seconds.append(server.start_seconds)
    return median(seconds)


def measure_overload(site: Site, minutes: int) -> dict[str, Any]:
    """Send twice as many requests as the service can handle."""
    queries = QueryStream(site, seed=1)
    with semsearch_server(site.index, site.cache) as server:
        for seconds in (1, 5):  # the first warms up
            paths = [server.search_path(text) for text in queries.peek(5_000 * seconds)]
            capacity = closed_loop(server, paths, 32, seconds)
            queries.skip(capacity.sent)
        paths = [server.search_path(text) for text in queries.peek(_DISTINCT_QUERIES)]

        def measure_memory() -> list[float]:
            values = [server.memory_mb()]
            for _ in range(minutes):
                time.sleep(60)
                values.append(server.memory_mb())
            return values

        memory_mb, responses = run_under_load(measure_memory, server, itertools.cycle(paths), 2 * capacity.per_second)
    accepted = [response.seconds for response in responses if response.status == 200]
    refused = [response.seconds for response in responses if response.status == 503]
    return {
        "capacity": capacity.per_second,
        "asked_per_second": round(2 * capacity.per_second, 1),
        "requests": len(responses),
        "distinct": len(paths),
        "share_accepted": round(len(accepted) / max(len(responses), 1), 4),
        "accepted": percentiles(accepted),
        "refused": percentiles(refused),
        "failed": len(responses) - len(accepted) - len(refused),
        "memory_mb": memory_mb,
    }


def measure_swaps(site: Site, swaps: int) -> dict[str, Any]:
    """Change between two versions under load."""
    index = site.folder / "marked"
    marks = {publish_marked(site, index, mark): mark for mark in MARKS}
    mixed = 0

    def check_titles(status: int, body: bytes) -> None:
        nonlocal mixed
        if status == 200:
            titles = [hit["title"] for hit in json.loads(body)["hits"]]
            mixed += not all(title.endswith(marks[response_version(body)]) for title in titles)

    with semsearch_server(index, site.cache, poll_seconds=0.1) as server:

        def run_swaps() -> dict[str, Any]:
            return run_in_process(swap_versions, index, list(marks), swaps, server)

        figures, responses = run_under_load(run_swaps, server, mixed_paths(site, server), 50, check_titles)
    return {**figures, **summary(responses), "mixed": mixed}


def publish_marked(site: Site, index: Path, mark: str) -> str:
    """Publish the posts with a mark at the end of every title, and return the version."""
    posts = (json.loads(line) for line in site.lines)
    lines = (json.dumps(post | {"title": f"{post['title']} {mark}"}) for post in posts)
    return rebuild_version(write_corpus(site.folder / "marked.jsonl", lines), index, site.cache)


def mixed_paths(site: Site, server: Server) -> Iterator[str]:
    """Yield in turn the paths of a new query, of a query that comes again and again, and of a related list."""
    queries, ids = QueryStream(site, seed=2), site.snapshot.documents.ids()[:100]
    repeated = itertools.cycle(queries.take(100))
    for new, old, post_id in zip(queries, repeated, itertools.cycle(ids), strict=False):
        yield from (server.search_path(new), server.search_path(old), related_path(post_id))


def swap_versions(index: Path, versions: list[str], swaps: int, server: Server) -> dict[str, Any]:
    """Publish versions in turn, at most one a second, each after the service has loaded the one before."""
    folder, memory, seconds = IndexFolder(index), [server.memory_mb()], []
    for number in range(_WARM_UP_SWAPS + swaps):
        started = time.perf_counter()
        version = folder.rollback(versions[number % 2])
        wait_for_version(version, server.port)
        seconds.append(time.perf_counter() - started)
        memory.append(server.memory_mb())
        time.sleep(max(0.0, 1 - seconds[-1]))
    return {
        "swaps": swaps,
        "seconds_until_taken_over": median(seconds),
        "memory_mb": [memory[_WARM_UP_SWAPS + swaps * quarter // 4] for quarter in range(5)],
    }
