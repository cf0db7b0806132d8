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
from semsearch.client.responses import RawResponse, parse
from semsearch.errors import (
    InvalidRequest,
    NotAllowed,
    PostNotFound,
    SemsearchError,
    ServiceError,
    TooManyRequests,
    UnexpectedResponse,
)
from semsearch.posts import Post, Section
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


def received(content: Any, status: int = 200, **headers: str) -> RawResponse:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawResponse(status, httpx.Headers(named), body)


def problem(status: int, code: str, detail: str = "why", **more: Any) -> RawResponse:
    return received({"code": code, "detail": detail, "status": status, "title": "t", "request_id": "r1"} | more, status)


def failure(answer: RawResponse, call: Any = SUGGEST) -> SemsearchError:
    with pytest.raises(SemsearchError) as raised:
        parse(AT, call, answer)
    return raised.value


def test_a_response_is_parsed_into_a_dataclass() -> None:
    answer = parse(AT, SUGGEST, received(SUGGESTED))
    assert isinstance(answer, SuggestResult)
    assert (answer.suggestions[0].text, answer.processing_time_ms, answer.request_id) == ("Solving", 1.0, "r1")


def test_unknown_fields_are_ignored() -> None:
    suggestion = SUGGESTED["suggestions"][0] | {"icon": "x"}
    newer = SUGGESTED | {"new": {"a": 1}, "suggestions": [suggestion]}
    assert parse(AT, SUGGEST, received(newer)) == parse(AT, SUGGEST, received(SUGGESTED))


@pytest.mark.parametrize("key", SUGGESTED)
def test_a_missing_field_is_an_unexpected_answer(key: str) -> None:
    """Even one with a default: an id that was made up here would be in no log."""
    error = failure(received({name: value for name, value in SUGGESTED.items() if name != key}))
    assert isinstance(error, UnexpectedResponse)
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
def test_invalid_json_is_an_unexpected_answer(content: Any, says: str) -> None:
    error = failure(received(content, X_Request_Id="r2"))
    assert isinstance(error, UnexpectedResponse)
    assert says in error.reason
    assert (error.status, error.request_id) == (200, "r2")
    assert str(error).startswith(f"{AT} returned 200: ")


@given(st.binary(), st.integers(100, 599))
def test_any_error_response_raises_a_service_error(body: bytes, status: int) -> None:
    assert isinstance(failure(received(body, status)), ServiceError)


def test_the_start_of_an_unexpected_body_is_in_the_message() -> None:
    error = failure(received(b"<html>\n  Welcome to\tthe intranet" + b"!" * 1_000, 404))
    assert isinstance(error, UnexpectedResponse)
    assert error.body == "<html> Welcome to the intranet" + "!" * 170
    assert error.body in str(error)


def test_a_redirect_is_an_unexpected_answer_with_its_target() -> None:
    error = failure(received(b"", 302, Location="https://login.example/"))
    assert isinstance(error, UnexpectedResponse)
    assert error.reason == "it redirects to https://login.example/"


@pytest.mark.parametrize("detail", ["limit: 0 is too low", "0 is too low"])
def test_invalid_parameter_problems_name_the_parameter(detail: str) -> None:
    error = failure(problem(422, "invalid_parameter", detail, param="limit"))
    assert isinstance(error, InvalidRequest)
    assert (error.param, error.reason) == ("limit", "0 is too low")


def test_the_missing_post_of_several_is_named() -> None:
    call = related_call(RelatedRequest((Example(id="a"), Example(id="it's")), (Example(id="b"),)))
    for post_id in ("a", "it's", "b"):
        error = failure(problem(404, "post_not_found", str(PostNotFound(post_id))), call)
        assert isinstance(error, PostNotFound)
        assert error.post_id == post_id


