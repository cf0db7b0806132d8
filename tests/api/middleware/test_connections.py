from __future__ import annotations

import asyncio
import itertools
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from semsearch.api.errors.problems import MEDIA_TYPE, Problem
from semsearch.api.middleware import connections
from semsearch.api.middleware.connections import MOST_ADDRESS, MOST_HEADERS, GuardedProtocol
from tests.api.middleware.sockets import answered, connected, rest, told
from tests.client.servers import running

LARGE = 32 << 20
"""Bytes of an answer: more than the kernel takes off the hands of a server whose client does not read."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the path and the size of the body; /slow and /large as they say."""
    assert scope["type"] == "http"
    size, more = 0, True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    body = bytes(LARGE) if scope["path"] == "/large" else f"{scope['path'][:9]} {size}.".encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(app, http=GuardedProtocol, ws="none") as address:
        yield address


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"HEADERS": 0.2, "BODY": 0.4, "UNREAD": 0.2, "FAREWELL": 0.1}.items():
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
    (request("/" + "a" * MOST_ADDRESS), 414, "address_too_long"),
    (b"GET /" + b"a" * 3_000_000, 414, "address_too_long"),
    (request("/a", "A: " + "a" * MOST_HEADERS), 431, "headers_too_large"),
    (request("/a", *["A: a"] * 10_000), 431, "headers_too_large"),
    (b"GET / HTTP/1.1\r\nA: " + b"a" * 3_000_000, 431, "headers_too_large"),
    (b"\r\n" * 1_000_000, 431, "headers_too_large"),
    (CHUNKED + b"1\r\na\r\n0\r\nA: " + b"a" * 3_000_000, 431, "headers_too_large"),
    (CHUNKED + b"1\r\na\r\n0\r\n" + b"A: aaa\r\n" * 500_000, 431, "headers_too_large"),
]


@pytest.mark.parametrize(("data", "status", "code"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_request_or_too_much_of_one_is_told_so(data: bytes, status: int, code: str, address: str) -> None:
    head, _, body = told(address, data).partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0].startswith(f"http/1.1 {status} ")
    problem = Problem.model_validate(json.loads(body))
    assert (problem.status, problem.code) == (status, code)
    assert {f"content-type: {MEDIA_TYPE}", "connection: close", f"x-request-id: {problem.request_id}"} <= {*lines}


def test_the_largest_headers_and_the_longest_address_pass(address: str) -> None:
    common = len("Host: here\r\nConnection: close\r\n")
    data = request(
        "/" + "a" * (MOST_ADDRESS - 1), "Connection: close", "A: " + "a" * (MOST_HEADERS - common - len("A: \r\n"))
    )
    assert told(address, data).endswith(b"/aaaaaaaa 0.")


def test_requests_sent_ahead_are_answered_in_order_and_before_a_refusal(address: str) -> None:
    ahead = request("/slow") + request("/b", "Content-Length: 3", method="POST") + b"abc" + request("/c")
    for end in (b"", b"nonsense\r\n\r\n"):
        answer = told(address, ahead + (end or LAST))
        assert [answer.count(part) for part in (b"/slow 0.", b"/b 3.", b"/c 0.", b"200 OK")] == [1, 1, 1, 3 + (not end)]
        assert answer.index(b"/slow 0.") < answer.index(b"/b 3.") < answer.index(b"/c 0.")


def test_of_very_many_requests_sent_ahead_the_first_are_answered(address: str) -> None:
    answer = told(address, request() * 50_000)
    assert answer.count(b"/a 0.") == answer.count(b"200 OK") == connections.MOST_WAITING + 1
    assert answer.count(b"connection: close") == 1


def test_an_upgrade_is_passed_over(address: str) -> None:
    for kind in ("websocket", "h2c"):
        answer = told(address, request("/a", "Connection: Upgrade", f"Upgrade: {kind}") + request("/b"))
        assert answer.endswith(b"/a 0.")
        assert b"connection: close" in answer


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\nA: a",
        request("/a", "Content-Length: 9", method="POST") + b"12345678",
        CHUNKED + b"1\r\na\r\n",
    ],
)
def test_who_does_not_go_on_is_cut_off(data: bytes, address: str) -> None:
    assert told(address, data) == b""


