"""Work is done on threads of its own; what is too much, too late or not wanted any more is not done."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from prometheus_client import generate_latest

from semsearch.api.errors.body_refused import BodyRefused
from semsearch.api.middleware.connections import GuardedProtocol
from semsearch.encoding import Encoder, Vectors
from semsearch.search import Searcher, SearchRequest
from semsearch.search.requests import Mode
from semsearch.serving import work as work_module
from semsearch.serving.metrics import Metrics
from semsearch.serving.timing import Timing
from semsearch.serving.work import ClientGone, Overloaded, TooLate, Work
from tests.api.middleware.sockets import answered, connected
from tests.builders import service
from tests.client.servers import running
from tests.search.fakes import planted, searcher_of

T = TypeVar("T")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    posts = [planted("walrus", (1.0, 0.0), title="Walrus"), planted("seal", (0.0, 1.0), title="Seal")]
    return searcher_of(tmp_path_factory.mktemp("two") / "v", posts, {"tusks": (1.0, 0.1), "fur": (0.1, 1.0)})


def run(main: Callable[[Work], Awaitable[T]], **options: Any) -> T:
    """Runs something with work threads that end with it."""

    async def whole() -> T:
        work = Work(**{"capacity": 64, "deadline_seconds": 60.0} | options)
        try:
            return await main(work)
        finally:
            work.stop()

    return asyncio.run(whole())


def counted(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def first(searcher: Searcher, work: Work, q: str, **fields: object) -> Awaitable[str]:
    return work.search(searcher, SearchRequest(q, **fields), lambda result: result.hits[0].id)  # type: ignore[arg-type]


def test_a_search_is_answered_as_a_searcher_answers_it(searcher: Searcher) -> None:
    assert run(lambda work: first(searcher, work, "tusks")) == searcher.search("tusks").hits[0].id == "walrus"
    assert run(lambda work: first(searcher, work, "seal", mode="lexical")) == "seal"


def test_many_at_once_get_their_own_answers(searcher: Searcher) -> None:
    async def main(work: Work) -> list[str]:
        return await asyncio.gather(*(first(searcher, work, "fur" if n % 2 else "tusks") for n in range(20)))

    assert run(main) == ["walrus", "seal"] * 10


def test_an_error_is_raised_where_the_answer_was_waited_for(searcher: Searcher) -> None:
    async def main(work: Work) -> None:
        with pytest.raises(ZeroDivisionError):
            await work.do(lambda: 1 // 0)
        with pytest.raises(KeyError):  # the model fails
            await first(searcher, work, "no vector is made up for this")
        with pytest.raises(ZeroDivisionError):
            await work.search(searcher, SearchRequest("fur"), lambda _: 1 // 0)
        assert await work.do(lambda: "well") == "well"
        assert work.under_way == 0

    run(main)


def test_past_its_capacity_it_refuses_at_once_and_goes_on_when_there_is_room() -> None:
    hold, metrics = threading.Event(), Metrics()

    async def main(work: Work) -> None:
        waiting = [asyncio.create_task(work.do(lambda: hold.wait(10))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await work.do(lambda: True)
        hold.set()
        assert await asyncio.gather(*waiting) == [True, True]
        assert await work.do(lambda: True)

    run(main, capacity=2, metrics=metrics)
    assert counted(metrics, "semsearch_refused_total", reason="overloaded") == 1


def test_once_one_was_too_many_half_as_many_may_come_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(work_module, "time", SimpleNamespace(monotonic=lambda: now, perf_counter=time.perf_counter))

    async def let_in(work: Work, most: int) -> int:
        """How many are, of so many that come at once and are answered before this returns."""
        answered = await asyncio.gather(*(work.do(lambda: True) for _ in range(most)), return_exceptions=True)
        assert all(one is True or isinstance(one, Overloaded) for one in answered)
        return answered.count(True)

    async def main(work: Work) -> None:
        nonlocal now
        one: asyncio.Task[bool] = asyncio.create_task(work._wait(lambda _: None, Timing(), None))  # is never answered
        await asyncio.sleep(0)
        assert await let_in(work, 4) == 4, "all places are taken, and nobody was refused"
        assert await let_in(work, 5) == 4
        now = 104.9
        assert [await let_in(work, most) for most in (2, 3, 5)] == [2, 2, 2]
        now = 105.0
        assert await let_in(work, 4) == 4, "who was refused meanwhile does not draw it out"
        assert await let_in(work, 5) == 4
        assert await let_in(work, 4) == 2
        one.cancel()
        await asyncio.sleep(0)
        assert await let_in(work, 5) == 5, "it had caught up"

    run(main, capacity=5, deadline_seconds=600.0)


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_a_search_begins_before_other_work_and_is_finished_in_its_turn(
    searcher: Searcher, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model, which waits for beginnings, reads many questions nearly as soon as one."""
    order: list[str] = []
    begin = Searcher.begin

    def note(what: str) -> bool:
        order.append(what)
        return True

    async def main(work: Work) -> None:
        hold = threading.Event()
        waiting = [asyncio.create_task(work.do(todo)) for todo in (lambda: hold.wait(10), lambda: note("other"))]
        await asyncio.sleep(0)
        request = SearchRequest("fur", mode=mode)
        waiting.append(asyncio.create_task(work.search(searcher, request, lambda _: note("finished"))))
        await asyncio.sleep(0)
        hold.set()
        assert await asyncio.gather(*waiting) == [True, True, True]

    monkeypatch.setattr(Searcher, "begin", lambda *asked: note("begun") and begin(*asked))
    run(main)
    assert order == ["begun", "other", "finished"]


