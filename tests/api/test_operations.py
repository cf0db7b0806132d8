from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from semsearch.search import Searcher
from tests.builders import service


def test_health_and_readiness(client: TestClient, demo: Searcher) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {
        "status": "ready",
        "index_version": demo.snapshot.version,
        "posts": 9,
        "problem": None,
    }


def test_metrics_count_requests_by_route_and_status(demo_index: Path, demo: Searcher) -> None:
    with TestClient(service(index=demo_index)) as client:
        for path in ("/v1/posts/vpt", "/v1/posts/webgpt", "/v1/posts/nope", "/some/where"):
            client.get(path)
        client.request("BREW", "/v1/posts/vpt")
        text = client.get("/metrics").text
    counted = 'semsearch_requests_total{method="GET",route="/v1/posts/{post_id:path}",status='
    assert f'{counted}"200"}} 2.0' in text
    assert f'{counted}"404"}} 1.0' in text
    assert 'semsearch_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert "BREW" not in text
    assert f'semsearch_index{{version="{demo.snapshot.version}"}} 1.0' in text
    assert "semsearch_index_posts 9.0" in text


def test_every_route_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} == {
        ("/v1/search", "get"),
        ("/v1/search", "post"),
        ("/v1/suggest", "get"),
        ("/v1/posts/{post_id}", "get"),
        ("/v1/posts/{post_id}/related", "get"),
        ("/v1/related", "post"),
        ("/healthz", "get"),
        ("/readyz", "get"),
        ("/metrics", "get"),
    }