def trickle(client: socket.socket, drop: bytes) -> None:
    for _ in range(200):
        client.sendall(drop)
        time.sleep(0.02)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(("start", "drop"), [(b"GET / HTTP/1.1\r\n", b"A: a\r\n"), (CHUNKED, b"1\r\na\r\n")])
def test_who_goes_on_for_ever_is_cut_off(start: bytes, drop: bytes, address: str) -> None:
    with connected(address) as client:
        client.sendall(start)
        with pytest.raises(ConnectionError):
            trickle(client, drop)


@pytest.mark.usefixtures("hurried")
def test_the_clock_stands_still_between_requests_and_while_one_is_answered(address: str) -> None:
    with connected(address) as client:
        for path in ("/slow", "/b"):
            client.sendall(request(path))
            assert answered(client).endswith(f"{path} 0.".encode())
            time.sleep(0.3)
        client.sendall(request("/slow") * 2)
        for _ in range(2):
            assert answered(client).endswith(b"/slow 0.")
        client.sendall(b"\r\n")
        assert rest(client) == b""


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("header", ["Connection: close", "Connection: keep-alive"])
def test_who_does_not_read_the_answer_is_cut_off(header: str, address: str) -> None:
    with connected(address) as client:
        client.sendall(request("/large", header))
        time.sleep(0.7)
        assert len(rest(client)) < LARGE


@pytest.mark.usefixtures("hurried")
def test_who_reads_slowly_gets_all(address: str) -> None:
    with connected(address) as client:
        client.sendall(request("/large", "Connection: close"))
        came = 0
        for step in range(1, 6):
            while came < step * LARGE // 8:
                came += len(client.recv(1 << 20))
            time.sleep(0.15)
        assert came + len(rest(client)) > LARGE


def test_one_connection_too_many_is_told_so_and_the_next_is_served(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 2)
    with connected(address) as one, connected(address) as other:
        for client in (one, other):
            client.sendall(request())
            assert answered(client).endswith(b"/a 0.")
        with connected(address) as third:
            answer = rest(third)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in answer
        assert b'"code":"too_many_connections"' in answer
        one.sendall(LAST)
        assert rest(one).endswith(b"/last 0.")
        assert told(address, LAST).endswith(b"/last 0.")


def test_who_stops_sending_has_hung_up(address: str) -> None:
    """uvicorn cannot tell the end of what a client sends from its end, and nor can we, until we write."""
    with connected(address) as client:
        client.sendall(request("/slow"))
        client.shutdown(1)
        assert rest(client) == b""


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def answers(pieces: list[bytes]) -> list[bytes]:
    """The first lines of the answers to what comes in these pieces."""
    transport, config = Transport(), uvicorn.Config(app, ws="none", log_config=None, lifespan="off")
    protocol = GuardedProtocol(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(transport)
    for piece in pieces:
        protocol.data_received(piece)
    while protocol.tasks:
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    return [line for line in transport.written.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


STREAMS = [
    request() + request("/b", "Content-Length: 30", method="POST") + b"b" * 30 + CHUNKED + b"2\r\nab\r\n0\r\n\r\n",
    request() + b"nonsense\r\n\r\n",
    request() + request("/" + "a" * MOST_ADDRESS),
    request("/" + "a" * MOST_ADDRESS),
    request("/a", *["Name: value"] * 4_000),
    CHUNKED + b"1\r\na\r\nno size\r\n",
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STREAMS), st.lists(st.floats(0, 1), max_size=8))
def test_it_makes_no_difference_in_what_pieces_a_request_comes(stream: bytes, cuts: list[float]) -> None:
    places = [0, *sorted(round(cut * len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(places) if start < end]
    assert asyncio.run(answers(pieces)) == asyncio.run(answers([stream]))
