from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from semsearch.serving.metrics import Metrics
from tests.builders import service

Count = Callable[..., float]
"""The increase of a metric since the start of the test, by name and labels."""

EGG = "how long do I boil an egg?"


@pytest.fixture(scope="module")
def app(demo_index: Path) -> FastAPI:
    return service(index=demo_index)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def increase(client: TestClient) -> Count:
    before = scrape(client)

    def count(name: str, **labels: str) -> float:
        key = name, tuple(sorted(labels.items()))
        return scrape(client)[key] - before.get(key, 0.0)

    return count


def scrape(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }


def search(client: TestClient, q: str, **parameters: object) -> None:
    assert client.get("/v1/search", params={"q": q, **parameters}).status_code == 200  # type: ignore[dict-item]


def test_each_stage_of_a_search_is_timed_once(client: TestClient, increase: Count) -> None:
    search(client, "stages of a rocket")
    for stage in ("queue", "encode", "rank"):
        assert increase("semsearch_stage_seconds_count", stage=stage) == 1
        assert increase("semsearch_stage_seconds_sum", stage=stage) > 0
    assert increase("semsearch_batch_questions_sum") == 1


def test_a_skipped_stage_is_not_timed(client: TestClient, increase: Count) -> None:
    search(client, "models", mode="lexical")
    client.get("/v1/posts/vpt/related")
    assert increase("semsearch_stage_seconds_count", stage="rank") == 1
    assert increase("semsearch_stage_seconds_count", stage="encode") == 0
    assert increase("semsearch_batch_questions_count") == 0


def test_cache_hits_and_misses_are_counted(client: TestClient, increase: Count) -> None:
    for limit in (1, 1, 2):
        search(client, "cached or not", limit=limit)
    assert increase("semsearch_kept_answers_total", result="miss") == 2
    assert increase("semsearch_kept_answers_total", result="hit") == 1
    assert increase("semsearch_kept_vectors_total", result="miss") == 1
    assert increase("semsearch_kept_vectors_total", result="hit") == 1
    assert increase("semsearch_stage_seconds_count", stage="encode") == 1


def test_the_best_confidence_is_recorded_for_computed_first_pages(client: TestClient, increase: Count) -> None:
    for q in ("solving maths problems", EGG, EGG):
        search(client, q)
    search(client, EGG, offset=1)
    assert increase("semsearch_best_confidence_count") == 2
    assert increase("semsearch_best_confidence_bucket", le="0.4") == 1
    assert increase("semsearch_best_confidence_bucket", le="1.0") == 2
    assert increase("semsearch_searches_without_answer_total") == 1


def test_a_search_without_a_hit_has_confidence_0(client: TestClient, increase: Count) -> None:
    search(client, EGG, tag="no such tag")
    assert increase("semsearch_best_confidence_sum") == 0
    assert increase("semsearch_best_confidence_bucket", le="0.1") == 1


def test_the_search_page_is_recorded_too(client: TestClient, increase: Count) -> None:
    assert client.get("/search", params={"q": "counted on a page"}).status_code == 200
    assert increase("semsearch_stage_seconds_count", stage="rank") == 1


def test_requests_in_flight_are_read_at_each_scrape(client: TestClient, app: FastAPI) -> None:
    assert "semsearch_requests_under_way 0.0" in client.get("/metrics").text
    app.state.executor.in_flight += 3
    assert "semsearch_requests_under_way 3.0" in client.get("/metrics").text
    app.state.executor.in_flight -= 3


def test_refusals_are_counted_by_reason() -> None:
    metrics = Metrics()
    for reason in ("overloaded", "too_late", "overloaded"):
        metrics.count_refusal(reason)
    assert metrics.registry.get_sample_value("semsearch_refused_total", {"reason": "overloaded"}) == 2
    assert metrics.registry.get_sample_value("semsearch_refused_total", {"reason": "too_late"}) == 1
