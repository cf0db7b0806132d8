"""Runs the work of requests off the event loop: one thread ranks, one encodes queries, one runs expensive requests.

A concurrency limit keeps the queue short."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from semsearch.errors import SemsearchError
from semsearch.search import Searcher, SearchRequest, SearchResult
from semsearch.serving.batching import Batcher, Vector
from semsearch.serving.metrics import Metrics
from semsearch.serving.panics import as_exception
from semsearch.serving.timing import Timing
from semsearch.serving.worker_thread import WorkerThread

T = TypeVar("T")
WaitForDisconnect = Callable[[], Awaitable[None]]
"""Returns when the client has disconnected, and raises if the request is to be refused after all."""

MAX_EXPENSIVE_COST = 120
"""Cost of all expensive requests in flight, so that the last of them is completed before its deadline. One is always
accepted, more are refused."""
REFUSAL_DELAY_SECONDS = 1.0
"""How long a client waits for the refusal of an expensive request, or of one above its rate limit. A client that then
sends the next one at once would otherwise keep the event loop busy with reading and refusing them."""
_OVERLOAD_SECONDS = 5.0
"""How long, at most, the concurrency limit stays halved after a request exceeded it."""


class Overloaded(SemsearchError):
    """The concurrency limit is reached."""

    def __init__(self) -> None:
        super().__init__("too many requests are in flight; try again in a second")


class DeadlineExceeded(SemsearchError):
    """A request was not completed before its deadline."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not completed within {seconds:g} seconds; try again in a moment")


class ClientDisconnected(SemsearchError):
    """The client disconnected before the response was ready."""

    def __init__(self) -> None:
        super().__init__("the client disconnected before the response was ready")


