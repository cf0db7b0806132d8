"""Expensive requests do not hold up others."""

from __future__ import annotations

import asyncio
import threading

import pytest

from semsearch.search import Searcher, SearchRequest, SearchResult
from semsearch.serving import executor as module
from semsearch.serving.executor import MAX_EXPENSIVE_COST, DeadlineExceeded, Overloaded, RequestExecutor
from tests.serving.executors import run


def test_others_are_answered_while_an_expensive_request_runs() -> None:
    begun, hold = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        return "released" if hold.wait(30) else "not released"

    async def main(executor: RequestExecutor) -> str:
        slow = asyncio.create_task(executor.run(work, expensive_cost=MAX_EXPENSIVE_COST // 2))
        await asyncio.to_thread(begun.wait, 30)
        assert await executor.run(lambda: "answered") == "answered"
        hold.set()
        return await slow

    assert run(main) == "released"


def test_a_search_for_a_long_query_is_expensive(demo: Searcher) -> None:
    long, short = SearchRequest("models " * 250), SearchRequest("models")
    threads: list[str] = []

    def note(result: SearchResult) -> SearchResult:
        threads.append(threading.current_thread().name)
        return result

    async def main(executor: RequestExecutor) -> None:
        for request in (short, long):
            found = await executor.search(demo, request, note)
            assert [hit.id for hit in found.hits] == [hit.id for hit in demo.run_search(request).hits]

    run(main)
    assert threads == ["semsearch-ranking", "semsearch-expensive"]


def test_more_expensive_requests_than_may_run_are_refused_and_leave_room_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "REFUSAL_DELAY_SECONDS", 0.0)
    hold = threading.Event()

    async def main(executor: RequestExecutor) -> None:
        calls = [
            asyncio.ensure_future(executor.run(lambda: hold.wait(30), expensive_cost=MAX_EXPENSIVE_COST // 2))
            for _ in range(2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await executor.run(lambda: True, expensive_cost=MAX_EXPENSIVE_COST // 2)
        assert await executor.run(lambda: "answered") == "answered"
        hold.set()
        assert await asyncio.gather(*calls) == [True] * 2
        assert await executor.run(lambda: True, expensive_cost=MAX_EXPENSIVE_COST // 2)

    run(main)


def test_the_refusal_of_an_expensive_request_is_delayed(monkeypatch: pytest.MonkeyPatch) -> None:
    hold, delays = threading.Event(), []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        delays.append(seconds)
        await sleep(0)

    async def main(executor: RequestExecutor) -> None:
        calls = [
            asyncio.ensure_future(executor.run(lambda: hold.wait(30), expensive_cost=MAX_EXPENSIVE_COST // 2))
            for _ in range(2)
        ]
        await sleep(0)
        monkeypatch.setattr(asyncio, "sleep", note)
        with pytest.raises(Overloaded):
            await executor.run(lambda: True, expensive_cost=MAX_EXPENSIVE_COST // 2)
        hold.set()
        await asyncio.gather(*calls)

    run(main)
    assert delays == [module.REFUSAL_DELAY_SECONDS]


def test_an_expensive_request_whose_deadline_has_passed_is_not_begun() -> None:
    hold, begun = threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return True

    async def main(executor: RequestExecutor) -> None:
        first = asyncio.ensure_future(executor.run(lambda: hold.wait(30), expensive_cost=MAX_EXPENSIVE_COST // 2))
        await asyncio.sleep(0)
        with pytest.raises(DeadlineExceeded):
            await executor.run(work, expensive_cost=MAX_EXPENSIVE_COST // 2)
        hold.set()
        with pytest.raises(DeadlineExceeded):
            await first
        assert await executor.run(lambda: True, expensive_cost=MAX_EXPENSIVE_COST // 2)

    run(main, deadline_seconds=0.2)
    assert not begun.is_set()


def test_one_request_is_accepted_whatever_it_costs() -> None:
    async def main(executor: RequestExecutor) -> None:
        assert await executor.run(lambda: True, expensive_cost=10 * MAX_EXPENSIVE_COST)

    run(main)
