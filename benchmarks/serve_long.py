"""Does the service hold out? What `serve.py --long` measures.

`readiness_seconds` is the time from the start of the process to the first answer of /readyz, the median of five.
`overload` asks twice as many questions a second as 32 clients got answered (`capacity`), for minutes: how long those
wait that are answered and those that are refused, and what the process keeps in memory after each minute. A question
may come again there, when so many others came between that nothing of it is known any more. `swaps` puts two versions
into use in turn, one a second, in which every title ends with the mark of its version, while 50 questions and lists a
second are asked, new and old: `mixed` are answers with a title of another version than they say they are of, and
`memory_mb` is what the process keeps before the first swap that counts and after each quarter.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import median, write_corpus
from load import percentiles, summary, version_in, while_asked
from servers import Server, in_a_process, related, semsearch_server
from sites import Questions, Site, rebuilt, wait_for
from wrk import closed_loop

from semsearch.index import IndexFolder

MARKS = ("of the first edition", "of the second edition")
_DISTINCT = 100_000
"""Questions of an overload, or fewer where posts have fewer; a service remembers some ten thousand."""
_WARM_UP = 10
"""Swaps after which memory is looked at first."""


def measured_long(site: Site, minutes: int, swaps: int) -> dict[str, Any]:
    """The figures, which take minutes."""
    return {
        "readiness_seconds": readiness(site),
        "overload": overload(site, minutes),
        "swaps": swapped(site, swaps),
    }


def readiness(site: Site) -> float:
    """From the start of the process to the first answer."""
    seconds = []
    for _ in range(5):
        with semsearch_server(site.index, site.cache) as server:
            seconds.append(server.seconds)
    return median(seconds)


def overload(site: Site, minutes: int) -> dict[str, Any]:
    """Twice as many questions as can be answered."""
    questions = Questions(site, seed=1)
    with semsearch_server(site.index, site.cache) as server:
        for seconds in (1, 5):  # the first warms up
            paths = [server.question(text) for text in questions.upcoming(5_000 * seconds)]
            run = closed_loop(server, paths, 32, seconds)
            questions.passed(run.asked)
        paths = [server.question(text) for text in questions.upcoming(_DISTINCT)]

        def memory() -> list[float]:
            found = [server.memory_mb()]
            for _ in range(minutes):
                time.sleep(60)
                found.append(server.memory_mb())
            return found

        found, answers = while_asked(memory, server, itertools.cycle(paths), 2 * run.per_second)
    accepted = [answer.seconds for answer in answers if answer.status == 200]
    refused = [answer.seconds for answer in answers if answer.status == 503]
    return {
        "capacity": run.per_second,
        "asked_per_second": round(2 * run.per_second, 1),
        "requests": len(answers),
        "distinct": len(paths),
        "share_accepted": round(len(accepted) / max(len(answers), 1), 4),
        "accepted": percentiles(accepted),
        "refused": percentiles(refused),
        "failed": len(answers) - len(accepted) - len(refused),
        "memory_mb": found,
    }


def swapped(site: Site, swaps: int) -> dict[str, Any]:
    """Two versions take over from each other, while the service is asked."""
    index = site.folder / "marked"
    marks = {marked(site, index, mark): mark for mark in MARKS}
    mixed = 0

    def look(status: int, body: bytes) -> None:
        nonlocal mixed
        if status == 200:
            titles = [hit["title"] for hit in json.loads(body)["hits"]]
            mixed += not all(title.endswith(marks[version_in(body)]) for title in titles)

    with semsearch_server(index, site.cache, poll_seconds=0.1) as server:

        def work() -> dict[str, Any]:
            return in_a_process(swap, index, list(marks), swaps, server)

        figures, answers = while_asked(work, server, new_and_old(site, server), 50, look)
    return {**figures, **summary(answers), "mixed": mixed}


def marked(site: Site, index: Path, mark: str) -> str:
    """Publishes the posts with a mark in every title, and returns the version."""
    posts = (json.loads(line) for line in site.lines)
    lines = (json.dumps(post | {"title": f"{post['title']} {mark}"}) for post in posts)
    return rebuilt(write_corpus(site.folder / "marked.jsonl", lines), index, site.cache)


def new_and_old(site: Site, server: Server) -> Iterator[str]:
    """In turn: a new question, one that was asked of other versions too, and the list of a post."""
    questions, ids = Questions(site, seed=2), site.snapshot.documents.ids()[:100]
    old = itertools.cycle(questions.take(100))
    for new, again, post_id in zip(questions.one_by_one(), old, itertools.cycle(ids), strict=False):
        yield from (server.question(new), server.question(again), related(post_id))


def swap(index: Path, versions: list[str], swaps: int, server: Server) -> dict[str, Any]:
    """Puts versions into use in turn, one a second, each after the service has answered from the one before."""
    folder, memory, seconds = IndexFolder(index), [server.memory_mb()], []
    for number in range(_WARM_UP + swaps):
        started = time.perf_counter()
        version = folder.rollback(versions[number % 2])
        wait_for(version, server.port)
        seconds.append(time.perf_counter() - started)
        memory.append(server.memory_mb())
        time.sleep(max(0.0, 1 - seconds[-1]))
    return {
        "swaps": swaps,
        "seconds_until_taken_over": median(seconds),
        "memory_mb": [memory[_WARM_UP + swaps * quarter // 4] for quarter in range(5)],
    }
