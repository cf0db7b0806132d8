"""Requests run on other threads; those too many, too late or no longer wanted do not run."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from semsearch.encoding import Encoder, Vectors
from semsearch.search import Searcher, SearchRequest
from semsearch.search.requests import Mode
from semsearch.serving import executor as executor_module
from semsearch.serving.executor import DeadlineExceeded, Overloaded, RequestExecutor
from semsearch.serving.metrics import Metrics
from semsearch.serving.timing import Timing
from semsearch.serving.worker_thread import WorkerThread
from tests.search.fakes import planted, searcher_of
from tests.serving.executors import run
from tests.serving.fakes import Panic


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    posts = [planted("walrus", (1.0, 0.0), title="Walrus"), planted("seal", (0.0, 1.0), title="Seal")]
    return searcher_of(tmp_path_factory.mktemp("two") / "v", posts, {"tusks": (1.0, 0.1), "fur": (0.1, 1.0)})


def counted(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def first(searcher: Searcher, executor: RequestExecutor, q: str, **fields: object) -> Awaitable[str]:
    return executor.search(searcher, SearchRequest(q, **fields), lambda result: result.hits[0].id)  # type: ignore[arg-type]


def test_a_search_returns_what_the_searcher_returns(searcher: Searcher) -> None:
    assert run(lambda executor: first(searcher, executor, "tusks")) == searcher.search("tusks").hits[0].id == "walrus"
    assert run(lambda executor: first(searcher, executor, "seal", mode="lexical")) == "seal"


def test_concurrent_searches_get_their_own_results(searcher: Searcher) -> None:
    async def main(executor: RequestExecutor) -> list[str]:
        return await asyncio.gather(*(first(searcher, executor, "fur" if n % 2 else "tusks") for n in range(20)))

    assert run(main) == ["walrus", "seal"] * 10


def test_an_error_is_raised_where_the_result_is_awaited(searcher: Searcher) -> None:
    async def main(executor: RequestExecutor) -> None:
        with pytest.raises(ZeroDivisionError):
            await executor.run(lambda: 1 // 0)
        with pytest.raises(KeyError):  # the model fails
            await first(searcher, executor, "no vector is made up for this")
        with pytest.raises(ZeroDivisionError):
            await executor.search(searcher, SearchRequest("fur"), lambda _: 1 // 0)
        assert await executor.run(lambda: "well") == "well"
        assert executor.in_flight == 0

    run(main)


@pytest.mark.parametrize("panic", [Panic("index out of bounds"), SystemExit(1), StopIteration()])
def test_a_panic_is_raised_at_once_where_the_result_is_awaited_and_the_threads_go_on(
    searcher: Searcher, panic: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise panic

    async def main(executor: RequestExecutor) -> None:
        async with asyncio.timeout(10):
            with pytest.raises(RuntimeError, match=type(panic).__name__):
                await executor.run(fail)
            with pytest.raises(RuntimeError, match=type(panic).__name__):
                await executor.search(searcher, SearchRequest("fur"), fail)
            with monkeypatch.context() as patch:
                patch.setattr(type(searcher.encoder), "encode_queries", fail)
                with pytest.raises(RuntimeError, match=type(panic).__name__):
                    await first(searcher, executor, "tusks")
            assert await first(searcher, executor, "tusks") == "walrus"

    run(main)


def test_a_panic_while_waiting_for_a_disconnect_is_not_taken_for_one() -> None:
    hold = threading.Event()

    async def panicking() -> None:
        raise Panic("index out of bounds")

    async def main(executor: RequestExecutor) -> None:
        with pytest.raises(RuntimeError, match="index out of bounds"):
            await executor.run(lambda: hold.wait(10), until_disconnected=panicking)
        hold.set()

    run(main)


def test_a_search_that_reaches_a_stopped_thread_fails_before_its_deadline(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(executor: RequestExecutor) -> None:
        encode = type(searcher.encoder).encode_queries

        def stop_ranking(encoder: Encoder, texts: Sequence[str]) -> Vectors:
            executor._ranking.stop()
            return encode(encoder, texts)

        async with asyncio.timeout(10):
            with monkeypatch.context() as patch:
                patch.setattr(type(searcher.encoder), "encode_queries", stop_ranking)
                with pytest.raises(RuntimeError, match="semsearch-ranking has ended"):
                    await first(searcher, executor, "tusks")
            executor._ranking = WorkerThread("semsearch-ranking")
            executor._batcher.stop()
            with pytest.raises(RuntimeError, match="semsearch-inference has ended"):
                await first(searcher, executor, "fur")

    run(main)


def test_above_the_concurrency_limit_requests_are_refused_until_one_completes() -> None:
    hold, metrics = threading.Event(), Metrics()

    async def main(executor: RequestExecutor) -> None:
        waiting = [asyncio.create_task(executor.run(lambda: hold.wait(10))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await executor.run(lambda: True)
        hold.set()
        assert await asyncio.gather(*waiting) == [True, True]
        assert await executor.run(lambda: True)

    run(main, concurrency_limit=2, metrics=metrics)
    assert counted(metrics, "semsearch_refused_total", reason="overloaded") == 1


def test_when_overloaded_the_concurrency_limit_is_halved_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(executor_module, "time", SimpleNamespace(monotonic=lambda: now, perf_counter=time.perf_counter))

    async def count_admitted(executor: RequestExecutor, requests: int) -> int:
        """How many requests are admitted, of as many that are sent at once and completed before this returns."""
        results = await asyncio.gather(*(executor.run(lambda: True) for _ in range(requests)), return_exceptions=True)
        assert all(result is True or isinstance(result, Overloaded) for result in results)
        return results.count(True)

    async def main(executor: RequestExecutor) -> None:
        nonlocal now
        stuck: asyncio.Task[bool] = asyncio.create_task(executor._run_job(lambda _: None, Timing(), None))
        await asyncio.sleep(0)
        assert await count_admitted(executor, 4) == 4, "the limit is reached, and no request was refused"
        assert await count_admitted(executor, 5) == 4
        now = 104.9
        assert [await count_admitted(executor, requests) for requests in (2, 3, 5)] == [2, 2, 2]
        now = 105.0
        assert await count_admitted(executor, 4) == 4, "refusals meanwhile do not prolong it"
        assert await count_admitted(executor, 5) == 4
        assert await count_admitted(executor, 4) == 2
        stuck.cancel()
        await asyncio.sleep(0)
        assert await count_admitted(executor, 5) == 5, "no request was in flight"

    run(main, concurrency_limit=5, deadline_seconds=600.0)


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_the_first_step_of_a_search_has_priority_and_the_second_does_not(
    searcher: Searcher, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder waits for first steps, and its time per batch hardly grows with the number of queries."""
    order: list[str] = []
    begin = Searcher.begin

    def note(what: str) -> bool:
        order.append(what)
        return True

    async def main(executor: RequestExecutor) -> None:
        hold = threading.Event()
        waiting = [asyncio.create_task(executor.run(todo)) for todo in (lambda: hold.wait(10), lambda: note("other"))]
        await asyncio.sleep(0)
        request = SearchRequest("fur", mode=mode)
        waiting.append(asyncio.create_task(executor.search(searcher, request, lambda _: note("finished"))))
        await asyncio.sleep(0)
        hold.set()
        assert await asyncio.gather(*waiting) == [True, True, True]

    monkeypatch.setattr(Searcher, "begin", lambda *arguments: note("begun") and begin(*arguments))
    run(main)
    assert order == ["begun", "other", "finished"]


