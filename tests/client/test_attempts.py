from __future__ import annotations

import httpx
import pytest

from semsearch.client.attempts import Attempts
from semsearch.client.calls import suggest_call
from semsearch.client.responses import RawResponse
from semsearch.errors import ServiceUnreachable
from semsearch.search import SuggestRequest

CALL = suggest_call(SuggestRequest("so"))


def attempts(*, timeout: float = 60.0, retries: int = 2) -> Attempts:
    return Attempts("http://search.example", CALL, {"Accept": "application/json"}, timeout=timeout, retries=retries)


def busy(status: int = 503, **headers: str) -> RawResponse:
    return RawResponse(status, httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), b"")


def test_the_pause_is_the_retry_after_of_the_service() -> None:
    assert attempts().pause_after(busy(503, Retry_After="3")) == 3
    assert attempts().pause_after(busy(429, Retry_After="0")) == 0


def test_without_retry_after_the_pause_is_random_and_doubles() -> None:
    first, second = [], []
    for _ in range(50):
        retried = attempts()
        first.append(retried.pause_after(busy()) or 0)
        second.append(retried.pause_after_failure(httpx.ReadError("reset")))
    assert len(set(first)) > 1
    assert 0.1 <= min(first) <= max(first) <= 0.2 <= min(second) <= max(second) <= 0.4


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_the_number_of_retries_is_limited(retries: int) -> None:
    limited = attempts(retries=retries)
    assert [limited.pause_after(busy()) is not None for _ in range(retries + 1)] == [True] * retries + [False]


def test_there_is_no_retry_after_the_timeout() -> None:
    assert attempts(timeout=5).pause_after(busy(Retry_After="5")) is None
    assert attempts(timeout=5).pause_after(busy(Retry_After="4")) == 4


@pytest.mark.parametrize("status", [200, 404, 422, 401, 500, 502, 504, 302])
def test_other_statuses_are_not_retried(status: int) -> None:
    assert attempts().pause_after(busy(status, Retry_After="0")) is None


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("refused"), httpx.ReadError(""), httpx.WriteError("reset"), httpx.RemoteProtocolError("gone")],
)
def test_connection_failures_are_retried(error: httpx.RequestError) -> None:
    retried = attempts(retries=1)
    assert retried.pause_after_failure(error) < 1
    with pytest.raises(
        ServiceUnreachable, match=r"no response from http://search\.example: \w+; check that semsearch serve"
    ):
        retried.pause_after_failure(error)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (httpx.ReadTimeout("slow"), "it took longer than 60 seconds"),
        (httpx.ConnectTimeout("slow"), "it took longer than 60 seconds"),
        (httpx.DecodingError("no gzip"), "no gzip"),
        (httpx.ProxyError("407"), "407"),
        (httpx.LocalProtocolError("bad header"), "bad header"),
    ],
)
def test_other_failures_are_not_retried(error: httpx.RequestError, says: str) -> None:
    with pytest.raises(ServiceUnreachable, match=says):
        attempts().pause_after_failure(error)


def test_each_step_of_a_request_gets_the_remaining_time() -> None:
    timeouts = attempts(timeout=60).request().extensions["timeout"]
    first = timeouts.get("connect")
    assert 0 < timeouts.get("read", None) <= first <= 60
    assert attempts(timeout=1e-9).request().extensions["timeout"].get("read") > 0


def test_a_slow_body_times_out() -> None:
    assert list(attempts().within_timeout([b"a", b"b"])) == [b"a", b"b"]
    with pytest.raises(ServiceUnreachable, match="it took longer"):
        list(attempts(timeout=1e-9).within_timeout([b"a"]))
