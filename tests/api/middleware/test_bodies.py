from __future__ import annotations

import asyncio
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
from semsearch.api.middleware.bodies import Around, BodyLimit
from semsearch.api.middleware.connections import GuardedProtocol
from semsearch.api.v1.parameters import RelatedBody
from semsearch.search.requests import MAX_EXAMPLES, MAX_EXCLUDED, MAX_TEXT_CHARACTERS, MAX_VALUES
from tests.api.middleware.sockets import answered, connected
from tests.builders import service
from tests.client.servers import running


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in {"MOST": 1_000, "MOST_TOGETHER": 2_000, "SMALL": 100}.items():
        monkeypatch.setattr(bodies, name, size)


def limited(release: Callable[[], Awaitable[object]]) -> BodyLimit:
    """An app that reads all of a body, and answers when it is released."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await release()
        await Response("read")(scope, receive, send)

    return BodyLimit(app, lambda _, error: Response(error.code, error.status_code))


async def sent(limit: BodyLimit, sizes: Sequence[int], declared: int | None = None) -> tuple[int, int]:
    """The status of the answer to a body that comes in parts of these sizes, and how many parts were asked for."""
    parts = iter(sizes)
    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    asked = status = 0

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        size = next(parts, None)
        return {"type": "http.request", "body": bytes(size or 0), "more_body": size is not None}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    try:
        await limit({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive, send)
    except BodyRefused as error:
        status = error.status_code
    return status, asked


def read(sizes: Sequence[int], declared: int | None = None) -> tuple[int, int]:
    async def at_once() -> None:
        pass

    return asyncio.run(sent(limited(at_once), sizes, declared))


@pytest.mark.usefixtures("small")
def test_a_body_that_is_said_to_be_too_large_is_not_read() -> None:
    assert read([1_000], declared=1_000) == (200, 2)
    assert read([1_000], declared=1_001) == (413, 0)


@pytest.mark.usefixtures("small")
def test_a_body_of_unknown_size_is_read_up_to_the_limit() -> None:
    assert read([500, 500]) == (200, 3)
    assert read([500, 501, 500, 500]) == (413, 2)


@pytest.mark.usefixtures("small")
def test_while_large_bodies_fill_the_room_small_ones_are_read() -> None:
    async def main() -> None:
        answered = asyncio.Event()
        limit = limited(answered.wait)
        held = [asyncio.create_task(sent(limit, [1_000])) for _ in range(2)]
        await asyncio.sleep(0)
        assert (await sent(limit, [50, 51]))[0] == 503
        held.append(asyncio.create_task(sent(limit, [50, 50])))
        await asyncio.sleep(0)
        answered.set()
        assert [status for status, _ in await asyncio.gather(*held)] == [200] * 3
        assert await sent(limit, [1_000]) == (200, 2)

    asyncio.run(main())


def test_the_longest_request_passes_however_it_is_written() -> None:
    longest = {
        "positive": [{"text": "🙂" * MAX_TEXT_CHARACTERS}] * MAX_EXAMPLES,
        "exclude": ["🙂" * 200] * MAX_EXCLUDED,
        "filter": {"tag": ["🙂" * 200] * MAX_VALUES, "author": ["🙂" * 200] * MAX_VALUES},
    }
    RelatedBody.model_validate(longest).to_request()
    assert len(json.dumps(longest, indent=8)) < bodies.MOST


@pytest.mark.usefixtures("small")
def test_the_answer_is_a_problem(client: TestClient) -> None:
    """With a length, and in parts without one."""
    kind = {"Content-Type": "application/json"}
    for content in (b" " * 1_001, iter([b" " * 600] * 2)):
        answer = client.post("/v1/search", content=content, headers=kind)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert answer.json()["code"] == "body_too_large"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_body_is_never_unpacked(client: TestClient) -> None:
    """A small one might become very large."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert client.post("/v1/search", content=b'{"q": "maths"}', headers=headers).status_code == 200
    assert client.post("/v1/search", content=b"\x1f\x8b\x08\x00", headers=headers).status_code == 400


def asked(*headers: str, body: bytes) -> bytes:
    lines = ["POST /v1/search HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def address(demo_index: Path) -> Iterator[str]:
    with running(service(index=demo_index), http=GuardedProtocol, ws="none") as address:
        yield address


@pytest.mark.usefixtures("small")
def test_who_sends_too_much_is_told_and_may_ask_again(address: str) -> None:
    parts = b"%x\r\n%b\r\n" % (100_000, b" " * 100_000) * 90 + b"0\r\n\r\n"
    with connected(address) as client:
        for data in (
            asked("Content-Length: 9000000", body=b" " * 9_000_000),
            asked("Transfer-Encoding: chunked", body=parts),
        ):
            client.sendall(data)
            assert answered(client).startswith(b"HTTP/1.1 413 ")
        client.sendall(asked("Content-Length: 13", body=b'{"q":"maths"}'))
        assert answered(client).startswith(b"HTTP/1.1 200 ")


@pytest.mark.usefixtures("small")
def test_who_asks_first_is_told_before_anything_is_sent(address: str) -> None:
    with connected(address) as client:
        client.sendall(asked("Expect: 100-continue", "Content-Length: 1001", body=b""))
        assert answered(client).startswith(b"HTTP/1.1 413 ")


# --- what is not text -------------------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\é😀[{', max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('a"\\', max_size=3), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(value=st.lists(values, max_size=4), pretty=st.booleans(), cuts=st.lists(st.floats(0, 1), max_size=6))
def test_bytes_around_texts_are_counted_in_whatever_pieces_they_come(
    value: list[Any], pretty: bool, cuts: list[float]
) -> None:
    body = json.dumps(value, ensure_ascii=False, indent=2 if pretty else None)
    expected = len(re.sub(r'"(?:[^"\\]|\\.)*"', "", body))
    data, around = body.encode(), Around()
    places = [0, *sorted(round(cut * len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(places):
        around.add(data[start:end])
    assert around.count == expected


def test_millions_of_values_are_refused_before_they_are_parsed(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/related", content=b'{"positive":[' + b"[]," * 1_000_000 + b"[]]}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "outside of its texts" in answer.json()["detail"]


def test_the_most_values_that_are_valid_pass_even_on_a_line_each(client: TestClient) -> None:
    body = {
        "positive": [{"text": '[{"' * 100}] * MAX_EXAMPLES,
        "exclude": [f"{number}" for number in range(MAX_EXCLUDED)],
        "filter": {"tag": ["a"] * MAX_VALUES, "author": ["a"] * MAX_VALUES},
    }
    answer = client.post(
        "/v1/related", content=json.dumps(body, indent=4), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
