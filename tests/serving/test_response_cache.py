"""An answer that was given is given again, as long as nothing that it depends on has changed."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from semsearch.search import Searcher, SearchRequest
from semsearch.search.curation import CurationFile
from semsearch.search.requests import make_recency
from semsearch.serving.response_cache import OVERHEAD, Answers, etag, key_of, signed
from tests.search.fakes import planted, searcher_of


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return searcher_of(tmp_path_factory.mktemp("one") / "v", [planted("walrus", (1.0, 0.0))], {})


def test_those_that_nobody_asked_for_the_longest_are_forgotten() -> None:
    answers = Answers(most_bytes=10 + 2 * OVERHEAD)
    answers.put("a", b"1234")
    answers.put("b", b"1234")
    assert answers.get("a") == b"1234"
    answers.put("c", b"123")
    assert [answers.get(tag) for tag in "abc"] == [b"1234", None, b"123"]
    answers.put("c", b"123456")  # in its own place
    assert [answers.get(tag) for tag in "abc"] == [b"1234", None, b"123456"]


def test_a_body_that_is_larger_than_all_room_is_not_kept() -> None:
    answers = Answers(most_bytes=3 + OVERHEAD)
    answers.put("a", b"1234")
    assert answers.get("a") is None


def test_many_short_answers_have_an_end_too() -> None:
    answers = Answers(most_bytes=5 * OVERHEAD)
    for number in range(100):
        answers.put(str(number), b"")
    assert [answers.get(str(number)) for number in (94, 95, 99)] == [None, b"", b""]


def test_an_answer_depends_on_version_curation_and_request(searcher: Searcher, tmp_path: Path) -> None:
    request, file = SearchRequest("walrus"), tmp_path / "curation.yaml"
    key = key_of(searcher, request)
    assert key == key_of(searcher, SearchRequest("walrus "))
    assert etag(key) == etag(key_of(searcher, SearchRequest(" walrus")))
    curated = replace(searcher, curation=CurationFile(file))
    before = key_of(curated, request)
    file.write_text("hide: [walrus]\n", encoding="utf-8")
    assert curated.curation is not None
    curated.curation.current()
    others = [key_of(searcher, SearchRequest("Walrus")), key_of(searcher, SearchRequest("walrus", limit=3))]
    assert len({key, *others, key_of(curated, request)}) == 4
    assert before != key_of(curated, request) == key_of(replace(searcher, curation=CurationFile(file)), request)
    assert len({etag(one) for one in (key, *others)}) == 3


def test_where_new_posts_are_lifted_an_answer_is_one_of_its_day(searcher: Searcher) -> None:
    assert key_of(searcher, SearchRequest("walrus"))[3] is None
    assert key_of(searcher, SearchRequest("walrus", recency=make_recency(1.0)))[3] is not None


def test_each_answer_is_signed_with_its_own_id_and_time() -> None:
    content = json.loads(signed(b'{"hits":[]}', "abc", time.perf_counter()))
    assert content.pop("processing_time_ms") >= 0
    assert content == {"hits": [], "request_id": "abc"}


@pytest.mark.parametrize("path", ["/v1/search?q=maths", "/v1/posts/formal-math/related", "/v1/suggest?q=solv"])
def test_what_was_answered_is_answered_again_but_for_its_id_and_time(path: str, client: TestClient) -> None:
    one, other = client.get(path).json(), client.get(path).json()
    assert one.pop("request_id") != other.pop("request_id")
    del one["processing_time_ms"], other["processing_time_ms"]
    assert one == other


@pytest.mark.parametrize("path", ["/v1/search?q=maths", "/v1/posts/formal-math/related"])
def test_what_a_client_has_already_is_not_sent_again(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    other = client.get(f"{path}{'&' if '?' in path else '?'}limit=2", headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200


def test_answers_to_bodies_are_for_nobody_else(client: TestClient) -> None:
    answer = client.post("/v1/search", json={"q": "maths"})
    assert "ETag" not in answer.headers
    assert "Cache-Control" not in answer.headers
