"""How soon do answers come to requests that begin at fixed times, whether or not earlier ones were answered?

An open loop: a server that is slow is not asked less for that, as it would be by clients that wait. The time of an
answer counts from when its request was due.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import uvloop
from servers import HOST, Server

T = TypeVar("T")
Look = Callable[[int, bytes], None]
"""Is shown the status and the body of each answer, as it comes."""

PATIENCE = 10.0
"""Seconds that the last answers may take."""
_IDLE = 3.0
"""Seconds after which a connection is not used again: the server may be about to close it (uvicorn: after five)."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request."""

    status: int
    """The HTTP status; 0 where no answer came."""
    seconds: float
    """From when the request was due to the last byte of its answer."""


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """The middle and the slowest hundredth, in milliseconds; nothing of nothing."""
    times = [1_000 * one for one in seconds]
    return {f"p{share}_ms": round(float(np.percentile(times, share)), 2) for share in (50, 99)} if times else {}


def summary(answers: Sequence[Answer]) -> dict[str, object]:
    """The times of what was answered, and how often it was not, by status; 0 is no answer at all."""
    failed = Counter(str(answer.status) for answer in answers if answer.status != 200)
    return {
        "requests": len(answers),
        **percentiles(answer.seconds for answer in answers if answer.status == 200),
        "failed": dict(failed),
    }


def version_in(body: bytes) -> str:
    """The version that an answer says it is of."""
    return str(json.loads(body)["index_version"])


def while_asked(
    work: Callable[[], T], server: Server, paths: Iterable[str], rate: float, look: Look | None = None
) -> tuple[T, list[Answer]]:
    """Does some work while a server is asked, ``rate`` times a second, and returns what both come to."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        asked = executor.submit(open_loop, server, paths, rate, stop=stop, look=look)
        try:
            result = work()
        finally:
            stop.set()
        return result, asked.result()


def open_loop(
    server: Server, paths: Iterable[str], rate: float, *, stop: threading.Event | None = None, look: Look | None = None
) -> list[Answer]:
    """Asks for each path in turn, ``rate`` a second, until there are no more or ``stop`` is set."""

    async def asked() -> list[Answer]:
        load = _Load(server.port, look or (lambda _status, _body: None))
        await asyncio.to_thread(load.pace, paths, rate, stop or threading.Event())
        await load.rest()
        return load.answers

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(asked())


class _Load:
    """Requests under way, each on a connection that has no other; there are as many as it takes."""

    def __init__(self, port: int, look: Look) -> None:
        self.answers: list[Answer] = []
        self._port, self._look = port, look
        self._loop = asyncio.get_running_loop()
        self._idle: list[_Connection] = []
        self._connections: set[_Connection] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._under_way = 0

    def pace(self, paths: Iterable[str], rate: float, stop: threading.Event) -> None:
        """Has each request begin when it is due. On a thread: timers of an event loop are a millisecond coarse."""
        start = time.perf_counter() + 0.05
        for number, path in enumerate(paths):
            due = start + number / rate
            if (early := due - time.perf_counter()) > 0:
                time.sleep(early)
            if stop.is_set():
                break
            request = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\n\r\n".encode("ascii")
            self._loop.call_soon_threadsafe(self._begin, request, due)

    async def rest(self) -> None:
        """Waits for what is under way, and gives up what takes too long."""
        deadline = time.perf_counter() + PATIENCE
        while self._under_way:
            await asyncio.sleep(0.005)
            if time.perf_counter() > deadline:
                self._give_up()
        self._give_up()

    def _give_up(self) -> None:
        for connecting in list(self._connecting):
            connecting.cancel()
        for connection in list(self._connections):
            connection.cancel()

    def _begin(self, request: bytes, due: float) -> None:
        self._under_way += 1
        while self._idle:
            connection = self._idle.pop()
            if time.perf_counter() - connection.used < _IDLE:
                connection.ask(request, due)
                return
            connection.cancel()
        task = self._loop.create_task(self._begin_on_new(request, due))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _begin_on_new(self, request: bytes, due: float) -> None:
        try:
            _, connection = await self._loop.create_connection(lambda: _Connection(self._ended), HOST, self._port)
        except (OSError, asyncio.CancelledError):
            self._note(0, b"", due)
        else:
            self._connections.add(connection)
            connection.ask(request, due)

    def _ended(self, connection: _Connection, due: float | None, status: int, body: bytes) -> None:
        """An answer came, or the connection is lost."""
        if status:
            self._idle.append(connection)
        else:
            self._connections.discard(connection)
            if connection in self._idle:
                self._idle.remove(connection)
        if due is not None:
            self._note(status, body, due)

    def _note(self, status: int, body: bytes, due: float) -> None:
        self._under_way -= 1
        self.answers.append(Answer(status, time.perf_counter() - due))
        self._look(status, body)


class _Connection(asyncio.Protocol):
    """One request at a time over a connection that stays open (HTTP/1.1; bodies have a Content-Length)."""

    def __init__(self, ended: Callable[[_Connection, float | None, int, bytes], None]) -> None:
        self._ended = ended
        self._due: float | None = None
        self._received = bytearray()
        self.used = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, due: float) -> None:
        self._due = due
        if self._transport.is_closing():
            self.connection_lost(None)
        else:
            self._transport.write(request)

    def cancel(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._received, 0, head)
        end = head + 4 + (int(length[1]) if length else 0)
        if len(self._received) < end:
            return
        status, body = int(self._received[9:12]), bytes(self._received[head + 4 : end])
        self._received.clear()
        self.used = time.perf_counter()
        due, self._due = self._due, None
        self._ended(self, due, status, body)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        due, self._due = self._due, None
        self._ended(self, due, 0, b"")
