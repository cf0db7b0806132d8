from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import generate_latest

from semsearch.api.middleware import connections
from semsearch.api.middleware.connections import LimitedHttpProtocol
from semsearch.search import Searcher
from tests.api.middleware.sockets import connect, read_until_closed
from tests.builders import service
from tests.client.servers import running


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


def test_connections_that_are_refused_or_too_slow_are_counted(
    demo_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADERS_SECONDS", 0.2)
    with running(service(index=demo_index), http=LimitedHttpProtocol, ws="none") as address:
        with connect(address) as malformed, connect(address) as slow, connect(address) as idle:
            malformed.sendall(b"nonsense\r\n\r\n")
            slow.sendall(b"GET /healthz HTTP/1.1\r\n")
            assert read_until_closed(malformed).startswith(b"HTTP/1.1 400 ")
            assert read_until_closed(slow) == read_until_closed(idle) == b""
        text = httpx2.get(f"{address}/metrics").text
    assert 'semsearch_refused_total{reason="malformed_request"} 1.0' in text
    assert 'semsearch_refused_total{reason="too_slow"} 1.0' in text


@pytest.mark.parametrize("name", ["keys", "curation"])
def test_an_invalid_configuration_file_is_reported_until_it_is_valid_again(
    name: str, demo_index: Path, tmp_path: Path
) -> None:
    file = tmp_path / f"{name}.yaml"
    valid = {"keys": "keys: []\n", "curation": "hide: [vpt]\n"}[name]
    gauge = f'semsearch_file_refused{{file="{name}"}}'
    file.write_text(valid, encoding="utf-8")
    setting: dict[str, Any] = {"keys_file": file, "public": True} if name == "keys" else {"curation": file}
    with TestClient(service(index=demo_index, poll_seconds=0.02, **setting)) as client:

        def problem() -> str | None:
            reported: str | None = client.get("/readyz").json()["problem"]
            return reported

        def wait_until(is_refused: bool) -> None:
            deadline = time.monotonic() + 30
            while (problem() is not None) != is_refused:
                assert time.monotonic() < deadline
                time.sleep(0.01)

        def scrape() -> str:
            registry = cast("FastAPI", client.app).state.metrics.registry
            return generate_latest(registry).decode()

        assert problem() is None
        assert f"{gauge} 0.0" in scrape()
        file.write_text("no: such key\n", encoding="utf-8")
        wait_until(is_refused=True)
        assert (str(file) in (problem() or "")) == (name == "curation")  # with keys, the reason is for admins
        assert f"{gauge} 1.0" in scrape()
        file.write_text(valid, encoding="utf-8")
        wait_until(is_refused=False)
        assert f"{gauge} 0.0" in scrape()


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
