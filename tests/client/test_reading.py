from __future__ import annotations

import datetime as dt
import json
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.client.calls import post_call, related_call, search_call, suggest_call
from semsearch.client.reading import Received, read
from semsearch.errors import (
    InvalidRequest,
    NotAllowed,
    PostNotFound,
    SemsearchError,
    ServiceError,
    TooManyRequests,
    UnexpectedAnswer,
)
from semsearch.posts import Post
from semsearch.search import Example, RelatedRequest, SearchRequest, SuggestRequest, SuggestResult

AT = "http://search.example"
SUGGEST = suggest_call(SuggestRequest("so"))
SUGGESTED: dict[str, Any] = {
    "query": "so",
    "suggestions": [{"text": "Solving", "id": "a", "url": None}],
    "processing_time_ms": 1,
    "index_version": "v1",
    "request_id": "r1",
}


def received(content: Any, status: int = 200, **headers: str) -> Received:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Received(status, httpx.Headers(named), body)


def problem(status: int, code: str, detail: str = "why", **more: Any) -> Received:
    return received({"code": code, "detail": detail, "status": status, "title": "t", "request_id": "r1"} | more, status)


def failure(answer: Received, call: Any = SUGGEST) -> SemsearchError:
    with pytest.raises(SemsearchError) as raised:
        read(AT, call, answer)
    return raised.value


def test_an_answer_becomes_the_dataclass() -> None:
    answer = read(AT, SUGGEST, received(SUGGESTED))
    assert isinstance(answer, SuggestResult)
    assert (answer.suggestions[0].text, answer.processing_time_ms, answer.request_id) == ("Solving", 1.0, "r1")


def test_keys_of_a_newer_service_are_passed_over() -> None:
    suggestion = SUGGESTED["suggestions"][0] | {"icon": "x"}
    newer = SUGGESTED | {"new": {"a": 1}, "suggestions": [suggestion]}
    assert read(AT, SUGGEST, received(newer)) == read(AT, SUGGEST, received(SUGGESTED))


@pytest.mark.parametrize("key", SUGGESTED)
def test_an_answer_that_lacks_a_key_is_unexpected(key: str) -> None:
    """Even one with a default: an id that was made up here would be in no log."""
    error = failure(received({name: value for name, value in SUGGESTED.items() if name != key}))
    assert isinstance(error, UnexpectedAnswer)
    assert key in error.reason


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<html>Welcome to   nginx</html>", "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([], "it lacks query"),
        ("query", "it lacks query"),
        (SUGGESTED | {"suggestions": [{"text": "x", "id": 7, "url": None}]}, "suggestions.0.id"),
        (SUGGESTED | {"suggestions": [{"text": "x", "url": None}]}, "suggestions.0.id"),
        (SUGGESTED | {"suggestions": "none"}, "suggestions"),
        (SUGGESTED | {"processing_time_ms": "1"}, "processing_time_ms"),
    ],
)
def test_what_is_no_answer_of_the_service_is_unexpected(content: Any, says: str) -> None:
    error = failure(received(content, X_Request_Id="r2"))
    assert isinstance(error, UnexpectedAnswer)
    assert says in error.reason
    assert (error.status, error.request_id) == (200, "r2")
    assert str(error).startswith(f"{AT} answered 200: ")


@given(st.binary(), st.integers(100, 599))
def test_whatever_comes_is_an_error_of_ours(body: bytes, status: int) -> None:
    assert isinstance(failure(received(body, status)), ServiceError)


def test_the_first_words_of_another_program_are_shown_on_one_line() -> None:
    error = failure(received(b"<html>\n  Welcome to\tthe intranet" + b"!" * 1_000, 404))
    assert isinstance(error, UnexpectedAnswer)
    assert error.body == "<html> Welcome to the intranet" + "!" * 170
    assert error.body in str(error)


def test_a_redirect_is_not_followed_and_says_where_it_leads() -> None:
    error = failure(received(b"", 302, Location="https://login.example/"))
    assert isinstance(error, UnexpectedAnswer)
    assert error.reason == "it sends to https://login.example/"


@pytest.mark.parametrize("detail", ["limit: 0 is too low", "0 is too low"])
def test_a_parameter_that_the_service_refuses_is_named(detail: str) -> None:
    error = failure(problem(422, "invalid_parameter", detail, param="limit"))
    assert isinstance(error, InvalidRequest)
    assert (error.param, error.reason) == ("limit", "0 is too low")


