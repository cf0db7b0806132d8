"""Send requests at fixed times, whether or not earlier ones have been answered, and measure the responses.

This is an open loop: a slow server gets as many requests as a fast one, unlike with clients that wait for responses.
The latency of a response counts from the time its request was due.
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
OnResponse = Callable[[int, bytes], None]
"""Called with the status and the body of each response."""

_CLIENTS = 200
"""Addresses that requests come from, in turn: a rate limit applies to each of them."""
DRAIN_SECONDS = 10.0
"""How long to wait for responses after the last request."""
_MAX_IDLE_SECONDS = 3.0
"""Connections that were idle for longer are not reused: the server may be about to close them (uvicorn: after 5 s)."""
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Response:
    """The outcome of a request."""

    status: int
    """The HTTP status; 0 if there was no response."""
    seconds: float
    """From when the request was due to the last byte of the response."""


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """Return the 50th and 99th percentile in milliseconds; empty if there are no values."""
    times = [1_000 * value for value in seconds]
    return {f"p{share}_ms": round(float(np.percentile(times, share)), 2) for share in (50, 99)} if times else {}


def summary(responses: Sequence[Response]) -> dict[str, object]:
    """Return the latency of responses with status 200, and the number of all others by status (0: no response)."""
    failed = Counter(str(response.status) for response in responses if response.status != 200)
    return {
        "requests": len(responses),
        **percentiles(response.seconds for response in responses if response.status == 200),
        "failed": dict(failed),
    }


def response_version(body: bytes) -> str:
    """Return the index version that a response names."""
    return str(json.loads(body)["index_version"])


def run_under_load(
    work: Callable[[], T], server: Server, paths: Iterable[str], rate: float, on_response: OnResponse | None = None
) -> tuple[T, list[Response]]:
    """Run ``work`` while a server gets ``rate`` requests a second. Returns its result, and the responses."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        load = executor.submit(open_loop, server, paths, rate, stop=stop, on_response=on_response)
        try:
            result = work()
        finally:
            stop.set()
        return result, load.result()


def open_loop(
    server: Server,
    paths: Iterable[str],
    rate: float,
    *,
    stop: threading.Event | None = None,
    on_response: OnResponse | None = None,
) -> list[Response]:
    """Request each path in turn, ``rate`` a second, until there are no more or ``stop`` is set."""

    async def run() -> list[Response]:
        loop = _OpenLoop(server.port, on_response or (lambda _status, _body: None))
        await asyncio.to_thread(loop.send_all, paths, rate, stop or threading.Event())
        await loop.drain()
        return loop.responses

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


class _OpenLoop:
    """Requests in flight, each alone on its connection; there are as many connections as that takes."""

    def __init__(self, port: int, on_response: OnResponse) -> None:
        self.responses: list[Response] = []
        self._port, self._on_response = port, on_response
        self._loop = asyncio.get_running_loop()
        self._idle: list[_Connection] = []
        self._connections: set[_Connection] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._in_flight = 0

    def send_all(self, paths: Iterable[str], rate: float, stop: threading.Event) -> None:
        """Send each request when it is due. Runs on a thread: timers of an event loop are only accurate to 1 ms."""
        start = time.perf_counter() + 0.05
        for number, path in enumerate(paths):
            due = start + number / rate
            if (early := due - time.perf_counter()) > 0:
                time.sleep(early)
            if stop.is_set():
                break
            headers = f"Host: {HOST}:{self._port}\r\nX-Forwarded-For: 192.0.2.{number % _CLIENTS}\r\n"
            request = f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode("ascii")
            self._loop.call_soon_threadsafe(self._send, request, due)

    async def drain(self) -> None:
        """Wait for the requests in flight, and abort those that take too long."""
        deadline = time.perf_counter() + DRAIN_SECONDS
        while self._in_flight:
            await asyncio.sleep(0.005)
            if time.perf_counter() > deadline:
                self._abort()
        self._abort()

    def _abort(self) -> None:
        for connecting in list(self._connecting):
            connecting.cancel()
        for connection in list(self._connections):
            connection.cancel()

    def _send(self, request: bytes, due: float) -> None:
        self._in_flight += 1
        while self._idle:
            connection = self._idle.pop()
            if time.perf_counter() - connection.last_used < _MAX_IDLE_SECONDS:
                connection.send(request, due)
                return
            connection.cancel()
        task = self._loop.create_task(self._send_on_new(request, due))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _send_on_new(self, request: bytes, due: float) -> None:
        try:
            _, connection = await self._loop.create_connection(lambda: _Connection(self._ended), HOST, self._port)
        except (OSError, asyncio.CancelledError):
            self._record(0, b"", due)
        else:
            self._connections.add(connection)
            connection.send(request, due)

    def _ended(self, connection: _Connection, due: float | None, status: int, body: bytes) -> None:
        """A response arrived, or the connection was lost."""
        if status:
            self._idle.append(connection)
        else:
            self._connections.discard(connection)
            if connection in self._idle:
                self._idle.remove(connection)
        if due is not None:
            self._record(status, body, due)

    def _record(self, status: int, body: bytes, due: float) -> None:
        self._in_flight -= 1
        self.responses.append(Response(status, time.perf_counter() - due))
        self._on_response(status, body)


class _Connection(asyncio.Protocol):
    """A persistent HTTP/1.1 connection with one request at a time; responses must have a Content-Length."""

    def __init__(self, ended: Callable[[_Connection, float | None, int, bytes], None]) -> None:
        self._ended = ended
        self._due: float | None = None
        self._received = bytearray()
        self.last_used = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, due: float) -> None:
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
        length = _CONTENT_LENGTH.search(self._received, 0, head)
        end = head + 4 + (int(length[1]) if length else 0)
        if len(self._received) < end:
            return
        status, body = int(self._received[9:12]), bytes(self._received[head + 4 : end])
        self._received.clear()
        self.last_used = time.perf_counter()
        due, self._due = self._due, None
        self._ended(self, due, status, body)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        due, self._due = self._due, None
        self._ended(self, due, 0, b"")
