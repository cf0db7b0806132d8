from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from semsearch.api.errors.problems import MEDIA_TYPE, Problem
from semsearch.api.middleware import connections
from semsearch.api.middleware.connections import LimitedHttpProtocol
from semsearch.api.middleware.refusals import MAX_HEADER_BYTES, MAX_URL_BYTES
from tests.api.middleware.sockets import connect, read_response, read_until_closed, send_and_read
from tests.client.servers import running

LARGE = 32 << 20
"""Bytes of a response: more than the kernel buffers if the client does not read."""
WAITING, RELEASED = threading.Event(), threading.Event()
"""Whether a request for /wait has begun, and may end."""


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Responds with the path and the size of the body; to /slow after a delay, to /wait when ``RELEASED``
    is set, to /large with a large response."""
    assert scope["type"] == "http"
    size, more = 0, True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    if scope["path"] == "/wait":
        RELEASED.clear()
        WAITING.set()
        await asyncio.to_thread(RELEASED.wait, 30)
        WAITING.clear()
    body = bytes(LARGE) if scope["path"] == "/large" else f"{scope['path'][:9]} {size}.".encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(app, http=LimitedHttpProtocol, ws="none") as address:
        yield address


@pytest.fixture
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"HEADERS": 0.2, "BODY": 0.4, "UNREAD": 0.2, "LINGER": 0.1}.items():
        monkeypatch.setattr(connections, f"{name}_SECONDS", seconds)


def request(path: str = "/a", *headers: str, method: str = "GET") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: here", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


LAST = request("/last", "Connection: close")
CHUNKED = request("/a", "Transfer-Encoding: chunked", method="POST")
REFUSED = [
    (b"nonsense\r\n\r\n", 400, "malformed_request"),
    (b"\x16\x03\x01\x02\x00\x01\x00", 400, "malformed_request"),  # TLS
    (b"GET /\xff HTTP/1.1\r\n\r\n", 400, "malformed_request"),
    (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_request"),
    (request("/a", "Content-Length: 1", "Transfer-Encoding: chunked", method="POST"), 400, "malformed_request"),
    (CHUNKED + b"1\r\na\r\nno size\r\n", 400, "malformed_request"),
    (request("/" + "a" * MAX_URL_BYTES), 414, "address_too_long"),
    (b"GET /" + b"a" * 3_000_000, 414, "address_too_long"),
    (request("/a", "A: " + "a" * MAX_HEADER_BYTES), 431, "headers_too_large"),
    (request("/a", *["A: a"] * 10_000), 431, "headers_too_large"),
    (b"GET / HTTP/1.1\r\nA: " + b"a" * 3_000_000, 431, "headers_too_large"),
    (b"\r\n" * 1_000_000, 431, "headers_too_large"),
    (CHUNKED + b"1\r\na\r\n0\r\nA: " + b"a" * 3_000_000, 431, "headers_too_large"),
    (CHUNKED + b"1\r\na\r\n0\r\n" + b"A: aaa\r\n" * 500_000, 431, "headers_too_large"),
]


@pytest.mark.parametrize(("data", "status", "code"), REFUSED, ids=range(len(REFUSED)))
def test_malformed_and_oversized_requests_get_problem_details(
    data: bytes, status: int, code: str, address: str
) -> None:
    head, _, body = send_and_read(address, data).partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0].startswith(f"http/1.1 {status} ")
    problem = Problem.model_validate(json.loads(body))
    assert (problem.status, problem.code) == (status, code)
    assert {f"content-type: {MEDIA_TYPE}", "connection: close", f"x-request-id: {problem.request_id}"} <= {*lines}


def test_the_largest_headers_and_the_longest_url_pass(address: str) -> None:
    common = len("Host: here\r\nConnection: close\r\n")
    data = request(
        "/" + "a" * (MAX_URL_BYTES - 1), "Connection: close", "A: " + "a" * (MAX_HEADER_BYTES - common - len("A: \r\n"))
    )
    assert send_and_read(address, data).endswith(b"/aaaaaaaa 0.")


def test_pipelined_requests_get_responses_in_order_and_before_a_refusal(address: str) -> None:
    ahead = request("/slow") + request("/b", "Content-Length: 3", method="POST") + b"abc" + request("/c")
    for end in (b"", b"nonsense\r\n\r\n"):
        response = send_and_read(address, ahead + (end or LAST))
        assert [response.count(part) for part in (b"/slow 0.", b"/b 3.", b"/c 0.", b"200 OK")] == [
            1,
            1,
            1,
            3 + (not end),
        ]
        assert response.index(b"/slow 0.") < response.index(b"/b 3.") < response.index(b"/c 0.")


def test_any_number_of_pipelined_requests_is_answered(address: str) -> None:
    response = send_and_read(address, request() * 1_000 + LAST)
    assert response.count(b"/a 0.") == 1_000
    assert response.count(b"200 OK") == 1_001


def test_pipelined_requests_are_not_read_before_their_turn() -> None:
    async def begun_at_once(data: bytes) -> tuple[int, int]:
        transport, state = Transport(), ServerState()
        protocol = protocol_of(state)
        protocol.connection_made(transport)
        protocol.data_received(data)
        return transport.is_read, len(state.tasks)

    assert asyncio.run(begun_at_once(request())) == (True, 1)
    assert asyncio.run(begun_at_once(request() * 90)) == (False, 1)
    post = request("/a", "Content-Length: 9", method="POST")
    assert asyncio.run(begun_at_once(post)) == (True, 1)
    assert asyncio.run(begun_at_once(post + b"123456789" + request() * 90)) == (False, 1)


def test_a_request_is_answered_while_other_connections_pipeline() -> None:
    async def answered_before_a_newcomer() -> int:
        state, pipelining = ServerState(), [Transport() for _ in range(50)]
        for transport in pipelining:
            protocol = protocol_of(state)
            protocol.connection_made(transport)
            protocol.data_received(request() * 90)
        await asyncio.sleep(0)
        newcomer, protocol = Transport(), protocol_of(state)
        protocol.connection_made(newcomer)
        protocol.data_received(LAST)
        while b"/last 0." not in newcomer.written:
            await asyncio.sleep(0)
        return sum(transport.written.count(b"200 OK") for transport in pipelining)

    assert asyncio.run(answered_before_a_newcomer()) < 100


def test_an_upgrade_is_ignored(address: str) -> None:
    for kind in ("websocket", "h2c"):
        response = send_and_read(address, request("/a", "Connection: Upgrade", f"Upgrade: {kind}") + request("/b"))
        assert response.endswith(b"/a 0.")
        assert b"connection: close" in response


@pytest.mark.usefixtures("short_timeouts")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\nA: a",
        request("/a", "Content-Length: 9", method="POST") + b"12345678",
        CHUNKED + b"1\r\na\r\n",
    ],
)
def test_a_client_that_stops_sending_is_disconnected(data: bytes, address: str) -> None:
    assert send_and_read(address, data) == b""


def trickle(client: socket.socket, drop: bytes) -> None:
    for _ in range(200):
        client.sendall(drop)
        time.sleep(0.02)


@pytest.mark.usefixtures("short_timeouts")
@pytest.mark.parametrize(("start", "drop"), [(b"GET / HTTP/1.1\r\n", b"A: a\r\n"), (CHUNKED, b"1\r\na\r\n")])
def test_a_request_that_never_ends_is_disconnected(start: bytes, drop: bytes, address: str) -> None:
    with connect(address) as client:
        client.sendall(start)
        with pytest.raises(ConnectionError):
            trickle(client, drop)


@pytest.mark.usefixtures("short_timeouts")
def test_read_deadlines_pause_between_requests_and_during_a_response(address: str) -> None:
    with connect(address) as client:
        for path in ("/slow", "/b"):
            client.sendall(request(path))
            assert read_response(client).endswith(f"{path} 0.".encode())
            time.sleep(0.3)
        client.sendall(request("/slow") * 2)
        for _ in range(2):
            assert read_response(client).endswith(b"/slow 0.")
        client.sendall(b"\r\n")
        assert read_until_closed(client) == b""


@pytest.mark.usefixtures("short_timeouts")
@pytest.mark.parametrize("header", ["Connection: close", "Connection: keep-alive"])
def test_a_client_that_does_not_read_is_disconnected(header: str, address: str) -> None:
    with connect(address) as client:
        client.sendall(request("/large", header))
        time.sleep(0.7)
        assert len(read_until_closed(client)) < LARGE


@pytest.mark.usefixtures("short_timeouts")
def test_a_client_that_reads_slowly_gets_the_whole_response(address: str) -> None:
    with connect(address) as client:
        client.sendall(request("/large", "Connection: close"))
        received = 0
        for step in range(1, 6):
            while received < step * LARGE // 8:
                received += len(client.recv(1 << 20))
            time.sleep(0.15)
        assert received + len(read_until_closed(client)) > LARGE


def answers(client: socket.socket) -> bool:
    """Whether a connection is still open and gets a response."""
    try:
        client.sendall(request())
        return read_response(client).endswith(b"/a 0.")
    except (ConnectionError, AssertionError):
        return False


@contextlib.contextmanager
def limited(monkeypatch: pytest.MonkeyPatch, limit: int, surplus: int = 1) -> Iterator[str]:
    """The address of a server with these limits."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", limit)
    monkeypatch.setattr(connections, "MAX_SURPLUS_CONNECTIONS", surplus)
    with running(app, http=LimitedHttpProtocol, ws="none") as address:
        yield address


