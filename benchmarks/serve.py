"""How fast is the service? Prints JSON: answers a second and milliseconds, beside those of txtai's API.

    python benchmarks/serve.py [--posts 1000] [--seconds 5] [--rounds 1] [--corpus FILE] [--cache DIR] [--index DIR]
                               [--skip-txtai] [--long] [--minutes 5] [--swaps 200]

Both services answer the same questions for ten hits, over the same posts and with the same model; txtai's index is
hybrid and keeps texts. Neither is asked a question twice. Whoever asks shares the processor with whoever answers. An
index that is kept (`--index`) is copied, and its posts are those of all measurements. Needs wrk.

`search` has answers a second and milliseconds with 1, 8 and 32 clients, each of which waits for its answer: medians
over rounds in which the services take turns. `open_loop` are questions that begin 100 times a second, whatever became
of those before, and count from when they were due. `cached` is one question over and over. `related` are the lists of
posts, each once, and those of 500 posts over and over. `rebuild` is what 50 questions a second wait while one changed
post becomes the next version, and that takes over. `--long` adds what serve_long.py measures.
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
from incremental import changed
from load import open_loop, summary, version_in, while_asked
from serve_long import measured_long
from servers import Server, got, in_a_process, related, semsearch_server, txtai_server
from sites import Questions, Site, prepare, rebuilt, wait_for
from wrk import Closed, closed_loop, need_wrk

CLIENTS = (1, 8, 32)
_MOST_PER_SECOND = 5_000
"""Questions that are made for a second; what is not asked is left for the next run."""


def compared(servers: dict[str, Server], questions: Questions, seconds: int, rounds: int) -> dict[str, Any]:
    """Each service in turn, with each number of clients."""
    runs: dict[int, dict[str, list[Closed]]] = {clients: {name: [] for name in servers} for clients in CLIENTS}

    def turn(clients: int, seconds: int) -> dict[str, Closed]:
        texts = questions.upcoming(_MOST_PER_SECOND * seconds)
        came = {
            name: closed_loop(server, [server.question(text) for text in texts], clients, seconds)
            for name, server in servers.items()
        }
        questions.passed(max(run.asked for run in came.values()))
        return came

    for clients in CLIENTS:  # warms up: questions that come alone are not read as many at once are
        turn(clients, 1)
    for _ in range(rounds):
        for clients in CLIENTS:
            for name, run in turn(clients, seconds).items():
                runs[clients][name].append(run)
    return {str(clients): medians(of_clients) for clients, of_clients in runs.items()}


def medians(runs: dict[str, list[Closed]]) -> dict[str, Any]:
    """The figures of each service with some number of clients, and how many times as many answers semsearch gives."""
    figures: dict[str, Any] = {
        name: {
            "per_second": median([run.per_second for run in of_one]),
            "p50_ms": median([run.p50_ms for run in of_one]),
            "p99_ms": median([run.p99_ms for run in of_one]),
            "errors": sum(run.errors for run in of_one),
        }
        for name, of_one in runs.items()
    }
    if "txtai" in runs:
        pairs = zip(runs["semsearch"], runs["txtai"], strict=True)
        figures["ratio"] = median([ours.per_second / max(theirs.per_second, 0.1) for ours, theirs in pairs])
    return figures


def cached(server: Server, questions: Questions, seconds: int) -> dict[str, Any]:
    """One question over and over, from 32 clients, after it was answered once."""
    [path] = map(server.question, questions.take(1))
    got(server.port, path)
    return closed_loop(server, [path], 32, seconds, again=True).figures()


def of_related(server: Server, post_ids: Sequence[str], seconds: int) -> dict[str, Any]:
    """The lists of posts, from 8 clients."""
    paths = [related(post_id) for post_id in random.Random(0).sample(post_ids, len(post_ids))]
    return {
        "each_once": closed_loop(server, paths, 8, seconds).figures(),
        "again": closed_loop(server, paths[:500], 8, seconds, again=True).figures(),
    }


def while_rebuilding(server: Server, site: Site, questions: Questions) -> dict[str, Any]:
    """Questions go on while one changed post becomes the next version, and for a second with that."""
    corpus = write_corpus(site.folder / "changed.jsonl", changed(list(site.lines), 1, "changed"))
    versions = Counter[str]()

    def look(status: int, body: bytes) -> None:
        if status == 200:
            versions[version_in(body)] += 1

    def work() -> float:
        started = time.perf_counter()
        version = in_a_process(rebuilt, corpus, site.index, site.cache)
        wait_for(version, server.port)
        seconds = time.perf_counter() - started
        time.sleep(1)
        return seconds

    seconds, answers = while_asked(work, server, map(server.question, questions.one_by_one()), 50, look)
    return {**summary(answers), "versions": len(versions), "seconds_until_taken_over": round(seconds, 2)}


def measured(site: Site, chosen: argparse.Namespace) -> dict[str, Any]:
    """All figures but those of hours."""
    seconds, questions = chosen.seconds, Questions(site, seed=0)
    with ExitStack() as both:
        servers = {"semsearch": both.enter_context(semsearch_server(site.index, site.cache))}
        if not chosen.skip_txtai:
            servers = {"txtai": both.enter_context(txtai_server(site.index, site.folder)), **servers}
        figures: dict[str, Any] = {"search": compared(servers, questions, seconds, chosen.rounds)}
    with semsearch_server(site.index, site.cache) as server:
        # Warms up, for as long: of several workers, others than the first are still starting.
        open_loop(server, map(server.question, questions.take(100 * seconds)), 100)
        paths = [server.question(text) for text in questions.take(100 * seconds)]
        figures["open_loop"] = {"per_second": 100, **summary(open_loop(server, paths, 100))}
        figures["cached"] = cached(server, questions, seconds)
        figures["related"] = of_related(server, site.snapshot.documents.ids(), seconds)
        figures["rebuild"] = while_rebuilding(server, site, questions)
    return figures


def main() -> None:
    options = parser(__doc__, posts=1_000)
    options.add_argument("--seconds", type=int, default=5, help="of each run (default 5)")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--workers", type=int, default=1, help="processes of semsearch (default 1)")
    options.add_argument("--cache", type=Path)
    options.add_argument("--index", type=Path)
    options.add_argument("--skip-txtai", action="store_true")
    options.add_argument("--long", action="store_true")
    options.add_argument("--minutes", type=int, default=5, help="of overload (default 5)")
    options.add_argument("--swaps", type=int, default=200, help="of versions (default 200)")
    chosen: argparse.Namespace = options.parse_args()
    need_wrk()
    os.environ["SEMSEARCH_WORKERS"] = str(chosen.workers)  # as whoever starts the service would say it
    with tempfile.TemporaryDirectory() as folder:
        site = prepare(Path(folder), posts=chosen.posts, corpus=chosen.corpus, index=chosen.index, cache=chosen.cache)
        figures = measured(site, chosen)
        if chosen.long:
            figures |= measured_long(site, chosen.minutes, chosen.swaps)
        print_result("serve", posts=len(site.lines), seconds=chosen.seconds, rounds=chosen.rounds, **figures)


if __name__ == "__main__":
    main()