def test_a_missing_post_is_named_whatever_the_message() -> None:
    error = failure(problem(404, "post_not_found", "gone"), post_call("a"))
    assert isinstance(error, PostNotFound)
    assert error.post_id == "a"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "key_missing"), (401, "key_unknown"), (403, "scope_missing"), (403, "not_yet_known")]
)
def test_a_refusal_keeps_the_detail_of_the_service(status: int, code: str) -> None:
    error = failure(problem(status, code, "the key may only search"))
    assert isinstance(error, NotAllowed)
    assert (error.reason, error.request_id) == ("the key may only search", "r1")
    assert isinstance(failure(received(b"<html>", status)), NotAllowed)  # of a proxy


@pytest.mark.parametrize(("status", "code"), [(503, "overloaded"), (503, "too_late"), (429, "too_many_requests")])
def test_too_many_requests_keeps_retry_after(status: int, code: str) -> None:
    answer = problem(status, code)
    error = failure(RawResponse(status, httpx.Headers({"Retry-After": "7"}), answer.body))
    assert isinstance(error, TooManyRequests)
    assert (error.retry_after, error.request_id) == (7.0, "r1")
    assert "in 7 seconds" in str(error)
    assert isinstance(failure(received(b"slow down", 429)), TooManyRequests)


@pytest.mark.parametrize(("status", "code"), [(500, "internal_error"), (503, "maintenance"), (404, "not_found")])
def test_other_problems_are_unexpected_answers_with_their_detail(status: int, code: str) -> None:
    error = failure(problem(status, code, "see the log"))
    assert isinstance(error, UnexpectedResponse)
    assert (error.status, error.reason, error.request_id) == (status, "see the log", "r1")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0.0), ("120", 120.0), ("", None), ("soon", None), ("-1", None), ("nan", None), ("1e9", None)],
)
def test_retry_after_seconds_are_parsed(value: str, seconds: float | None) -> None:
    assert received({}, Retry_After=value).retry_after == seconds


def test_retry_after_dates_are_parsed() -> None:
    now = dt.datetime.now(dt.UTC)
    in_an_hour = received({}, Retry_After=format_datetime(now + dt.timedelta(hours=1), usegmt=True)).retry_after
    assert in_an_hour is not None
    assert 3_000 < in_an_hour <= 3_600
    assert received({}, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT").retry_after == 0
    assert received({}, Retry_After="Wed, 21 Oct 2015 07:28:00 -0000").retry_after == 0
    assert received({}).retry_after is None


def test_a_post_must_have_all_fields() -> None:
    """Most fields of a post have defaults."""
    assert isinstance(failure(received({"id": "a", "title": "A ticket"}), post_call("a")), UnexpectedResponse)
    whole: dict[str, Any] = {
        "id": "a", "title": "A", "teaser": "", "url": None, "date": None, "tags": ["x"], "authors": [],
        "language": None, "body": "", "extra": {"big": 2**70, "nested": [{"é": None}]},
        "updated": None, "image": "/a.png", "series": None, "translation_of": "b",
        "sections": [{"title": "T", "anchor": "", "start": 0, "end": 2}],
    }  # fmt: skip
    sections = (Section("T", "", 0, 2),)
    post = parse(AT, post_call("a"), received(whole))
    assert post == Post(
        "a", "A", tags=("x",), image="/a.png", translation_of="b", sections=sections, extra=whole["extra"]
    )


def test_a_search_result_without_hits_is_parsed() -> None:
    content = {
        "query": "q", "hits": [], "limit": 10, "offset": 0, "estimated_total_hits": 0, "answerable": False,
        "corrections": {}, "missing": [], "synonyms": {}, "redirect": None, "unknown": [], "curated": [],
        "facets": {"tags": {}}, "reranking": {"model": "m", "candidates": 0, "done": True},
        "processing_time_ms": 0.5, "index_version": "v", "request_id": "r",
    }  # fmt: skip
    answer = parse(AT, search_call(SearchRequest("q")), received(content))
    assert (answer.hits, answer.reranking is not None and answer.reranking.model) == ((), "m")