def test_of_several_posts_the_one_that_is_not_there_is_named() -> None:
    call = related_call(RelatedRequest((Example(id="a"), Example(id="it's")), (Example(id="b"),)))
    for post_id in ("a", "it's", "b"):
        error = failure(problem(404, "post_not_found", str(PostNotFound(post_id))), call)
        assert isinstance(error, PostNotFound)
        assert error.post_id == post_id


def test_a_post_that_is_not_there_is_named_however_the_service_words_it() -> None:
    error = failure(problem(404, "post_not_found", "gone"), post_call("a"))
    assert isinstance(error, PostNotFound)
    assert error.post_id == "a"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "key_missing"), (401, "key_unknown"), (403, "scope_missing"), (403, "not_yet_known")]
)
def test_a_refusal_keeps_what_the_service_says(status: int, code: str) -> None:
    error = failure(problem(status, code, "the key may only search"))
    assert isinstance(error, NotAllowed)
    assert (error.reason, error.request_id) == ("the key may only search", "r1")
    assert isinstance(failure(received(b"<html>", status)), NotAllowed)  # of a proxy


@pytest.mark.parametrize(("status", "code"), [(503, "overloaded"), (503, "too_late"), (429, "too_many_requests")])
def test_too_many_requests_keep_when_to_come_back(status: int, code: str) -> None:
    answer = problem(status, code)
    error = failure(Received(status, httpx.Headers({"Retry-After": "7"}), answer.body))
    assert isinstance(error, TooManyRequests)
    assert (error.retry_after, error.request_id) == (7.0, "r1")
    assert "in 7 seconds" in str(error)
    assert isinstance(failure(received(b"slow down", 429)), TooManyRequests)


@pytest.mark.parametrize(("status", "code"), [(500, "internal_error"), (503, "maintenance"), (404, "not_found")])
def test_any_other_problem_is_unexpected_and_says_why(status: int, code: str) -> None:
    error = failure(problem(status, code, "see the log"))
    assert isinstance(error, UnexpectedAnswer)
    assert (error.status, error.reason, error.request_id) == (status, "see the log", "r1")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0.0), ("120", 120.0), ("", None), ("soon", None), ("-1", None), ("nan", None), ("1e9", None)],
)
def test_the_seconds_to_wait_are_read(value: str, seconds: float | None) -> None:
    assert received({}, Retry_After=value).retry_after == seconds


def test_the_date_to_wait_for_is_read() -> None:
    now = dt.datetime.now(dt.UTC)
    in_an_hour = received({}, Retry_After=format_datetime(now + dt.timedelta(hours=1), usegmt=True)).retry_after
    assert in_an_hour is not None
    assert 3_000 < in_an_hour <= 3_600
    assert received({}, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT").retry_after == 0
    assert received({}, Retry_After="Wed, 21 Oct 2015 07:28:00 -0000").retry_after == 0
    assert received({}).retry_after is None


def test_a_post_of_another_program_is_not_taken_for_one() -> None:
    """Most fields of a post have defaults."""
    assert isinstance(failure(received({"id": "a", "title": "A ticket"}), post_call("a")), UnexpectedAnswer)
    whole: dict[str, Any] = {
        "id": "a", "title": "A", "teaser": "", "url": None, "date": None, "tags": ["x"], "authors": [],
        "language": None, "body": "", "extra": {"big": 2**70, "nested": [{"é": None}]},
    }  # fmt: skip
    post = read(AT, post_call("a"), received(whole))
    assert post == Post("a", "A", tags=("x",), extra=whole["extra"])


def test_a_search_without_hits_is_an_answer() -> None:
    content = {
        "query": "q", "hits": [], "limit": 10, "offset": 0, "estimated_total_hits": 0, "answerable": False,
        "corrections": {}, "facets": {"tags": {}}, "reranking": {"model": "m", "candidates": 0, "done": True},
        "processing_time_ms": 0.5, "index_version": "v", "request_id": "r",
    }  # fmt: skip
    answer = read(AT, search_call(SearchRequest("q")), received(content))
    assert (answer.hits, answer.reranking is not None and answer.reranking.model) == ((), "m")
