from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from semsearch.api.errors.problems import MEDIA_TYPE
from semsearch.api.errors.security_headers import SECURITY_HEADERS
from tests.api.pages.html import Page
from tests.builders import service

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_a_browser_that_goes_astray_is_told_in_words(client: TestClient) -> None:
    answer = client.get("/serach/of<b>", headers=BROWSER)
    page = Page(answer.text)
    assert (answer.status_code, page.texts["h1"]) == (404, ["There is nothing here"])
    assert page.links() == ["/"]
    assert "b" not in page.texts


def test_programs_get_problem_details_everywhere_but_on_pages(client: TestClient) -> None:
    assert client.get("/serach").headers["content-type"] == MEDIA_TYPE
    assert client.get("/v1/nothing", headers=BROWSER).headers["content-type"] == MEDIA_TYPE
    assert client.get("/related?post=nope").headers["content-type"] == "text/html; charset=utf-8"


def test_a_busy_service_says_when_to_come_again(demo_index: Path) -> None:
    app = service(index=demo_index, capacity=1)
    with TestClient(app) as client:
        app.state.work.under_way = 1
        for path in ("/search?q=maths", "/related?post=vpt", "/playground?q=maths"):
            answer = client.get(path)
            page = Page(answer.text)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert (page.texts["h1"], page.links()) == (["Busy just now"], ["", "/"])
            assert f"number {answer.headers['x-request-id']}" in answer.text
            assert answer.headers["cache-control"] == "no-store"


def test_who_asks_too_often_is_told_so(demo_index: Path) -> None:
    with TestClient(service(index=demo_index, rate_per_minute=6)) as client:
        first, second = (client.get("/search?q=maths") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    assert Page(second.text).texts["h1"] == ["A little slower, please"]
    assert int(second.headers["retry-after"]) > 0


def test_a_failure_says_nothing_of_the_inside_and_lets_nothing_run(
    demo_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = service(index=demo_index)
    monkeypatch.setattr("semsearch.search.searcher.Searcher.begin", lambda *_: 1 / 0)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/search?q=maths")
    assert (answer.status_code, Page(answer.text).texts["h1"]) == (500, ["This did not work"])
    assert "division" not in answer.text
    assert answer.headers.get_list("content-security-policy") == [SECURITY_HEADERS["Content-Security-Policy"]]
