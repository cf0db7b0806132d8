"""Responses are cached until something that they depend on changes."""

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
from semsearch.serving.response_cache import OVERHEAD_BYTES, ResponseCache, add_request_fields, cache_key, etag
from tests.search.fakes import planted, searcher_of


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return searcher_of(tmp_path_factory.mktemp("one") / "v", [planted("walrus", (1.0, 0.0))], {})


def test_the_least_recently_used_are_evicted() -> None:
    cache = ResponseCache(max_bytes=10 + 2 * OVERHEAD_BYTES)
    cache.put("a", b"1234")
    cache.put("b", b"1234")
    assert cache.get("a") == b"1234"
    cache.put("c", b"123")
    assert [cache.get(tag) for tag in "abc"] == [b"1234", None, b"123"]
    cache.put("c", b"123456")  # replaces the previous body
    assert [cache.get(tag) for tag in "abc"] == [b"1234", None, b"123456"]


def test_a_key_finds_only_responses_to_its_own_requests() -> None:
    cache = ResponseCache()
    cache.put("a", b"1", "north")
    cache.put("a", b"2")
    assert [cache.get("a", name) for name in ("north", "south", None)] == [b"1", None, b"2"]


def test_a_body_larger_than_the_cache_is_not_cached() -> None:
    cache = ResponseCache(max_bytes=3 + OVERHEAD_BYTES)
    cache.put("a", b"1234")
    assert cache.get("a") is None


def test_the_number_of_short_bodies_is_limited_too() -> None:
    cache = ResponseCache(max_bytes=5 * OVERHEAD_BYTES)
    for number in range(100):
        cache.put(str(number), b"")
    assert [cache.get(str(number)) for number in (94, 95, 99)] == [None, b"", b""]


def test_the_key_depends_on_version_curation_and_request(searcher: Searcher, tmp_path: Path) -> None:
    request, file = SearchRequest("walrus"), tmp_path / "curation.yaml"
    key = cache_key(searcher, request)
    assert key == cache_key(searcher, SearchRequest("walrus "))
    assert etag(key) == etag(cache_key(searcher, SearchRequest(" walrus")))
    curated = replace(searcher, curation=CurationFile(file))
    before = cache_key(curated, request)
    file.write_text("hide: [walrus]\n", encoding="utf-8")
    assert curated.curation is not None
    curated.curation.current()
    others = [cache_key(searcher, SearchRequest("Walrus")), cache_key(searcher, SearchRequest("walrus", limit=3))]
    assert len({key, *others, cache_key(curated, request)}) == 4
    assert before != cache_key(curated, request) == cache_key(replace(searcher, curation=CurationFile(file)), request)
    assert len({etag(other) for other in (key, *others)}) == 3


def test_the_key_depends_on_the_day_if_recency_counts(searcher: Searcher) -> None:
    assert cache_key(searcher, SearchRequest("walrus"))[3] is None
    assert cache_key(searcher, SearchRequest("walrus", recency=make_recency(1.0)))[3] is not None


def test_each_response_has_its_own_request_id_and_processing_time() -> None:
    content = json.loads(add_request_fields(b'{"hits":[]}', "abc", time.perf_counter()))
    assert content.pop("processing_time_ms") >= 0
    assert content == {"hits": [], "request_id": "abc"}


@pytest.mark.parametrize("path", ["/v1/search?q=maths", "/v1/posts/formal-math/related", "/v1/suggest?q=solv"])
def test_a_cached_response_differs_only_in_request_id_and_processing_time(path: str, client: TestClient) -> None:
    first, second = client.get(path).json(), client.get(path).json()
    assert first.pop("request_id") != second.pop("request_id")
    del first["processing_time_ms"], second["processing_time_ms"]
    assert first == second


@pytest.mark.parametrize("path", ["/v1/search?q=maths", "/v1/posts/formal-math/related"])
def test_a_client_with_the_current_response_gets_304(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    other = client.get(f"{path}{'&' if '?' in path else '?'}limit=2", headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200


def test_responses_to_post_are_not_cacheable(client: TestClient) -> None:
    answer = client.post("/v1/search", json={"q": "maths"})
    assert "ETag" not in answer.headers
    assert "Cache-Control" not in answer.headers
