"""Requests that a web server in front and this one understand differently, and requests that are too many or too large.

Connections, pipelining, slow clients: tests/api/middleware/test_connections.py and test_open_connections.py. Bodies:
test_bodies.py. Rates: tests/api/auth/test_limits.py. Queries: tests/search/test_hostile_queries.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from semsearch.api.middleware.connections import LimitedHttpProtocol
from tests.api.middleware.sockets import send_and_read
from tests.builders import service
from tests.client.servers import running

MARK = "X-Smuggled-Request: 1"
"""In a request that is hidden in another."""


@pytest.fixture(scope="module")
def address(demo_index: Path) -> Iterator[str]:
    with running(service(index=demo_index), http=LimitedHttpProtocol, ws="none") as address:
        yield address


def request(*lines: str, body: bytes = b"", end: str = "\r\n") -> bytes:
    return end.join([*lines, "", ""]).encode("latin-1") + body


HOST = "Host: localhost"
POST = ("POST /v1/search HTTP/1.1", HOST, "Content-Type: application/json")
HIDDEN = request("GET /healthz HTTP/1.1", HOST, MARK)
BODY = b'{"q":"maths","limit":1}'
SIZE = f"Content-Length: {len(BODY)}"
CHUNK = b"%x\r\n%b\r\n" % (len(BODY), BODY)

AMBIGUOUS = {
    "length and chunks": request(*POST, SIZE, "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
    "chunks and length": request(*POST, "Transfer-Encoding: chunked", "Content-Length: 5", body=b"0\r\n\r\n" + HIDDEN),
    "two lengths": request(*POST, SIZE, "Content-Length: 0", body=BODY + HIDDEN),
    "equal lengths": request(*POST, SIZE, SIZE, body=BODY + HIDDEN),
    "a list of lengths": request(*POST, f"{SIZE}, {len(BODY)}", body=BODY + HIDDEN),
    "a signed length": request(*POST, f"Content-Length: +{len(BODY)}", body=BODY + HIDDEN),
    "a negative length": request(*POST, "Content-Length: -1", body=BODY + HIDDEN),
    "a hexadecimal length": request(*POST, "Content-Length: 0x10", body=BODY + HIDDEN),
    "an endless length": request(*POST, f"Content-Length: {'9' * 30}", body=BODY + HIDDEN),
    "a space before the colon": request(*POST, "Transfer-Encoding : chunked", body=b"0\r\n\r\n" + HIDDEN),
    "an unknown coding": request(*POST, "Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + HIDDEN),
    "two codings": request(*POST, "Transfer-Encoding: gzip, chunked", body=CHUNK + b"0\r\n\r\n" + HIDDEN),
    "identity and chunked": request(*POST, "Transfer-Encoding: identity, chunked", body=b"0\r\n\r\n" + HIDDEN),
    "chunked twice": request(*POST, *["Transfer-Encoding: chunked"] * 2, body=b"0\r\n\r\n" + HIDDEN),
    "chunked not last": request(*POST, "Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + HIDDEN),
    "chunks in HTTP/1.0": request(
        "POST /v1/search HTTP/1.0", HOST, "Transfer-Encoding: chunked", body=CHUNK + b"0\r\n\r\n" + HIDDEN
    ),
    "a signed chunk": request(*POST, "Transfer-Encoding: chunked", body=b"+0\r\n\r\n" + HIDDEN),
    "a prefixed chunk": request(*POST, "Transfer-Encoding: chunked", body=b"0x0\r\n\r\n" + HIDDEN),
    "an endless chunk": request(*POST, "Transfer-Encoding: chunked", body=b"f" * 17 + b"\r\n" + HIDDEN),
    "chunks with bare line feeds": request(*POST, "Transfer-Encoding: chunked", body=b"0\n\n" + HIDDEN),
    "a chunk without its end": request(*POST, "Transfer-Encoding: chunked", body=b"1\r\na0\r\n\r\n" + HIDDEN),
    "a folded line": request("GET /healthz HTTP/1.1", HOST, "A: a", " Transfer-Encoding: chunked") + HIDDEN,
    "a folded first line": request("GET /healthz HTTP/1.1", " A: a", HOST) + HIDDEN,
    "bare line feeds": request("GET /healthz HTTP/1.1", HOST, end="\n") + HIDDEN,
    "a bare carriage return": request("GET /healthz HTTP/1.1", HOST, "A: a\rB: b") + HIDDEN,
    "a NUL": request("GET /healthz HTTP/1.1", HOST, "A: a\0b") + HIDDEN,
    "a control character": request("GET /healthz HTTP/1.1", HOST, "A: a\x01b") + HIDDEN,
    "a space in a name": request("GET /healthz HTTP/1.1", HOST, "A B: b") + HIDDEN,
    "no name": request("GET /healthz HTTP/1.1", HOST, ": b") + HIDDEN,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN,
    "HTTP/2.0 in words of HTTP/1.1": request("GET /healthz HTTP/2.0", HOST) + HIDDEN,
    "HTTP/1.2": request("GET /healthz HTTP/1.2", HOST) + HIDDEN,
    "no version": b"GET /healthz\r\n\r\n" + HIDDEN,
    "another protocol": request("GET /healthz ICE/1.0", HOST) + HIDDEN,
    "a tunnel": request("CONNECT evil.example:443 HTTP/1.1", HOST) + HIDDEN,
    "an unknown method": request("FOO /healthz HTTP/1.1", HOST) + HIDDEN,
}


@pytest.mark.parametrize("data", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_an_ambiguous_request_is_refused_and_nothing_behind_it_is_read(data: bytes, address: str) -> None:
    response = send_and_read(address, data)
    [status] = re.findall(rb"HTTP/1\.1 (\d{3}) ", response)
    assert int(status) in (400, 413, 505)


@pytest.mark.parametrize(
    "data",
    [
        request(*POST, SIZE, "Connection: close", body=BODY),
        request(*POST, "Transfer-Encoding: chunked", "Connection: close", body=CHUNK + b"0\r\n\r\n"),
        request(*POST, "Transfer-Encoding: Chunked", "Connection: close", body=CHUNK + b"0\r\n\r\n"),
        request(
            *POST,
            "Transfer-Encoding: chunked",
            "Connection: close",
            body=CHUNK.replace(b"\r\n", b';name="a value"\r\n', 1) + b"0\r\nTrailer: x\r\n\r\n",
        ),
        request(*POST, SIZE, "Connection: close", "Expect: 100-continue", body=BODY),
        request("GET /healthz HTTP/1.0"),
    ],
)
def test_an_unusual_request_that_is_valid_is_answered(data: bytes, address: str) -> None:
    assert b"HTTP/1.1 200 OK" in send_and_read(address, data)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS"])
def test_other_methods_are_not_allowed(method: str, client: TestClient) -> None:
    answer = client.request(method, "/v1/search?q=maths", headers={"X-Secret": "in the request"})
    assert answer.status_code == 405
    assert "in the request" not in answer.text


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_method_cannot_be_overridden(header: str, client: TestClient) -> None:
    assert client.post("/v1/suggest?q=so", headers={header: "GET"}).status_code == 405
    assert client.get("/v1/suggest?q=so&_method=DELETE").status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"p{number}=1" for number in range(3_000)),
        "&".join(f"tag={number}" for number in range(3_000)),
        "&".join(["facets=tags"] * 3_000),
        "limit=" + "9" * 20_000,
        "limit=1e9",
        "limit=%D9%A1",
        "offset=-1",
        "semantic_ratio=nan",
        "min_confidence=inf",
        "recency_weight=1e400",
        "recency_origin=9999-99-99",
        "date_from=0000-00-00",
        "q=%00",
        "q[]=x",
        "visibility=x",
    ],
)
def test_hostile_parameters_are_refused_in_short(query: str, client: TestClient) -> None:
    answer = client.get(f"/v1/search?q=maths&{query}")
    assert answer.status_code == 422
    assert len(answer.content) < 1_000


def test_of_a_parameter_that_is_there_twice_the_last_counts(client: TestClient) -> None:
    assert len(client.get("/v1/search?q=maths&limit=x&limit=1").json()["hits"]) == 1


@pytest.mark.parametrize("path", ["/" + "a" * 30_000, "/v1/posts/" + "a" * 30_000, "/related?post=" + "a" * 30_000])
def test_an_error_quotes_little_of_a_long_path(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    assert len(answer.content) < 2_000


@pytest.mark.parametrize("text", ["%0d%0aSet-Cookie:%20a=b", "%c0%ae%2f", "%00", "%ff%fe", "%e2%80%a8", "%1b[31m"])
def test_no_part_of_a_path_becomes_a_header(text: str, client: TestClient) -> None:
    for path in (f"/{text}", f"/v1/posts/{text}", f"/v1/posts/{text}/related", f"/web/{text}", f"/related?post={text}"):
        answer = client.get(path, headers={"X-Request-Id": "of-the-client", "Accept": "text/html"})
        assert answer.status_code in (404, 422)
        assert "set-cookie" not in answer.headers
        assert answer.headers["x-request-id"] != "of-the-client"
        assert "\x1b" not in answer.text
