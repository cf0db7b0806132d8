from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import semsearch
from semsearch import AsyncClient, Client, Searcher
from semsearch.errors import InvalidRequest, NotAllowed, ServiceUnreachable, TooManyRequests, UnexpectedResponse
from tests.client.callers import CALLERS, TIMEOUT_SECONDS, Caller, comparable
from tests.client.servers import CLOSED, SILENT, Reply, scripted

QUESTIONS = ["how do models learn maths?", "games", "stopping harmful images", "human feedback", "critiques of texts"]
SUGGESTED = {"query": "so", "suggestions": [], "processing_time_ms": 1.0, "index_version": "v", "request_id": "r"}
ANSWER = Reply(200, SUGGESTED)
BUSY = Reply(503, {"code": "overloaded", "detail": "too much"}, {"Retry-After": "0"})


def suggest(client: Any) -> Any:
    return client.suggest("so")


def test_the_example_of_the_docstring_works(address: str) -> None:
    with semsearch.Client(address, key="any", timeout=TIMEOUT_SECONDS) as client:
        assert client.search("how do models learn maths?", limit=3).hits[0].title == "Solving Math Word Problems"


def test_a_client_is_thread_safe(address: str, demo: Searcher) -> None:
    expected = {q: demo.search(q).hits[0].id for q in QUESTIONS}
    with Client(address, timeout=TIMEOUT_SECONDS) as client, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda q: (q, client.search(q)), QUESTIONS * 8))
    assert all(answer.hits[0].id == expected[q] for q, answer in answers)
    assert len({answer.request_id for _, answer in answers}) == len(answers)


def test_an_async_client_makes_concurrent_calls(address: str, demo: Searcher) -> None:
    async def main() -> list[Any]:
        async with AsyncClient(address, timeout=TIMEOUT_SECONDS) as client:
            return await asyncio.gather(*(client.related("vpt", limit=1 + number % 5) for number in range(50)))

    answers = asyncio.run(main())
    assert [comparable(one) for one in answers[:5]] == [comparable(demo.related("vpt", limit=n)) for n in range(1, 6)]
    assert len(answers) == 50


def test_an_invalid_concurrent_call_does_not_affect_others(address: str) -> None:
    async def main() -> list[Any]:
        async with AsyncClient(address, timeout=TIMEOUT_SECONDS) as client:
            return await asyncio.gather(*(client.search(q) for q in ("maths", "")), return_exceptions=True)

    found, error = asyncio.run(main())
    assert found.hits
    assert isinstance(error, InvalidRequest)


@pytest.mark.parametrize("call", CALLERS)
def test_an_address_may_have_a_path_and_a_trailing_slash(call: Caller) -> None:
    with scripted(ANSWER) as script:
        call(f"{script.address}/blog/search/", suggest)
    assert [(method, path) for method, path, _, _ in script.asked] == [("GET", "/blog/search/v1/suggest?q=so")]


@pytest.mark.parametrize("call", CALLERS)
def test_a_key_is_sent_as_a_bearer_token(call: Caller) -> None:
    with scripted(ANSWER) as script:
        call(script.address, suggest, key="s3cret")
        call(script.address, suggest)
    assert [headers.get("Authorization") for _, _, headers, _ in script.asked] == ["Bearer s3cret", None]


@pytest.mark.parametrize("call", CALLERS)
def test_a_redirect_is_not_followed(call: Caller) -> None:
    with scripted(ANSWER) as other:
        elsewhere = Reply(307, b"", {"Location": f"{other.address}/v1/suggest"})
        with scripted(elsewhere) as script, pytest.raises(UnexpectedResponse, match=f"it redirects to {other.address}"):
            call(script.address, suggest, key="s3cret")
    assert other.asked == []


@pytest.mark.parametrize("call", CALLERS)
@pytest.mark.parametrize("first", [BUSY, Reply(429, b"", {"Retry-After": "0"}), Reply(503, b"<html>"), CLOSED])
def test_temporary_failures_are_retried(first: Reply | str, call: Caller) -> None:
    with scripted(first, first, ANSWER) as script:
        assert call(script.address, suggest).request_id == "r"
    assert len(script.asked) == 3


