"""How is work done without holding up the event loop? One thread ranks, one encodes, and no more waits than can be done."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from semsearch.api.batching import Batcher, Vector
from semsearch.errors import SemsearchError
from semsearch.search import Searcher, SearchRequest, SearchResult

T = TypeVar("T")

CAPACITY = 64
"""Requests that may be under way; more would wait longer than anybody does."""
DEADLINE_SECONDS = 2.0
"""After which nothing is begun any more for a request."""


class Overloaded(SemsearchError):
    """More requests are under way than can be answered soon."""

    def __init__(self) -> None:
        super().__init__("too many requests are waiting; try again in a second")


class TooLate(SemsearchError):
    """A request waited for so long that it was given up."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not answered within {seconds:g} seconds; try again later")


class Job(Generic[T]):
    """Something that somebody waits for on an event loop, until it is given up."""

    def __init__(self, deadline: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()
        self._deadline = deadline
        self._given_up = False

    def wanted(self) -> bool:
        """Whether it should still be worked on. From any thread."""
        return not self._given_up and time.monotonic() < self._deadline

    def give_up(self) -> None:
        """Nobody waits for it any longer."""
        self._given_up = True

    def done(self, result: T) -> None:
        """From any thread."""
        self._tell(self._resolve, result)

    def failed(self, error: BaseException) -> None:
        """From any thread."""
        self._tell(self._reject, error)

    def _tell(self, how: Callable[[Any], None], what: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(how, what)

    def _resolve(self, result: T) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _reject(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Work:
    """The threads of a service."""

    def __init__(
        self,
        *,
        capacity: int = CAPACITY,
        deadline_seconds: float = DEADLINE_SECONDS,
        on_batch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._ranking = ThreadPoolExecutor(1, thread_name_prefix="semsearch-ranking")
        self._batcher = Batcher(on_batch)
        self._capacity, self._deadline_seconds = capacity, deadline_seconds
        self.under_way = 0

    async def do(self, work: Callable[[], T]) -> T:
        """Does some work on the ranking thread. Raises Overloaded at once, TooLate, or what the work raises."""

        def begin(job: Job[T]) -> None:
            if not job.wanted():
                return
            try:
                job.done(work())
            except Exception as error:  # noqa: BLE001  (it is raised where it was asked for)
                job.failed(error)

        return await self._wait(begin)

    async def search(self, searcher: Searcher, request: SearchRequest, finish: Callable[[SearchResult], T]) -> T:
        """Answers a search: begun and ended on the ranking thread, encoded with others in between."""

        def begin(job: Job[T]) -> None:
            if not job.wanted():
                return
            try:
                answering = searcher.begin(request)
                if (text := answering.text) is None:
                    job.done(finish(answering.finish(None)))
                elif (vector := self._batcher.known(searcher.encoder, text)) is not None:
                    job.done(finish(answering.finish(vector)))
                else:
                    self._batcher.encode(
                        searcher.encoder, text, lambda *found: encoded(job, answering, *found), job.wanted
                    )
                    answering.match()
            except Exception as error:  # noqa: BLE001
                job.failed(error)

        def encoded(job: Job[T], answering: Any, vector: Vector | None, error: Exception | None) -> None:
            if error is not None:
                job.failed(error)
            elif job.wanted():
                self._ranking.submit(end, job, answering, vector)

        def end(job: Job[T], answering: Any, vector: Vector) -> None:
            if not job.wanted():
                return
            try:
                job.done(finish(answering.finish(vector)))
            except Exception as error:  # noqa: BLE001
                job.failed(error)

        return await self._wait(begin)

    async def _wait(self, begin: Callable[[Job[T]], None]) -> T:
        if self.under_way >= self._capacity:
            raise Overloaded
        self.under_way += 1
        job: Job[T] = Job(time.monotonic() + self._deadline_seconds)
        try:
            self._ranking.submit(begin, job)
            return await asyncio.wait_for(job.future, self._deadline_seconds)
        except TimeoutError as error:
            raise TooLate(self._deadline_seconds) from error
        finally:
            job.give_up()
            self.under_way -= 1

    def stop(self) -> None:
        """Ends after what is under way."""
        self._batcher.stop()
        self._ranking.shutdown()
