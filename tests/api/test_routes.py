from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from semsearch.api import create_app
from semsearch.api.schemas import PostSchema, RelatedSchema, SearchSchema, SuggestSchema
from semsearch.search import Searcher
from semsearch.search.results import to_json
from semsearch.settings import Settings
from tests.builders import raw_post

CHANGING = ("request_id", "processing_time_ms")


def steady(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs each time."""
    return {key: value for key, value in answer.items() if key not in CHANGING}


def test_search_answers_what_python_answers(client: TestClient, demo: Searcher) -> None:
    answer = client.get("/v1/search", params={"q": "learning mathematics", "limit": 3, "explain": True})
    assert answer.status_code == 200
    assert steady(answer.json()) == steady(to_json(demo.search("learning mathematics", limit=3, explain=True)))


def test_every_parameter_of_search_reaches_the_searcher(client: TestClient, demo: Searcher) -> None:
    parameters: dict[str, Any] = {
        "q": "models",
        "limit": 2,
        "offset": 1,
        "mode": "lexical",
        "tag": ["alignment"],
        "date_from": "2022-01-01",
        "date_to": "2022-12-31",
        "facets": ["tags", "year"],
        "highlight": False,
    }
    expected = demo.search(
        "models",
        limit=2,
        offset=1,
        mode="lexical",
        tags=["alignment"],
        date_from="2022-01-01",
        date_to="2022-12-31",
        facets=["tags", "year"],
        highlight=False,
    )
    assert expected.hits
    assert steady(client.get("/v1/search", params=parameters).json()) == steady(to_json(expected))


def test_search_with_a_body_answers_the_same(client: TestClient) -> None:
    parameters: dict[str, Any] = {
        "q": "models",
        "tag": ["alignment", "human feedback"],
        "facets": ["tags"],
        "semantic_ratio": 0.25,
    }
    by_query = client.get("/v1/search", params=parameters)
    by_body = client.post("/v1/search", json=parameters)
    assert by_body.status_code == 200
    assert steady(by_body.json()) == steady(by_query.json())


def test_author_and_language_filter(build: Callable[..., Path]) -> None:
    index = build(
        [
            raw_post("a", authors=["Ada"], language="en-GB"),
            raw_post("b", authors=["Ada"], language="de"),
            raw_post("c", language="en"),
        ]
    )
    with TestClient(create_app(Settings(index=index))) as client:
        answer = client.get("/v1/search", params={"q": "title", "author": "Ada", "language": "en"})
        assert [hit["id"] for hit in answer.json()["hits"]] == ["a"]


def test_an_explanation_is_there_only_when_asked_for(client: TestClient) -> None:
    plain = client.get("/v1/search", params={"q": "models", "limit": 1}).json()["hits"][0]
    explained = client.get("/v1/search", params={"q": "models", "limit": 1, "explain": True}).json()["hits"][0]
    assert "explanation" not in plain
    assert explained["explanation"]["score"] == pytest.approx(explained["score"])


def test_related_answers_what_python_answers(client: TestClient, demo: Searcher) -> None:
    answer = client.get("/v1/posts/formal-math/related", params={"limit": 3, "exclude": ["vpt"], "diversity": 0})
    expected = demo.related("formal-math", limit=3, exclude=["vpt"], diversity=0.0)
    assert answer.json()["hits"][0]["id"] == "solving-math-word-problems"
    assert steady(answer.json()) == steady(to_json(expected))


def test_related_to_examples_and_unlike_others(client: TestClient, demo: Searcher) -> None:
    body = {
        "positive": [{"id": "vpt"}, {"text": "teaching machines to act"}],
        "negative": [{"id": "webgpt"}],
        "limit": 4,
        "filter": {"date_from": "2022-01-01"},
    }
    expected = demo.related(
        "vpt", texts=["teaching machines to act"], negative=["webgpt"], limit=4, date_from="2022-01-01"
    )
    answer = client.post("/v1/related", json=body)
    assert answer.status_code == 200
    assert steady(answer.json()) == steady(to_json(expected))


def test_suggest_answers_what_python_answers(client: TestClient, demo: Searcher) -> None:
    answer = client.get("/v1/suggest", params={"q": "solv", "limit": 1})
    assert [entry["text"] for entry in answer.json()["suggestions"]] == ["Solving (Some) Formal Math Olympiad Problems"]
    assert steady(answer.json()) == steady(to_json(demo.suggest("solv", limit=1)))


def test_a_post_comes_as_it_was_published(build: Callable[..., Path]) -> None:
    raw = raw_post("a", url="/a", date="2024-02-29T10:00:00", tags=["x"], authors=["Ada"], language="en", body="Long.")
    with TestClient(create_app(Settings(index=build([raw | {"colour": {"r": [1, None]}}])))) as client:
        assert client.get("/v1/posts/a").json() == raw | {"extra": {"colour": {"r": [1, None]}}}


@pytest.mark.parametrize("post_id", ["a/b", "über uns", "100 %", "a?b#c", "a+b", "😀", "related", "x" * 200])
def test_any_id_can_be_asked_for(post_id: str, build: Callable[..., Path]) -> None:
    with TestClient(create_app(Settings(index=build([raw_post(post_id), raw_post("other")])))) as client:
        path = f"/v1/posts/{quote(post_id, safe='')}"
        assert client.get(path).json()["id"] == post_id
        related = client.get(f"{path}/related").json()
        assert (related["post_id"], [hit["id"] for hit in related["hits"]]) == (post_id, ["other"])


def test_every_answer_matches_its_description(client: TestClient) -> None:
    options = {"explain": "true", "facets": ["tags", "authors", "language", "year"]}
    SearchSchema.model_validate(client.get("/v1/search", params={"q": "maths", **options}).json())
    RelatedSchema.model_validate(client.get("/v1/posts/vpt/related", params={"explain": "true"}).json())
    RelatedSchema.model_validate(client.post("/v1/related", json={"positive": [{"text": "games"}]}).json())
    SuggestSchema.model_validate(client.get("/v1/suggest", params={"q": "s"}).json())
    PostSchema.model_validate(client.get("/v1/posts/vpt").json())
