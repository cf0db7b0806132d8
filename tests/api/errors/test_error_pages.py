from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from semsearch.api.errors.problems import MEDIA_TYPE
from semsearch.api.errors.security_headers import SECURITY_HEADERS
from tests.api.pages.html import Page
from tests.builders import service

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_a_browser_gets_a_page_for_an_unknown_path(client: TestClient) -> None:
    answer = client.get("/serach/of<b>", headers=BROWSER)
    page = Page(answer.text)
    assert (answer.status_code, page.texts["h1"]) == (404, ["There is nothing here"])
    assert page.links() == ["/"]
    assert "b" not in page.texts


def test_programs_get_problem_details_except_for_pages(client: TestClient) -> None:
    assert client.get("/serach").headers["content-type"] == MEDIA_TYPE
    assert client.get("/v1/nothing", headers=BROWSER).headers["content-type"] == MEDIA_TYPE
    assert client.get("/related?post=nope").headers["content-type"] == "text/html; charset=utf-8"


def test_an_overloaded_service_sends_retry_after(demo_index: Path) -> None:
    app = service(index=demo_index, capacity=1)
    with TestClient(app) as client:
        app.state.executor.in_flight = 1
        for path in ("/search?q=maths", "/related?post=vpt", "/playground?q=maths"):
            answer = client.get(path)
            page = Page(answer.text)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert (page.texts["h1"], page.links()) == (["Busy just now"], ["", "/"])
            assert f"number {answer.headers['x-request-id']}" in answer.text
            assert answer.headers["cache-control"] == "no-store"


def test_exceeding_the_rate_limit_gets_a_page(demo_index: Path) -> None:
    with TestClient(service(index=demo_index, rate_per_minute=6)) as client:
        first, second = (client.get("/search?q=maths") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    assert Page(second.text).texts["h1"] == ["Too many requests"]
    assert int(second.headers["retry-after"]) > 0


def test_an_internal_error_reveals_nothing_and_has_security_headers(
    demo_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = service(index=demo_index)
    monkeypatch.setattr("semsearch.search.searcher.Searcher.begin", lambda *_: 1 / 0)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/search?q=maths")
    assert (answer.status_code, Page(answer.text).texts["h1"]) == (500, ["Something went wrong"])
    assert "division" not in answer.text
    assert answer.headers.get_list("content-security-policy") == [SECURITY_HEADERS["Content-Security-Policy"]]