def test_searches_do_not_starve_other_requests(searcher: Searcher) -> None:
    async def main(executor: RequestExecutor) -> None:
        done = asyncio.Event()

        async def search_on(request: SearchRequest) -> None:
            while not done.is_set():
                await executor.search(searcher, request, lambda _: True)

        requests = [SearchRequest("fur", mode="lexical"), SearchRequest("fur")]  # whose vector is soon cached
        searching = [asyncio.create_task(search_on(request)) for request in requests * 3]
        await asyncio.sleep(0.05)
        assert [await executor.run(lambda: True) for _ in range(5)] == [True] * 5
        done.set()
        await asyncio.gather(*searching)

    run(main, deadline_seconds=5.0)


def test_stop_completes_the_requests_in_flight(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, hold = threading.Event(), threading.Event()
    encode = type(searcher.encoder).encode_queries

    def held(encoder: Encoder, texts: Sequence[str]) -> Vectors:
        reading.set()
        hold.wait(10)
        return encode(encoder, texts)

    async def main() -> None:
        executor = RequestExecutor(concurrency_limit=8, deadline_seconds=20.0)
        waiting = asyncio.ensure_future(first(searcher, executor, "tusks"))
        await asyncio.to_thread(reading.wait, 10)
        stopping = asyncio.create_task(asyncio.to_thread(executor.stop))
        await asyncio.sleep(0.05)
        hold.set()
        assert await waiting == "walrus"
        await stopping
        with pytest.raises(RuntimeError, match="has ended"):
            await executor.run(lambda: True)
        assert executor.in_flight == 0

    monkeypatch.setattr(type(searcher.encoder), "encode_queries", held)
    asyncio.run(main())


def test_a_request_past_its_deadline_is_aborted_and_never_begun() -> None:
    hold, begun, metrics = threading.Event(), threading.Event(), Metrics()

    async def main(executor: RequestExecutor) -> None:
        late = [asyncio.create_task(executor.run(lambda: hold.wait(10))), asyncio.create_task(executor.run(begun.set))]
        found = await asyncio.gather(*late, return_exceptions=True)
        assert [type(error) for error in found] == [DeadlineExceeded, DeadlineExceeded]
        hold.set()
        assert await executor.run(lambda: "next") == "next"

    run(main, deadline_seconds=0.2, metrics=metrics)
    assert counted(metrics, "semsearch_refused_total", reason="too_late") == 2
    assert not begun.is_set()


def test_a_cancelled_request_is_never_begun() -> None:
    hold, begun = threading.Event(), threading.Event()

    async def main(executor: RequestExecutor) -> None:
        first, second = (asyncio.create_task(executor.run(todo)) for todo in (lambda: hold.wait(10), begun.set))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.sleep(0.05)
        hold.set()
        assert await first
        assert await executor.run(lambda: "next") == "next"

    run(main)
    assert not begun.is_set()


def test_a_cached_vector_is_not_computed_again(tmp_path: Path) -> None:
    metrics = Metrics()
    searcher = searcher_of(tmp_path / "v", [planted("walrus", (1.0, 0.0))], {"tusks": (1.0, 0.1)})

    async def main(executor: RequestExecutor) -> None:
        for _ in range(3):
            await first(searcher, executor, "tusks")

    run(main, metrics=metrics)
    assert counted(metrics, "semsearch_batch_questions_sum") == 1
    assert counted(metrics, "semsearch_kept_vectors_total", result="hit") == 2


def test_the_stages_of_a_search_are_timed(searcher: Searcher) -> None:
    timings = [Timing(), Timing(), Timing()]

    async def main(executor: RequestExecutor) -> None:
        for timing, mode in zip(timings, ("hybrid", "hybrid", "lexical"), strict=True):
            await executor.search(searcher, SearchRequest("fur", mode=mode), lambda _: True, timing)  # type: ignore[arg-type]

    run(main)
    everything = ["queue", "encode", "rank"]
    assert [[stage for stage, _ in timing.stages()] for timing in timings] == [
        everything,
        ["queue", "rank"],  # the vector is cached
        ["queue", "rank"],
    ]
