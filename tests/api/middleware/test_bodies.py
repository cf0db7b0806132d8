from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from semsearch.api.errors.body_refused import BodyRefused
from semsearch.api.middleware import bodies
from semsearch.api.middleware.bodies import BodyLimitMiddleware, JsonOverheadCounter
from semsearch.api.middleware.connections import LimitedHttpProtocol
from semsearch.api.v1.parameters import RelatedBody
from semsearch.index.filters import MAX_VALUES
from semsearch.search.requests import MAX_EXAMPLES, MAX_EXCLUDED, MAX_TEXT_CHARACTERS
from tests.api.middleware.sockets import connect, read_response
from tests.builders import service
from tests.client.servers import running


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in {"MAX_BODY_BYTES": 1_000, "MAX_TOTAL_BYTES": 2_000, "SMALL_BODY_BYTES": 100}.items():
        monkeypatch.setattr(bodies, name, size)


def limited(release: Callable[[], Awaitable[object]]) -> BodyLimitMiddleware:
    """An app that reads all of a body, and responds when ``release`` returns."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await release()
        await Response("read")(scope, receive, send)

    return BodyLimitMiddleware(app, lambda _, error: Response(error.code, error.status_code))


async def send_body(limit: BodyLimitMiddleware, sizes: Sequence[int], declared: int | None = None) -> tuple[int, int]:
    """The status of the response to a body in chunks of these sizes, and how many chunks were read."""
    chunks = iter(sizes)
    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    reads = status = 0

    async def receive() -> Message:
        nonlocal reads
        reads += 1
        size = next(chunks, None)
        return {"type": "http.request", "body": b" " * (size or 0), "more_body": size is not None}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    try:
        await limit({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive, send)
    except BodyRefused as error:
        status = error.status_code
    return status, reads


def post(sizes: Sequence[int], declared: int | None = None) -> tuple[int, int]:
    async def immediately() -> None:
        pass

    return asyncio.run(send_body(limited(immediately), sizes, declared))


@pytest.mark.usefixtures("small_limits")
def test_a_body_whose_content_length_is_too_large_is_not_read() -> None:
    assert post([1_000], declared=1_000) == (200, 2)
    assert post([1_000], declared=1_001) == (413, 0)


@pytest.mark.usefixtures("small_limits")
def test_a_body_of_unknown_size_is_read_up_to_the_limit() -> None:
    assert post([500, 500]) == (200, 3)
    assert post([500, 501, 500, 500]) == (413, 2)


@pytest.mark.usefixtures("small_limits")
def test_small_bodies_are_read_while_large_ones_reach_the_total() -> None:
    async def main() -> None:
        may_respond = asyncio.Event()
        limit = limited(may_respond.wait)
        held = [asyncio.create_task(send_body(limit, [1_000])) for _ in range(2)]
        await asyncio.sleep(0)
        assert (await send_body(limit, [50, 51]))[0] == 503
        held.append(asyncio.create_task(send_body(limit, [50, 50])))
        await asyncio.sleep(0)
        may_respond.set()
        assert [status for status, _ in await asyncio.gather(*held)] == [200] * 3
        assert await send_body(limit, [1_000]) == (200, 2)

    asyncio.run(main())


def test_the_largest_valid_body_is_within_the_limit() -> None:
    longest = {
        "positive": [{"text": "🙂" * MAX_TEXT_CHARACTERS}, *[{"id": "🙂" * 200}] * (MAX_EXAMPLES - 1)],
        "exclude": ["🙂" * 200] * MAX_EXCLUDED,
        "filter": {"tag": ["🙂" * 200] * MAX_VALUES, "author": ["🙂" * 200] * MAX_VALUES},
    }
    RelatedBody.model_validate(longest).to_request()
    assert len(json.dumps(longest, indent=8)) < bodies.MAX_BODY_BYTES


@pytest.mark.usefixtures("small_limits")
def test_the_response_has_problem_details(client: TestClient) -> None:
    """With a Content-Length, and in chunks."""
    kind = {"Content-Type": "application/json"}
    for content in (b" " * 1_001, iter([b" " * 600] * 2)):
        answer = client.post("/v1/search", content=content, headers=kind)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert answer.json()["code"] == "body_too_large"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
def test_a_compressed_body_is_refused(coding: str, client: TestClient) -> None:
    """A small body might become very large."""
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    for content in (b'{"q": "maths"}', gzip.compress(b'{"q": "maths"}')):
        answer = client.post("/v1/search", content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "compressed_body")
    plain = client.post("/v1/search", content=b'{"q": "maths"}', headers=headers | {"Content-Encoding": "identity"})
    assert plain.status_code == 200


def request(*headers: str, body: bytes) -> bytes:
    lines = ["POST /v1/search HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def address(demo_index: Path) -> Iterator[str]:
    with running(service(index=demo_index), http=LimitedHttpProtocol, ws="none") as address:
        yield address


@pytest.mark.usefixtures("small_limits")
def test_the_connection_stays_open_after_a_refusal(address: str) -> None:
    chunks = b"%x\r\n%b\r\n" % (100_000, b" " * 100_000) * 90 + b"0\r\n\r\n"
    with connect(address) as client:
        for data in (
            request("Content-Length: 9000000", body=b" " * 9_000_000),
            request("Transfer-Encoding: chunked", body=chunks),
        ):
            client.sendall(data)
            assert read_response(client).startswith(b"HTTP/1.1 413 ")
        client.sendall(request("Content-Length: 13", body=b'{"q":"maths"}'))
        assert read_response(client).startswith(b"HTTP/1.1 200 ")


@pytest.mark.usefixtures("small_limits")
def test_a_client_that_expects_100_continue_is_refused_before_it_sends(address: str) -> None:
    with connect(address) as client:
        client.sendall(request("Expect: 100-continue", "Content-Length: 1001", body=b""))
        assert read_response(client).startswith(b"HTTP/1.1 413 ")


# --- JSON outside of strings ------------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\é😀[{', max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('a"\\', max_size=3), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(value=st.lists(values, max_size=4), pretty=st.booleans(), cuts=st.lists(st.floats(0, 1), max_size=6))
def test_bytes_outside_of_strings_are_counted_in_chunks_of_any_size(
    value: list[Any], pretty: bool, cuts: list[float]
) -> None:
    body = json.dumps(value, ensure_ascii=False, indent=2 if pretty else None)
    expected = len(re.sub(r'"(?:[^"\\]|\\.)*"', "", body))
    data, counter = body.encode(), JsonOverheadCounter()
    places = [0, *sorted(round(cut * len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(places):
        counter.add(data[start:end])
    assert counter.count == expected


def test_millions_of_values_are_refused_before_they_are_parsed(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/related", content=b'{"positive":[' + b"[]," * 1_000_000 + b"[]]}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "outside of its strings" in answer.json()["detail"]


def test_the_largest_number_of_values_passes_with_one_value_per_line(client: TestClient) -> None:
    body = {
        "positive": [{"text": "a"}] * MAX_EXAMPLES,
        "exclude": [f"{number}" + '[{"' * 5 for number in range(MAX_EXCLUDED)],
        "filter": {"tag": ["a"] * MAX_VALUES, "author": ["a"] * MAX_VALUES},
    }
    answer = client.post(
        "/v1/related", content=json.dumps(body, indent=4), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
