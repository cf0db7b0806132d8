"""Measure the most expensive legal requests: their CPU time, and what they do to others.

    python benchmarks/worst_case.py [--posts 10000] [--corpus FILE] [--cache DIR] [--index DIR] [--seconds 60]

Prints JSON. An existing index (`--index`) is not changed.

- `requests`: for each kind of request, the median `cpu_milliseconds` of five different ones, of all threads together,
  and its `cost`: as how many requests it counts against a rate limit.
- `searches`: the latency of searches by readers, 20 a second, on their own (`alone`); while one client sends every kind
  of request as fast as the limit of a public service lets it (`limited`); and without that limit (`unlimited`). Has the
  number of readers' requests that `failed`, and the number of responses to that client by status.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import islice
from pathlib import Path
from typing import Any

from common import median, parser, print_result
from load import open_loop, run_under_load, summary
from servers import HOST, Server, run_in_process, semsearch_server
from sites import QueryStream, Site, prepare
from worst_requests import SUGGEST, WorstRequest, WorstRequests

from semsearch.search import RelatedRequest, Searcher, SearchRequest, SuggestRequest, open_index

_ROUNDS = 5
_READERS_PER_SECOND = 20
_CONNECTIONS = 8
"""Of the client that sends expensive requests."""
_LIMIT = 600
"""Requests a minute: what a public service allows an address."""


def measure_cpu(searcher: Searcher) -> dict[str, Any]:
    """Return the CPU time and the cost of each kind of request."""
    searcher.related_finder.warm()
    return {name: _cpu_of(searcher, kind()) for name, kind in WorstRequests(searcher).kinds.items()}


def _cpu_of(searcher: Searcher, requests: Iterator[WorstRequest]) -> dict[str, float]:
    """Return the median CPU time of some requests, the first of which only warms up."""
    wanted = [request.to_request() for request in islice(requests, 1 + _ROUNDS)]
    times = []
    for request in wanted:
        run = _runner(searcher, request)
        started = time.process_time()
        run()
        times.append(1_000 * (time.process_time() - started))
    cost = 1 if isinstance(wanted[0], SuggestRequest) else wanted[0].cost
    return {"cpu_milliseconds": median(times[1:]), "cost": cost}


def _runner(searcher: Searcher, request: SearchRequest | SuggestRequest | RelatedRequest) -> Callable[[], object]:
    if isinstance(request, SearchRequest):
        return partial(searcher.run_search, request)
    if isinstance(request, RelatedRequest):
        return partial(searcher.run_related, request)
    return partial(searcher.run_suggest, request)


def measure_load(site: Site, searcher: Searcher, seconds: int) -> dict[str, Any]:
    """Return the latency of readers' searches beside one expensive client."""
    queries, kinds = QueryStream(site, seed=3), list(WorstRequests(searcher, seed=1).kinds.values())[1:]
    streams = list(zip(*(islice(kind(), 200) for kind in kinds), strict=True))
    requests = [request for request in itertools.chain(*streams) if request.path != SUGGEST]
    figures = {}
    for name, per_minute in (("alone", _LIMIT), ("limited", _LIMIT), ("unlimited", 0)):
        os.environ["SEMSEARCH_PUBLIC"], os.environ["SEMSEARCH_RATE_PER_MINUTE"] = "true", str(per_minute)
        with semsearch_server(site.index, site.cache) as server:
            warm_up = queries.take(5 * _READERS_PER_SECOND)
            open_loop(server, map(server.search_path, warm_up), _READERS_PER_SECOND)
            expensive = [] if name == "alone" else requests
            work = partial(run_in_process, _send_all, server, expensive, seconds)
            sent, responses = run_under_load(work, server, map(server.search_path, queries), _READERS_PER_SECOND)
        figures[name] = summary(responses) | ({"expensive": sent} if sent else {})
    return figures


def _send_all(server: Server, requests: Sequence[WorstRequest], seconds: int) -> dict[str, int]:
    """Send requests on several connections, and return the number of responses by status."""
    statuses, turn, deadline = Counter[str](), itertools.cycle(requests), time.monotonic() + seconds
    if not requests:
        time.sleep(seconds)
    headers = {"Content-Type": "application/json", "X-Forwarded-For": "192.0.2.255"}

    def send() -> None:
        connection = HTTPConnection(HOST, server.port, timeout=30)
        while time.monotonic() < deadline:
            request = next(turn)
            try:
                connection.request("POST", request.path, json.dumps(request.body), headers)
                response = connection.getresponse()
                response.read()
                statuses[str(response.status)] += 1
            except (OSError, HTTPException):
                statuses["none"] += 1
                connection.close()
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(statuses)


def main() -> None:
    options = parser(__doc__, posts=10_000)
    options.add_argument("--cache", type=Path)
    options.add_argument("--index", type=Path)
    options.add_argument("--seconds", type=int, default=60, help="length of each run under load (default 60)")
    arguments: argparse.Namespace = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = prepare(
            Path(folder), posts=arguments.posts, corpus=arguments.corpus, index=arguments.index, cache=arguments.cache
        )
        searcher = open_index(site.index, cache=site.cache)
        figures = {"requests": measure_cpu(searcher), "searches": measure_load(site, searcher, arguments.seconds)}
    print_result("worst_case", posts=len(site.lines), **figures)


if __name__ == "__main__":
    main()