@pytest.mark.parametrize("call", CALLERS)
def test_a_truncated_response_is_retried(call: Caller) -> None:
    with scripted(Reply(200, SUGGESTED, sent=10), ANSWER) as script:
        assert call(script.address, suggest).request_id == "r"
    assert len(script.asked) == 2


@pytest.mark.parametrize("call", CALLERS)
def test_a_retry_sends_the_whole_body_again(call: Caller) -> None:
    with scripted(BUSY, Reply(500, b"no")) as script, pytest.raises(UnexpectedResponse):
        call(script.address, lambda client: client.related("a", texts=["b"]))
    bodies = [(method, body) for method, _, _, body in script.asked]
    assert bodies == [("POST", {"positive": [{"id": "a"}, {"text": "b"}]})] * 2
    assert script.asked[0][2]["Content-Type"] == "application/json"


@pytest.mark.parametrize("call", CALLERS)
@pytest.mark.parametrize(
    ("reply", "error", "asked"),
    [
        (BUSY, TooManyRequests, 3),
        (CLOSED, ServiceUnreachable, 3),
        (Reply(503, {"code": "overloaded", "detail": "x"}, {"Retry-After": "3600"}), TooManyRequests, 1),
        (Reply(401, {"code": "key_missing", "detail": "x"}), NotAllowed, 1),
        (Reply(500, {"code": "internal_error", "detail": "x"}), UnexpectedResponse, 1),
        (Reply(200, b"<html>"), UnexpectedResponse, 1),
        (Reply(200, b"no gzip", {"Content-Encoding": "gzip"}), ServiceUnreachable, 1),
    ],
)
def test_the_error_is_raised_after_the_last_attempt(
    reply: Reply | str, error: type[Exception], asked: int, call: Caller
) -> None:
    with scripted(reply) as script, pytest.raises(error):
        call(script.address, suggest)
    assert len(script.asked) == asked


@pytest.mark.parametrize("call", CALLERS)
def test_without_retries_there_is_one_attempt(call: Caller) -> None:
    with scripted(BUSY) as script, pytest.raises(TooManyRequests):
        call(script.address, suggest, retries=0)
    assert len(script.asked) == 1


@pytest.mark.parametrize("call", CALLERS)
def test_a_silent_service_times_out(call: Caller) -> None:
    with scripted(SILENT) as script, pytest.raises(ServiceUnreachable, match=r"it took longer than 0\.2 seconds"):
        call(script.address, suggest, timeout=0.2)
    assert len(script.asked) == 1


@pytest.mark.parametrize("call", CALLERS)
def test_a_refused_connection_names_the_address(call: Caller) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else gets the port
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ServiceUnreachable, match=f"no response from {address}: .*; check that semsearch serve"):
            call(address, suggest, retries=1)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("arguments", "param"),
    [
        ({"address": "127.0.0.1:8000"}, "address"),
        ({"address": "ftp://x"}, "address"),
        ({"address": "http://"}, "address"),
        ({"address": "http://x/?a=b"}, "address"),
        ({"address": "http://x/#a"}, "address"),
        ({"address": "http://x:port"}, "address"),
        ({"address": "http://me:pass@x"}, "address"),
        ({"address": None}, "address"),
        ({"key": ""}, "key"),
        ({"key": "two words"}, "key"),
        ({"key": "new\nline"}, "key"),
        ({"key": "schlüssel"}, "key"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": None}, "timeout"),
        ({"retries": -1}, "retries"),
        ({"retries": 1.5}, "retries"),
    ],
)
def test_invalid_configuration_is_an_error(kind: Callable[..., Any], arguments: Any, param: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        kind(**{"address": "http://127.0.0.1:8000"} | arguments)
    assert raised.value.param == param
    assert "pass" not in str(raised.value).replace("password", "")


def test_the_repr_of_a_client_has_no_key() -> None:
    with Client("http://127.0.0.1:8000/", key="s3cret") as client:
        assert repr(client) == "Client('http://127.0.0.1:8000')"