def test_other_work_has_its_turn_however_many_searches_come(searcher: Searcher) -> None:
    async def main(work: Work) -> None:
        done = asyncio.Event()

        async def search_on(request: SearchRequest) -> None:
            while not done.is_set():
                await work.search(searcher, request, lambda _: True)

        requests = [SearchRequest("fur", mode="lexical"), SearchRequest("fur")]  # the vector of which is soon known
        searching = [asyncio.create_task(search_on(request)) for request in requests * 3]
        await asyncio.sleep(0.05)
        assert [await work.do(lambda: True) for _ in range(5)] == [True] * 5
        done.set()
        await asyncio.gather(*searching)

    run(main, deadline_seconds=5.0)


def test_what_is_under_way_when_it_is_stopped_is_answered(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, hold = threading.Event(), threading.Event()
    encode = type(searcher.encoder).encode_queries

    def held(encoder: Encoder, texts: Sequence[str]) -> Vectors:
        reading.set()
        hold.wait(10)
        return encode(encoder, texts)

    async def main() -> None:
        work = Work(capacity=8, deadline_seconds=20.0)
        waiting = asyncio.ensure_future(first(searcher, work, "tusks"))
        await asyncio.to_thread(reading.wait, 10)
        stopping = asyncio.create_task(asyncio.to_thread(work.stop))
        await asyncio.sleep(0.05)
        hold.set()
        assert await waiting == "walrus"
        await stopping
        with pytest.raises(RuntimeError, match="has ended"):
            await work.do(lambda: True)
        assert work.under_way == 0

    monkeypatch.setattr(type(searcher.encoder), "encode_queries", held)
    asyncio.run(main())


def test_what_is_too_late_is_given_up_and_never_begun() -> None:
    hold, begun, metrics = threading.Event(), threading.Event(), Metrics()

    async def main(work: Work) -> None:
        late = [asyncio.create_task(work.do(lambda: hold.wait(10))), asyncio.create_task(work.do(begun.set))]
        found = await asyncio.gather(*late, return_exceptions=True)
        assert [type(error) for error in found] == [TooLate, TooLate]
        hold.set()
        assert await work.do(lambda: "next") == "next"

    run(main, deadline_seconds=0.2, metrics=metrics)
    assert counted(metrics, "semsearch_refused_total", reason="too_late") == 2
    assert not begun.is_set()


def test_what_is_abandoned_is_never_begun() -> None:
    hold, begun = threading.Event(), threading.Event()

    async def main(work: Work) -> None:
        first, second = (asyncio.create_task(work.do(todo)) for todo in (lambda: hold.wait(10), begun.set))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.sleep(0.05)
        hold.set()
        assert await first
        assert await work.do(lambda: "next") == "next"

    run(main)
    assert not begun.is_set()


def test_a_vector_that_is_known_is_not_computed_again(tmp_path: Path) -> None:
    metrics = Metrics()
    searcher = searcher_of(tmp_path / "v", [planted("walrus", (1.0, 0.0))], {"tusks": (1.0, 0.1)})

    async def main(work: Work) -> None:
        for _ in range(3):
            await first(searcher, work, "tusks")

    run(main, metrics=metrics)
    assert counted(metrics, "semsearch_batch_questions_sum") == 1
    assert counted(metrics, "semsearch_kept_vectors_total", result="hit") == 2


def test_it_is_written_how_long_a_search_took(searcher: Searcher) -> None:
    timings = [Timing(), Timing(), Timing()]

    async def main(work: Work) -> None:
        for timing, mode in zip(timings, ("hybrid", "hybrid", "lexical"), strict=True):
            await work.search(searcher, SearchRequest("fur", mode=mode), lambda _: True, timing)  # type: ignore[arg-type]

    run(main)
    everything = ["queue", "encode", "rank"]
    assert [[stage for stage, _ in timing.stages()] for timing in timings] == [
        everything,
        ["queue", "rank"],  # the vector is known
        ["queue", "rank"],
    ]


def test_what_its_client_no_longer_waits_for_is_never_begun() -> None:
    hold, begun = threading.Event(), threading.Event()

    async def gone() -> None:
        await asyncio.sleep(0.05)

    async def main(work: Work) -> None:
        first = asyncio.create_task(work.do(lambda: hold.wait(10)))
        await asyncio.sleep(0)
        with pytest.raises(ClientGone):
            await work.do(begun.set, gone=gone)
        assert work.under_way == 1
        hold.set()
        assert await first
        assert await work.do(lambda: "next", gone=gone) == "next"
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "nobody watches any longer"

    run(main)
    assert not begun.is_set()


def test_what_its_client_sends_too_much_of_meanwhile_is_told_and_never_begun() -> None:
    hold, begun = threading.Event(), threading.Event()

    async def sends_too_much() -> None:
        raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", "send less")

    async def main(work: Work) -> None:
        first = asyncio.create_task(work.do(lambda: hold.wait(10)))
        await asyncio.sleep(0)
        with pytest.raises(BodyRefused, match="send less"):
            await work.do(begun.set, gone=sends_too_much)
        hold.set()
        assert await first
        assert await work.do(lambda: "next") == "next"

    run(main)
    assert not begun.is_set()


def test_who_is_there_is_told_when_it_is_too_late() -> None:
    hold = threading.Event()

    async def still_there() -> None:
        await asyncio.sleep(60)

    async def main(work: Work) -> None:
        with pytest.raises(TooLate):
            await work.do(lambda: hold.wait(10), gone=still_there)
        hold.set()

    run(main, deadline_seconds=0.2)


def test_nothing_is_computed_for_clients_that_hung_up(demo_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, hold = service(index=demo_index), threading.Event()
    begun: list[Any] = []

    def counting(method: Callable[..., Any]) -> Callable[..., Any]:
        def counted(searcher: Searcher, asked: Any, *others: Any) -> Any:
            begun.append(asked)
            return method(searcher, asked, *others)

        return counted

    for name in ("begin", "complete", "post_within", "answer_related"):
        monkeypatch.setattr(Searcher, name, counting(getattr(Searcher, name)))
    body = b'{"q":"maths"}'
    get = ["/v1/search?q=a", "/search?q=a", "/v1/suggest?q=a", "/v1/posts/vpt", "/v1/posts/vpt/related"]
    ask = [
        *(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in get),
        b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % len(body)
        + body,
    ]
    with running(app, http=GuardedProtocol, ws="none") as address, ExitStack() as clients:
        app.state.work._ranking.hand(lambda: hold.wait(10))
        hung_up = [clients.enter_context(connected(address)) for _ in range(2 * len(ask))]
        for client, data in zip(hung_up, ask * 2, strict=True):
            client.sendall(data)
        there = clients.enter_context(connected(address))
        there.sendall(ask[0].replace(b"q=a", b"q=maths"))
        while app.state.work.under_way <= len(hung_up):
            time.sleep(0.01)
        for client in hung_up:
            client.close()
        while app.state.work.under_way > 1:
            time.sleep(0.01)
        hold.set()
        assert answered(there).startswith(b"HTTP/1.1 200 ")
    assert [request.q for request in begun] == ["maths"]
    counted = generate_latest(app.state.metrics.registry).decode()
    assert sum(float(value) for value in re.findall(r'requests_total{.*status="499"} (\S+)', counted)) == len(hung_up)
