from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from semsearch.api.errors.problems import MEDIA_TYPE, Problem
from tests.builders import SHARED, service


@pytest.mark.parametrize(
    ("path", "param", "says"),
    [
        ("/v1/search", "q", "required"),
        ("/v1/search?q=", "q", "at least 1 character"),
        ("/v1/search?q=%20%00%09", "q", "empty"),
        (f"/v1/search?q={'a' * 2_001}", "q", "2000"),
        (f"/v1/search?q={'a' * 10_000}", "q", "2000"),
        ("/v1/search?q=a&limit=0", "limit", "1"),
        ("/v1/search?q=a&limit=101", "limit", "100"),
        ("/v1/search?q=a&limit=ten", "limit", "integer"),
        ("/v1/search?q=a&offset=-1", "offset", "0"),
        ("/v1/search?q=a&offset=1001", "offset", "1000"),
        ("/v1/search?q=a&mode=fast", "mode", "hybrid"),
        ("/v1/search?q=a&semantic_ratio=nan", "semantic_ratio", ""),
        ("/v1/search?q=a&min_confidence=2", "min_confidence", "1"),
        ("/v1/search?q=a&date_from=yesterday", "date_from", "2026-01-31"),
        ("/v1/search?q=a&date_to=2024-02-30", "date_to", "2026-01-31"),
        ("/v1/search?q=a&facets=colour", "facets", "tags"),
        ("/v1/search?q=a&tags=x", "tags", "unknown parameter"),
        ("/v1/search?q=-models", "q", "only exclusions"),
        ("/v1/search?q=-%22language+models%22+-maths", "q", "only exclusions"),
        ("/v1/search?q=a&collapse=perhaps", "collapse", "boolean"),
        ("/v1/search?q=a&recency_weight=-1", "recency_weight", "0"),
        ("/v1/search?q=a&recency_weight=10.5", "recency_weight", "10"),
        ("/v1/search?q=a&recency_weight=nan", "recency_weight", ""),
        ("/v1/search?q=a&recency_scale=0", "recency_scale", "1"),
        ("/v1/search?q=a&recency_scale=inf", "recency_scale", "36500"),
        ("/v1/search?q=a&recency_decay=0", "recency_decay", "0.01"),
        ("/v1/search?q=a&recency_decay=1", "recency_decay", "0.99"),
        ("/v1/search?q=a&recency_origin=today", "recency_origin", "2026-01-31"),
        ("/v1/suggest?q=a&limit=21", "limit", "20"),
        ("/v1/posts/vpt/related?limit=51", "limit", "50"),
        ("/v1/posts/vpt/related?diversity=-0.1", "diversity", "0"),
    ],
)
def test_a_bad_parameter_is_named(path: str, param: str, says: str, client: TestClient) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, MEDIA_TYPE)
    problem = Problem.model_validate(answer.json())
    assert (problem.status, problem.code, problem.param) == (422, "invalid_parameter", param)
    assert problem.detail.startswith(f"{param}: ")
    assert says in problem.detail


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/search", {}, "q"),
        ("/v1/search", {"q": 7}, "q"),
        ("/v1/search", {"q": "a", "limit": "10"}, "limit"),
        ("/v1/search", {"q": "a", "tag": "alignment"}, "tag"),
        ("/v1/search", {"q": "a", "filter": {}}, "filter"),
        ("/v1/search", {"q": "-a"}, "q"),
        ("/v1/search", {"q": "a", "collapse": 1}, "collapse"),
        ("/v1/search", {"q": "a", "recency_weight": "1"}, "recency_weight"),
        ("/v1/search", {"q": "a", "recency_origin": 20260131}, "recency_origin"),
        ("/v1/search", {"q": "a", "reranker": "other"}, "reranker"),
        ("/v1/search", [], "body"),
        ("/v1/related", {}, "positive"),
        ("/v1/related", {"positive": []}, "positive"),
        ("/v1/related", {"positive": [{"id": "vpt"}], "filter": {"tags": ["x"]}}, "filter.tags"),
        ("/v1/related", {"positive": [{"id": "vpt"}], "filter": {"date_from": "soon"}}, "date_from"),
    ],
)
def test_a_bad_field_of_a_body_is_named(path: str, body: Any, param: str, client: TestClient) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["param"] == param


@pytest.mark.parametrize(
    "example", [{}, {"id": "vpt", "text": "both"}, {"id": 7}, {"text": ""}, {"text": " "}, "vpt", None]
)
def test_an_example_has_an_id_or_a_text(example: object, client: TestClient) -> None:
    answer = client.post("/v1/related", json={"positive": [example]})
    assert answer.status_code == 422
    assert answer.json()["param"].split(".")[0] in ("positive", "text")


@pytest.mark.parametrize("body", [b"", b"{", b'{"q":', b"\xff\xfe", b"null", b'{"q":"a","limit":1e999}'])
def test_a_body_that_is_not_valid_json_is_refused(body: bytes, client: TestClient) -> None:
    answer = client.post("/v1/search", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    Problem.model_validate(answer.json())


def test_a_body_without_the_content_type_of_json_gets_advice(client: TestClient) -> None:
    """As curl sends it by default."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    response = client.post("/v1/search", content=b'{"q": "tide"}', headers=kind)
    assert response.status_code == 422
    assert response.json()["detail"].endswith("send one, with Content-Type: application/json")


def test_an_unknown_post_is_not_found(client: TestClient) -> None:
    for answer in (
        client.get("/v1/posts/nope"),
        client.get("/v1/posts/nope/related"),
        client.post("/v1/related", json={"positive": [{"id": "nope"}]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "post_not_found")
        assert "'nope'" in answer.json()["detail"]


def test_unknown_paths_and_methods_get_problem_details(client: TestClient) -> None:
    assert client.get("/v2/search").json()["code"] == "not_found"
    answer = client.delete("/v1/search")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_an_internal_error_reveals_nothing_and_is_logged(
    demo_index: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = service(index=demo_index)
    monkeypatch.setattr("semsearch.search.searcher.Searcher.begin", lambda *_: 1 / 0)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/v1/search", params={"q": "a"})
    problem = Problem.model_validate(answer.json())
    assert (answer.status_code, problem.code) == (500, "internal_error")
    assert "division" not in answer.text
    assert "ZeroDivisionError" in caplog.text
    assert problem.request_id in caplog.text


ROUTES: list[Callable[[TestClient, str], Response]] = [
    lambda client, text: client.get("/v1/search", params={"q": text, "tag": text, "mode": "lexical"}),
    lambda client, text: client.get("/v1/suggest", params={"q": text}),
    lambda client, text: client.get("/search", params={"q": text, "page": text}),
    lambda client, text: client.post("/v1/related", json={"positive": [{"text": text}], "limit": 1}),
]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the hostile inputs are kept outside the project")
@pytest.mark.parametrize("route", range(len(ROUTES)), ids=["search", "suggest", "page", "related"])
def test_no_naughty_string_breaks_a_route(route: int, client: TestClient) -> None:
    """Each string is sent to one of the routes; ``tests/search`` searches for all of them, by meaning too."""
    naughty = json.loads((SHARED / "bad_inputs/blns/blns.json").read_text(encoding="utf-8"))
    assert len(naughty) > 500
    statuses = {ROUTES[route](client, text).status_code for text in naughty[route :: len(ROUTES)]}
    assert statuses <= {200, 422}
    assert 200 in statuses
