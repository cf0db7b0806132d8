"""How is work done without holding up the event loop? One thread ranks, one runs the model, and no more waits than can
be done."""

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
from semsearch.serving.timing import Timing
from semsearch.serving.worker import Worker

T = TypeVar("T")
Gone = Callable[[], Awaitable[None]]
"""Returns when the client has hung up."""

_CROWDED_SECONDS = 5.0
"""For how long half as many may be under way, after one was too many."""


class Overloaded(SemsearchError):
    """More requests are under way than can be answered soon."""

    def __init__(self) -> None:
        super().__init__("too many requests are waiting; try again in a second")


class TooLate(SemsearchError):
    """A request waited for so long that it was given up."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not answered within {seconds:g} seconds; try again in a moment")


class ClientGone(SemsearchError):
    """Nobody waits for the answer any longer."""

    def __init__(self) -> None:
        super().__init__("the client hung up before it was answered")


class Job(Generic[T]):
    """Something that somebody waits for on an event loop, until it is done or given up."""

    def __init__(self, seconds: float, timing: Timing) -> None:
        self.timing = timing
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()
        self._deadline, self._given_up = time.monotonic() + seconds, False

    def wanted(self) -> bool:
        """Whether it should still be worked on. From any thread."""
        return not self._given_up and time.monotonic() < self._deadline

    def give_up(self) -> None:
        """Nobody waits for it any longer."""
        self._given_up = True
        self.future.cancel()

    def step(self, work: Callable[[], T | None]) -> None:
        """Does a part of it, if it is still wanted: the last, if that returns something, or fails. From any thread."""
        if not self.wanted():
            return
        begun = self.timing.step_begins()
        try:
            result = work()
        except Exception as error:  # noqa: BLE001  (it is raised where the job is waited for)
            self.fail(error)
        else:
            self.timing.step_ends(begun)
            if result is not None:
                self._tell(self._resolve, result)

    def fail(self, error: Exception) -> None:
        """From any thread."""
        self._tell(self.reject, error)

    def _tell(self, how: Callable[[Any], None], what: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(how, what)

    def _resolve(self, result: T) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def reject(self, error: Exception) -> None:
        """From its loop."""
        if not self.future.done():
            self.future.set_exception(error)


class Work:
    """The threads of a service. Used from one event loop.

    When more requests come than may be under way, half as many may for a while, or until the last is answered. A queue
    that never empties answers hardly more for its length, and later; one that does was a burst, which it is for
    (Nichols and Jacobson, 2012, tell the two apart).
    """

    def __init__(
        self,
        *,
        capacity: int,
        deadline_seconds: float,
        metrics: Metrics | None = None,
    ) -> None:
        """``capacity``: requests that may be under way; ``deadline_seconds``: after which one is given up, and nothing
        more is done for it. ``metrics``: where it is counted."""
        self._metrics = metrics or Metrics()
        self._ranking = Worker("semsearch-ranking")
        self._batcher = Batcher(self._metrics.batch)
        self._capacity, self._deadline_seconds = capacity, deadline_seconds
        self._crowded_until = -math.inf
        self.under_way = 0

    async def do(self, work: Callable[[], T], *, gone: Gone | None = None) -> T:
        """Does some work on the ranking thread. Raises Overloaded at once, TooLate, ClientGone as soon as ``gone`` says
        so, or what the work raises."""
        return await self._wait(lambda job: self._ranking.hand(lambda: job.step(work)), Timing(), gone)

    async def search(
        self,
        searcher: Searcher,
        request: SearchRequest,
        finish: Callable[[SearchResult], T],
        timing: Timing | None = None,
        *,
        gone: Gone | None = None,
    ) -> T:
        """Answers a search, and makes something of the answer: both on the ranking thread, while the model reads
        questions on its own. ``timing``: where it is written how long that took. Raises as :meth:`do` does."""
        timing = timing or Timing()

        def finished(result: SearchResult) -> T:
            self._metrics.found(result)
            return finish(result)

        def begin(job: Job[T]) -> None:
            # Before other searches are finished: the model waits for questions, and reads many as soon as few.
            self._ranking.hand(lambda: job.step(lambda: self._begin(job, searcher, request, finished)), pressing=True)

        try:
            return await self._wait(begin, timing, gone)
        finally:
            self._metrics.worked(timing)

    def stop(self) -> None:
        """Ends after what is under way."""
        self._batcher.stop()
        self._ranking.stop()

    def _begin(
        self, job: Job[T], searcher: Searcher, request: SearchRequest, finish: Callable[[SearchResult], T]
    ) -> None:
        """What comes before the model; the rest is handed to the ranking thread when the vector is there."""
        answering, encoder = searcher.begin(request), searcher.encoder

        def go_on(vector: Vector | None) -> None:
            self._ranking.hand(lambda: job.step(lambda: finish(answering.finish(vector))))

        if answering.text is None:
            go_on(None)
            return
        vector = self._batcher.known(encoder, answering.text)
        self._metrics.vector(kept=vector is not None)
        if vector is not None:
            go_on(vector)
            return
        handed = time.perf_counter()

        def encoded(vector: Vector | None, error: Exception | None) -> None:
            job.timing.encode = time.perf_counter() - handed
            if error is not None:
                job.fail(error)
            else:
                go_on(vector)

        self._batcher.encode(encoder, answering.text, encoded, job.wanted)
        answering.match()  # meanwhile

    def _lets_in(self) -> bool:
        """Whether one more may be under way. That there was one too many is remembered."""
        now = time.monotonic()
        if now < self._crowded_until:
            return self.under_way < math.ceil(self._capacity / 2)
        if self.under_way < self._capacity:
            return True
        self._crowded_until = now + _CROWDED_SECONDS
        return False

    async def _wait(self, begin: Callable[[Job[T]], None], timing: Timing, gone: Gone | None) -> T:
        """``begin`` hands a job to the ranking thread."""
        if not self._lets_in():
            self._metrics.refused("overloaded")
            raise Overloaded
        self.under_way += 1
        job: Job[T] = Job(self._deadline_seconds, timing)
        late = asyncio.get_running_loop().call_later(
            self._deadline_seconds, job.reject, TooLate(self._deadline_seconds)
        )
        hanging_up = None if gone is None else asyncio.ensure_future(gone())
        try:
            if hanging_up is not None:
                hanging_up.add_done_callback(lambda done: None if done.cancelled() else job.reject(_reason(done)))
            timing.submitted = time.perf_counter()
            begin(job)
            return await job.future
        except (TooLate, ClientGone) as error:
            self._metrics.refused("too_late" if isinstance(error, TooLate) else "client_gone")
            raise
        finally:
            late.cancel()
            if hanging_up is not None:
                hanging_up.cancel()
            job.give_up()
            self.under_way -= 1
            if not self.under_way:
                self._crowded_until = -math.inf


def _reason(hanging_up: asyncio.Future[None]) -> Exception:
    """Why nobody waits any longer: the client hung up, or it sends more than it may."""
    error = hanging_up.exception()
    return error if isinstance(error, Exception) else ClientGone()
