from __future__ import annotations

import httpx
import pytest

from semsearch.client.attempts import Attempts
from semsearch.client.calls import suggest_call
from semsearch.client.reading import Received
from semsearch.errors import ServiceUnreachable
from semsearch.search import SuggestRequest

CALL = suggest_call(SuggestRequest("so"))


def attempts(*, timeout: float = 60.0, retries: int = 2) -> Attempts:
    return Attempts("http://search.example", CALL, {"Accept": "application/json"}, timeout=timeout, retries=retries)


def busy(status: int = 503, **headers: str) -> Received:
    return Received(status, httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), b"")


def test_it_waits_as_long_as_the_service_says() -> None:
    assert attempts().pause_after(busy(503, Retry_After="3")) == 3
    assert attempts().pause_after(busy(429, Retry_After="0")) == 0


def test_it_waits_a_while_by_chance_and_longer_each_time_where_the_service_says_nothing() -> None:
    first, second = [], []
    for _ in range(50):
        one = attempts()
        first.append(one.pause_after(busy()) or 0)
        second.append(one.pause_after_failure(httpx.ReadError("reset")))
    assert len(set(first)) > 1
    assert 0.1 <= min(first) <= max(first) <= 0.2 <= min(second) <= max(second) <= 0.4


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_it_is_tried_again_so_often(retries: int) -> None:
    one = attempts(retries=retries)
    assert [one.pause_after(busy()) is not None for _ in range(retries + 1)] == [True] * retries + [False]


def test_it_does_not_wait_for_what_would_come_after_its_time() -> None:
    assert attempts(timeout=5).pause_after(busy(Retry_After="5")) is None
    assert attempts(timeout=5).pause_after(busy(Retry_After="4")) == 4


@pytest.mark.parametrize("status", [200, 404, 422, 401, 500, 502, 504, 302])
def test_what_would_be_the_same_again_is_not_tried_again(status: int) -> None:
    assert attempts().pause_after(busy(status, Retry_After="0")) is None


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("refused"), httpx.ReadError(""), httpx.WriteError("reset"), httpx.RemoteProtocolError("gone")],
)
def test_a_connection_that_failed_is_tried_again(error: httpx.RequestError) -> None:
    one = attempts(retries=1)
    assert one.pause_after_failure(error) < 1
    with pytest.raises(
        ServiceUnreachable, match=r"no answer from http://search\.example: \w+; see that semsearch serve"
    ):
        one.pause_after_failure(error)


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
def test_any_other_failure_is_not_tried_again(error: httpx.RequestError, says: str) -> None:
    with pytest.raises(ServiceUnreachable, match=says):
        attempts().pause_after_failure(error)


def test_each_step_of_a_request_has_the_time_that_is_left() -> None:
    timeouts = attempts(timeout=60).request().extensions["timeout"]
    first = timeouts.get("connect")
    assert 0 < timeouts.get("read", None) <= first <= 60
    assert attempts(timeout=1e-9).request().extensions["timeout"].get("read") > 0


def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    assert list(attempts().in_time([b"a", b"b"])) == [b"a", b"b"]
    with pytest.raises(ServiceUnreachable, match="it took longer"):
        list(attempts(timeout=1e-9).in_time([b"a"]))
