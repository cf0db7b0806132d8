"""Requests that take long to prepare do not hold up others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable

import pytest

from semsearch.serving.executor import MAX_PREPARING, DeadlineExceeded, Overloaded, RequestExecutor
from tests.serving.executors import run


def test_what_was_prepared_is_passed_on() -> None:
    async def main(executor: RequestExecutor) -> list[int]:
        def call(number: int) -> Awaitable[int]:
            return executor.run_prepared(lambda: [number], lambda found: 10 * found[0])

        return list(await asyncio.gather(*map(call, range(1, MAX_PREPARING + 1))))

    assert run(main) == [10, 20, 30, 40]


def test_others_are_answered_while_a_request_is_prepared() -> None:
    preparing, hold = threading.Event(), threading.Event()

    def prepare() -> str:
        preparing.set()
        return "released" if hold.wait(30) else "not released"

    async def main(executor: RequestExecutor) -> str:
        slow = asyncio.create_task(executor.run_prepared(prepare, lambda found: found))
        await asyncio.to_thread(preparing.wait, 30)
        assert await executor.run(lambda: "answered") == "answered"
        hold.set()
        return await slow

    assert run(main) == "released"


def test_more_requests_than_may_be_prepared_are_refused_and_leave_room_for_others() -> None:
    hold = threading.Event()

    async def main(executor: RequestExecutor) -> None:
        calls = [
            asyncio.ensure_future(executor.run_prepared(lambda: hold.wait(30), bool)) for _ in range(MAX_PREPARING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await executor.run_prepared(lambda: True, bool)
        assert await executor.run(lambda: "answered") == "answered"
        hold.set()
        assert await asyncio.gather(*calls) == [True] * MAX_PREPARING
        assert await executor.run_prepared(lambda: True, bool)

    run(main)


def test_an_error_of_either_step_is_raised_where_the_result_is_awaited() -> None:
    async def main(executor: RequestExecutor) -> None:
        with pytest.raises(ZeroDivisionError):
            await executor.run_prepared(lambda: 1 // 0, lambda found: found)
        with pytest.raises(KeyError):
            await executor.run_prepared(lambda: {"a": 1}, lambda found: found["b"])
        assert await executor.run(lambda: "next") == "next"

    run(main)


def test_after_the_deadline_the_second_step_is_not_begun() -> None:
    hold, begun = threading.Event(), threading.Event()

    def begin(_: bool) -> bool:
        begun.set()
        return True

    async def main(executor: RequestExecutor) -> None:
        with pytest.raises(DeadlineExceeded):
            await executor.run_prepared(lambda: hold.wait(30), begin)
        hold.set()
        assert await executor.run_prepared(lambda: True, lambda found: found)

    run(main, deadline_seconds=0.2)
    assert not begun.is_set()