class Job(Generic[T]):
    """The work of one request: steps that run on other threads, and a future that is awaited on the event loop."""

    def __init__(self, seconds: float, timing: Timing) -> None:
        """``seconds`` until the deadline."""
        self.timing = timing
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()
        self._deadline, self._is_cancelled = time.monotonic() + seconds, False

    def is_wanted(self) -> bool:
        """True while the deadline has not passed and the client is connected. Thread-safe."""
        return not self._is_cancelled and time.monotonic() < self._deadline

    def cancel(self) -> None:
        """Skip the steps that have not begun. Call it on the event loop."""
        self._is_cancelled = True
        self.future.cancel()

    def run_step(self, step: Callable[[], T | None]) -> None:
        """Run a step on this thread, unless the job is no longer wanted. Thread-safe.

        The job ends with the step that returns something other than None, or raises; the error is raised where the
        job is awaited.
        """
        if not self.is_wanted():
            return
        begun = self.timing.begin_step()
        try:
            result = step()
        except BaseException as error:  # noqa: BLE001  (a panic, too: the request must not wait for its deadline)
            self.fail(error)
        else:
            self.timing.end_step(begun)
            if result is not None:
                self._call_on_loop(self._resolve, result)

    def fail(self, error: BaseException) -> None:
        """End the job with an error, from any thread."""
        self._call_on_loop(self.reject, as_exception(error))

    def reject(self, error: Exception) -> None:
        """End the job with an error, unless it has ended. Call it on the event loop."""
        if not self.future.done():
            self.future.set_exception(error)

    def _resolve(self, result: T) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _call_on_loop(self, function: Callable[[Any], None], value: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody awaits the job
            self._loop.call_soon_threadsafe(function, value)


class RequestExecutor:
    """The threads of a service, used from one event loop.

    When overloaded it halves the concurrency limit for 5 s, or until no request is in flight: 3 % less throughput, half
    the latency. A standing queue adds latency and hardly any throughput. A queue that empties was a burst, and for
    bursts there is the full limit (Nichols and Jacobson, Controlling Queue Delay, 2012).
    """

    def __init__(
        self,
        *,
        concurrency_limit: int,
        deadline_seconds: float,
        metrics: Metrics | None = None,
    ) -> None:
        """``concurrency_limit``: requests in flight; ``deadline_seconds``: after which a request is aborted."""
        self._metrics = metrics or Metrics()
        self._ranking = WorkerThread("semsearch-ranking")
        self._expensive_work, self._expensive_cost = WorkerThread("semsearch-expensive"), 0
        self._batcher = Batcher(self._metrics.observe_batch)
        self._concurrency_limit, self._deadline_seconds = concurrency_limit, deadline_seconds
        self._overloaded_until = -math.inf
        self.in_flight = 0

    async def run(
        self,
        function: Callable[[], T],
        *,
        expensive_cost: int = 0,
        until_disconnected: WaitForDisconnect | None = None,
    ) -> T:
        """Call a function on the ranking thread and return its result, which must not be None.

        ``expensive_cost``: the cost of an expensive request, 0 for others. It is called on a thread of its own instead,
        so that others need not wait for it. Raises Overloaded, DeadlineExceeded, ClientDisconnected as soon as
        ``until_disconnected`` returns, or what the function or ``until_disconnected`` raises.
        """
        thread = self._expensive_work if expensive_cost else self._ranking

        def begin(job: Job[T]) -> None:
            thread.submit(lambda: job.run_step(function))

        return await self._run_job(begin, Timing(), until_disconnected, expensive_cost)

    async def search(
        self,
        searcher: Searcher,
        request: SearchRequest,
        finish: Callable[[SearchResult], T],
        timing: Timing | None = None,
        *,
        key_name: str | None = None,
        until_disconnected: WaitForDisconnect | None = None,
    ) -> T:
        """Run a search and return what ``finish`` makes of its result, which must not be None.

        Both run on the ranking thread, except for the encoding of the query; those of an expensive request run on a
        thread of their own. ``timing`` receives the durations of the stages. ``key_name``: the API key, whose vectors
        of queries are cached apart from those of others. Raises as :meth:`run` does.
        """
        timing = timing or Timing()
        expensive_cost = request.cost if request.is_expensive else 0

        def observed(result: SearchResult) -> T:
            self._metrics.observe_result(result)
            return finish(result)

        def begin(job: Job[T]) -> None:
            if expensive_cost:
                self._expensive_work.submit(lambda: job.run_step(lambda: observed(searcher.run_search(request))))
                return
            # First steps have priority over second steps, so that more queries are encoded in one batch. A larger batch
            # takes only a little longer.
            self._ranking.submit(
                lambda: job.run_step(lambda: self._begin_search(job, searcher, request, observed, key_name)),
                priority=True,
            )

        try:
            return await self._run_job(begin, timing, until_disconnected, expensive_cost)
        finally:
            self._metrics.observe_stages(timing)

    def stop(self) -> None:
        """Complete the requests in flight, then stop the threads. Searches not yet submitted to the encoder fail."""
        self._expensive_work.stop()
        self._batcher.stop()
        self._ranking.stop()

    def _begin_search(
        self,
        job: Job[T],
        searcher: Searcher,
        request: SearchRequest,
        finish: Callable[[SearchResult], T],
        key_name: str | None,
    ) -> None:
        """The first step of a search. The second one is submitted once the vector of the query is there."""
        execution, encoder = searcher.begin(request), searcher.encoder

        def submit_second_step(vector: Vector | None) -> None:
            self._ranking.submit(lambda: job.run_step(lambda: finish(execution.finish(vector))))

        if execution.text is None:
            submit_second_step(None)
            return
        vector = self._batcher.cached(encoder, execution.text, key_name)
        self._metrics.count_vector_lookup(hit=vector is not None)
        if vector is not None:
            submit_second_step(vector)
            return
        submitted = time.perf_counter()

        def on_encoded(vector: Vector | None, error: Exception | None) -> None:
            job.timing.encode = time.perf_counter() - submitted
            if error is not None:
                job.fail(error)
                return
            try:
                submit_second_step(vector)
            except RuntimeError as stopped:  # the request must not wait for its deadline
                job.fail(stopped)

        self._batcher.submit(encoder, execution.text, on_encoded, job.is_wanted, key_name=key_name)
        execution.match()  # lexical matching, while the query is encoded

    def _admit(self) -> bool:
        """Return whether one more request may be in flight. Exceeding the full limit halves it for some seconds."""
        now = time.monotonic()
        if now < self._overloaded_until:
            return self.in_flight < math.ceil(self._concurrency_limit / 2)
        if self.in_flight < self._concurrency_limit:
            return True
        self._overloaded_until = now + _OVERLOAD_SECONDS
        return False

    async def _run_job(
        self,
        begin: Callable[[Job[T]], None],
        timing: Timing,
        until_disconnected: WaitForDisconnect | None,
        expensive_cost: int = 0,
    ) -> T:
        """Await a job; ``begin`` submits its first step."""
        exceeds_cost = False
        if expensive_cost and self._expensive_cost:
            exceeds_cost = self._expensive_cost + expensive_cost > MAX_EXPENSIVE_COST
        if exceeds_cost or not self._admit():
            self._metrics.count_refusal("overloaded")
            if exceeds_cost:
                await asyncio.sleep(REFUSAL_DELAY_SECONDS)
            raise Overloaded
        self.in_flight += 1
        self._expensive_cost += expensive_cost
        job: Job[T] = Job(self._deadline_seconds, timing)
        deadline = asyncio.get_running_loop().call_later(
            self._deadline_seconds, job.reject, DeadlineExceeded(self._deadline_seconds)
        )
        disconnect = None if until_disconnected is None else asyncio.ensure_future(until_disconnected())
        try:
            if disconnect is not None:
                disconnect.add_done_callback(
                    lambda done: None if done.cancelled() else job.reject(_disconnect_error(done))
                )
            timing.submitted = time.perf_counter()
            begin(job)
            return await job.future
        except (DeadlineExceeded, ClientDisconnected) as error:
            self._metrics.count_refusal("too_late" if isinstance(error, DeadlineExceeded) else "client_gone")
            raise
        finally:
            deadline.cancel()
            if disconnect is not None:
                disconnect.cancel()
            job.cancel()
            self.in_flight -= 1
            self._expensive_cost -= expensive_cost
            if not self.in_flight:
                self._overloaded_until = -math.inf


def _disconnect_error(done: asyncio.Future[None]) -> Exception:
    """The error of a job after its client disconnected, or after waiting for that raised, for example BodyRefused."""
    error = done.exception()
    return ClientDisconnected() if error is None else as_exception(error)