def test_a_newcomer_takes_the_place_of_the_connection_that_is_idle_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    with limited(monkeypatch, 2) as address, connect(address) as first, connect(address) as second:
        for client in (first, second, first):
            assert answers(client)
        with connect(address) as third:
            assert answers(third)
            assert not answers(second)
            assert answers(first)


@pytest.mark.parametrize(
    "begun", [b"GET / HTTP/1.1\r\nA: a", request("/a", "Content-Length: 9", method="POST") + b"1234"]
)
def test_a_newcomer_takes_the_place_of_a_slow_client(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with limited(monkeypatch, 1) as address, connect(address) as slow:
        slow.sendall(request() + begun)
        assert read_response(slow).endswith(b"/a 0.")
        with connect(address) as newcomer:
            assert answers(newcomer)
            assert read_until_closed(slow) == b""


def test_connections_whose_requests_are_worked_on_stay_and_others_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with limited(monkeypatch, 1) as address, connect(address) as busy:
        busy.sendall(request("/wait"))
        wait_for(WAITING.is_set)
        response = send_and_read(address, request())
        assert response.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in response
        assert b'"code":"too_many_connections"' in response
        for path in ("/healthz", "/readyz?full"):
            assert b"200 OK" in send_and_read(address, request(path, "Connection: close"))
        with connect(address) as silent:
            assert b"200 OK" in send_and_read(address, request("/healthz", "Connection: close"))
            assert read_until_closed(silent) == b""
        RELEASED.set()
        assert read_response(busy).endswith(b"/wait 0.")
        assert send_and_read(address, LAST).endswith(b"/last 0.")


def test_surplus_connections_are_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with limited(monkeypatch, 1, surplus=0) as address, connect(address) as busy:
        busy.sendall(request("/wait"))
        wait_for(WAITING.is_set)
        with connect(address) as client:
            assert b'"code":"too_many_connections"' in read_until_closed(client)
        RELEASED.set()


def test_end_of_stream_counts_as_disconnect(address: str) -> None:
    """A half-closed connection cannot be told from a closed one until the server writes."""
    with connect(address) as client:
        client.sendall(request("/slow"))
        client.shutdown(1)
        assert read_until_closed(client) == b""


class Transport(asyncio.Transport):
    """Records what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.is_read = True

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.is_read = False

    def is_reading(self) -> bool:
        return self.is_read

    def resume_reading(self) -> None:
        self.is_read = True


def protocol_of(state: ServerState) -> LimitedHttpProtocol:
    config = uvicorn.Config(app, ws="none", log_config=None, lifespan="off")
    return LimitedHttpProtocol(config=config, server_state=state, app_state={})


async def status_lines(pieces: list[bytes]) -> list[bytes]:
    """The status lines of the responses to data that arrives in these pieces."""
    transport, state = Transport(), ServerState()
    protocol = protocol_of(state)
    protocol.connection_made(transport)
    for piece in pieces:
        protocol.data_received(piece)
    for _ in range(3):  # a turn of the event loop may pass before the next request begins
        while state.tasks:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    return [line for line in transport.written.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


STREAMS = [
    request() + request("/b", "Content-Length: 30", method="POST") + b"b" * 30 + CHUNKED + b"2\r\nab\r\n0\r\n\r\n",
    request() + b"nonsense\r\n\r\n",
    request() + request("/" + "a" * MAX_URL_BYTES),
    request("/" + "a" * MAX_URL_BYTES),
    request("/a", *["Name: value"] * 4_000),
    CHUNKED + b"1\r\na\r\nno size\r\n",
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STREAMS), st.lists(st.floats(0, 1), max_size=8))
def test_responses_do_not_depend_on_how_the_requests_are_split(stream: bytes, cuts: list[float]) -> None:
    places = [0, *sorted(round(cut * len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(places) if start < end]
    assert asyncio.run(status_lines(pieces)) == asyncio.run(status_lines([stream]))
