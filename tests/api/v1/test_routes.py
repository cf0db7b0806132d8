from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from semsearch.api.v1.schemas import PostSchema, RelatedSchema, SearchSchema, SuggestSchema, schema_of
from semsearch.ranking.score import Explanation
from semsearch.search import Searcher
from semsearch.search.results import to_json
from semsearch.search.second_stage import SecondStage
from tests.builders import raw_post, service

VARYING_FIELDS = ("request_id", "processing_time_ms")


def comparable(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a response without the fields that differ between calls."""
    return {key: value for key, value in answer.items() if key not in VARYING_FIELDS}


def test_search_returns_the_result_of_a_searcher(client: TestClient, demo: Searcher) -> None:
    answer = client.get("/v1/search", params={"q": "learning mathematics", "limit": 3, "explain": True})
    assert answer.status_code == 200
    assert comparable(answer.json()) == comparable(to_json(demo.search("learning mathematics", limit=3, explain=True)))


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
    assert comparable(client.get("/v1/search", params=parameters).json()) == comparable(to_json(expected))


def test_every_parameter_of_recency_reaches_the_searcher(client: TestClient, demo: Searcher) -> None:
    recency: dict[str, Any] = {
        "recency_weight": 3.0,
        "recency_scale": 90.0,
        "recency_decay": 0.2,
        "recency_origin": "2022-06-30",
    }
    parameters: dict[str, Any] = {"q": "models", "explain": True} | recency
    expected = demo.search("models", explain=True, **recency)
    assert [hit.id for hit in expected.hits] != [hit.id for hit in demo.search("models").hits]
    assert comparable(client.get("/v1/search", params=parameters).json()) == comparable(to_json(expected))
    assert comparable(client.post("/v1/search", json=parameters).json()) == comparable(to_json(expected))
    for name in recency:  # each has an effect
        without = {key: value for key, value in parameters.items() if key != name}
        assert client.get("/v1/search", params=without).json()["hits"] != to_json(expected)["hits"], name


def test_corrections_and_answerable_are_returned(client: TestClient) -> None:
    answer = client.get("/v1/search", params={"q": "grade scool math"}).json()
    assert (answer["corrections"], answer["answerable"], answer["reranking"]) == ({"scool": "school"}, True, None)
    answer = client.get("/v1/search", params={"q": "how long do I boil an egg?"}).json()
    assert (answer["answerable"], len(answer["hits"])) == (False, 9)
    assert max(hit["confidence"] for hit in answer["hits"]) < 0.5


def test_search_with_a_body_returns_the_same(client: TestClient) -> None:
    parameters: dict[str, Any] = {
        "q": "models",
        "tag": ["alignment", "human feedback"],
        "facets": ["tags"],
        "semantic_ratio": 0.25,
        "collapse": False,
    }
    by_query = client.get("/v1/search", params=parameters)
    by_body = client.post("/v1/search", json=parameters)
    assert by_body.status_code == 200
    assert comparable(by_body.json()) == comparable(by_query.json())


def test_author_and_language_filter(build: Callable[..., Path]) -> None:
    index = build(
        [
            raw_post("a", authors=["Ada"], language="en-GB"),
            raw_post("b", authors=["Ada"], language="de"),
            raw_post("c", language="en"),
        ]
    )
    with TestClient(service(index=index)) as client:
        answer = client.get("/v1/search", params={"q": "title", "author": "Ada", "language": "en"})
        assert [hit["id"] for hit in answer.json()["hits"]] == ["a"]


def test_explanations_are_returned_only_on_request(client: TestClient) -> None:
    plain = client.get("/v1/search", params={"q": "models", "limit": 1}).json()["hits"][0]
    explained = client.get("/v1/search", params={"q": "models", "limit": 1, "explain": True}).json()["hits"][0]
    assert "explanation" not in plain
    assert explained["explanation"]["score"] == pytest.approx(explained["score"], rel=1e-5)


def test_related_returns_the_result_of_a_searcher(client: TestClient, demo: Searcher) -> None:
    answer = client.get("/v1/posts/formal-math/related", params={"limit": 3, "exclude": ["vpt"], "diversity": 0})
    expected = demo.related("formal-math", limit=3, exclude=["vpt"], diversity=0.0)
    assert answer.json()["hits"][0]["id"] == "solving-math-word-problems"
    assert comparable(answer.json()) == comparable(to_json(expected))


def test_related_to_examples_returns_the_result_of_a_searcher(client: TestClient, demo: Searcher) -> None:
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
    assert comparable(answer.json()) == comparable(to_json(expected))


def test_suggest_returns_the_result_of_a_searcher(client: TestClient, demo: Searcher) -> None:
    answer = client.get("/v1/suggest", params={"q": "solv", "limit": 1})
    assert [entry["text"] for entry in answer.json()["suggestions"]] == ["Solving (Some) Formal Math Olympiad Problems"]
    assert comparable(answer.json()) == comparable(to_json(demo.suggest("solv", limit=1)))


def test_a_post_is_returned_as_published(build: Callable[..., Path]) -> None:
    plain = raw_post(
        "a", url="/a", date="2024-02-29T10:00:00", tags=["x"], authors=["Ada"], language="en", body="Long."
    )
    absent: dict[str, Any] = {"updated": None, "image": None, "series": None, "translation_of": None, "sections": []}
    raw = plain | {
        "updated": "2024-03-01",
        "image": "/a.png",
        "series": "Letters",
        "translation_of": "b",
        "sections": [{"title": "All of it", "anchor": "all", "start": 0, "end": 5}],
    }
    posts = [raw | {"colour": {"r": [1, None]}}, plain | {"id": "b"}]
    with TestClient(service(index=build(posts))) as client:
        assert client.get("/v1/posts/a").json() == raw | {"extra": {"colour": {"r": [1, None]}}}
        assert client.get("/v1/posts/b").json() == plain | absent | {"id": "b", "extra": {}}


@pytest.mark.parametrize("post_id", ["a/b", "über uns", "100 %", "a?b#c", "a+b", "😀", "related", "x" * 200])
def test_any_id_can_be_requested(post_id: str, build: Callable[..., Path]) -> None:
    with TestClient(service(index=build([raw_post(post_id), raw_post("other")]))) as client:
        path = f"/v1/posts/{quote(post_id, safe='')}"
        assert client.get(path).json()["id"] == post_id
        related = client.get(f"{path}/related").json()
        assert (related["post_id"], [hit["id"] for hit in related["hits"]]) == (post_id, ["other"])


def test_server_timing_lists_only_the_steps_that_ran(client: TestClient) -> None:
    def steps(**parameters: Any) -> list[str]:
        answer = client.get("/v1/search", params={"q": "how long it took", **parameters})
        return [part.split(";dur=")[0] for part in answer.headers["Server-Timing"].split(", ")]

    assert steps() == ["queue", "encode", "rank", "total"]
    assert steps() == ["cache;desc=hit", "total"]
    assert steps(limit=2) == ["queue", "rank", "total"]  # the vector of the query is cached
    assert steps(limit=2, mode="lexical") == ["queue", "rank", "total"]
    tag = client.get("/v1/search", params={"q": "maths"}).headers["ETag"]
    unchanged = client.get("/v1/search", params={"q": "maths"}, headers={"If-None-Match": tag})
    assert unchanged.headers["Server-Timing"].startswith("total;dur=")
    by_body = client.post("/v1/search", json={"q": "how long it took"})
    assert by_body.headers["Server-Timing"].startswith("queue;dur=")


def test_responses_match_their_schemas(client: TestClient) -> None:
    options = {"explain": "true", "facets": ["tags", "authors", "language", "year"]}
    SearchSchema.model_validate(client.get("/v1/search", params={"q": "maths", **options}).json())
    RelatedSchema.model_validate(client.get("/v1/posts/vpt/related", params={"explain": "true"}).json())
    RelatedSchema.model_validate(client.post("/v1/related", json={"positive": [{"text": "games"}]}).json())
    SuggestSchema.model_validate(client.get("/v1/suggest", params={"q": "s"}).json())
    PostSchema.model_validate(client.get("/v1/posts/vpt").json())


# --- near-duplicates, pins and reranking ------------------------------------------------------------------------------

TIDES = "The tide tables for the harbour were printed again this spring, with corrected times for every day."


@pytest.fixture(scope="module")
def harbour(build: Callable[..., Path]) -> Path:
    """An index with a near-duplicate. Tests only read it."""
    return build(
        [
            raw_post("old", title="Tide tables", teaser=TIDES, date="2024-05-01", tags=["sea"]),
            raw_post("new", title="Tide tables", teaser=TIDES, date="2024-05-02", tags=["sea"], url="/new"),
            raw_post("bread", title="Bread from the oven", teaser="Flour and water, and time.", tags=["food"]),
            raw_post("ferry", title="Ferries of the harbour", teaser="Two an hour, and one at night.", tags=["sea"]),
        ]
    )


class FakeReranker:
    """A reranker that prefers shorter texts."""

    name = "fake"

    def relevances(self, question: str, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
        yield np.array([1 / len(text) for text in texts])


@pytest.fixture
def reranked(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Make services use a fake reranker. Returns the name and budget that each was opened with."""
    opened: dict[str, float] = {}

    def open_fake(name: str | None, budget_ms: float) -> SecondStage | None:
        opened[name or ""] = budget_ms
        return SecondStage(FakeReranker(), budget_ms=60_000) if name else None

    monkeypatch.setattr("semsearch.api.app.open_second_stage", open_fake)
    return opened


def first_hits(client: TestClient, q: str = "tide tables", **parameters: Any) -> list[tuple[str, bool]]:
    answer = client.get("/v1/search", params={"q": q, **parameters}).json()
    return [(hit["id"], hit["pinned"]) for hit in answer["hits"]]


def rewrite(file: Path, content: str) -> None:
    """Replace a file atomically, with another modification time."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    new = file.with_suffix(".new")
    new.write_text(content, encoding="utf-8")
    os.utime(new, ns=(before + 10**9, before + 10**9))
    new.replace(file)


def test_near_duplicates_are_collapsed_by_default(harbour: Path) -> None:
    with TestClient(service(index=harbour)) as client:
        collapsed = client.get("/v1/search", params={"q": "tide tables"}).json()
        listed = client.get("/v1/search", params={"q": "tide tables", "collapse": False}).json()
    assert [hit["id"] for hit in collapsed["hits"][:1]] == ["new"]
    assert collapsed["hits"][0]["duplicates"] == [
        {"id": "old", "title": "Tide tables", "url": None, "date": "2024-05-01"}
    ]
    assert {hit["id"] for hit in collapsed["hits"]} == {"new", "bread", "ferry"}
    assert {hit["id"] for hit in listed["hits"]} == {"old", "new", "bread", "ferry"}
    assert [hit["duplicates"] for hit in listed["hits"]] == [[]] * 4
    assert (collapsed["estimated_total_hits"], listed["estimated_total_hits"]) == (3, 4)


def test_pins_and_hidden_posts_apply_and_obey_filters(harbour: Path, tmp_path: Path) -> None:
    file = tmp_path / "curation.yaml"
    file.write_text("queries: [{query: tide tables, pin: [bread, gone], hide: [new, old]}]", encoding="utf-8")
    with TestClient(service(index=harbour, corpus=tmp_path)) as client:
        assert first_hits(client) == [("bread", True), ("ferry", False)]
        assert first_hits(client, "TIDE tables!", min_confidence=1.0) == [("bread", True)]
        assert first_hits(client, tag="sea") == [("ferry", False)]
        assert first_hits(client, "tide tables today")[0] == ("new", False)


def test_no_request_reads_a_changed_curation_file(
    harbour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pins.yaml"
    with TestClient(service(index=harbour, curation=file, poll_seconds=3_600)) as client:
        file.write_text("queries: [{query: tide tables, pin: [ferry]}]", encoding="utf-8")
        monkeypatch.setattr(Path, "read_bytes", None)
        assert first_hits(client)[0] == ("new", False)
        assert client.get("/search", params={"q": "tide tables"}).status_code == 200
        assert client.get("/v1/suggest", params={"q": "tide"}).status_code == 200
        assert client.get("/v1/posts/new/related").status_code == 200


def test_a_changed_curation_file_is_picked_up(harbour: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "pins.yaml"
    with TestClient(service(index=harbour, curation=file, poll_seconds=0.02)) as client:

        def becomes(first: tuple[str, bool]) -> None:
            deadline = time.monotonic() + 30
            while first_hits(client)[0] != first:
                assert time.monotonic() < deadline
                time.sleep(0.02)

        becomes(("new", False))  # the file does not exist yet
        rewrite(file, "queries: [{query: tide tables, pin: [ferry]}]")
        becomes(("ferry", True))
        rewrite(file, "queries: [{query: tide tables, pin: [bread]}]")
        becomes(("bread", True))
        assert caplog.records == []
        rewrite(file, "queries: [{query: tide tables, pins: [ferry]}]")
        while not caplog.records:
            time.sleep(0.02)
        for _ in range(3):
            assert first_hits(client)[0] == ("bread", True)  # the last valid content
        (record,) = caplog.records
        assert record.levelname == "ERROR"
        assert f"{file}: line 1, queries, entry 1: the key 'pins' is not known" in record.getMessage()
        file.unlink()
        becomes(("new", False))


def test_the_reranker_is_opened_from_the_settings_and_reported(harbour: Path, reranked: dict[str, float]) -> None:
    with TestClient(service(index=harbour)) as client:
        assert client.get("/v1/search", params={"q": "tide tables"}).json()["reranking"] is None
    with TestClient(service(index=harbour, reranker="one", rerank_budget_ms=50)) as client:
        response = client.get("/v1/search", params={"q": "tide tables"})
    answer = response.json()
    assert "ETag" not in response.headers  # with more time, the result might differ
    assert reranked == {"": 300.0, "one": 50.0}
    assert answer["reranking"] == {"model": "fake", "candidates": 3, "done": True}
    assert [hit["id"] for hit in answer["hits"]] == ["bread", "ferry", "new"]  # the shortest first


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "lexical"])
def test_a_response_with_all_fields_matches_its_schema(
    mode: str, harbour: Path, tmp_path: Path, reranked: dict[str, float]
) -> None:
    (tmp_path / "curation.yaml").write_text("queries: [{query: tide tabels, pin: [ferry]}]", encoding="utf-8")
    parameters: dict[str, Any] = {"q": "tide tabels", "explain": True, "mode": mode, "facets": ["tags", "year"]}
    parameters["recency_weight"] = 2
    with TestClient(service(index=harbour, corpus=tmp_path, reranker="one")) as client:
        content = client.get("/v1/search", params=parameters).json()
    answer: Any = SearchSchema.model_validate(content)
    assert answer.model_dump(mode="json") == content | {"hits": answer.model_dump(mode="json")["hits"]}
    assert answer.corrections == {"tabels": "tables"}
    assert answer.reranking is not None
    pinned, first = answer.hits[0], answer.hits[1]
    assert (pinned.id, pinned.pinned, first.pinned) == ("ferry", True, False)
    tides = next(hit for hit in answer.hits if hit.id == "new")
    assert [copy.id for copy in tides.duplicates] == ["old"]
    for hit in answer.hits:
        assert schema_of(Explanation) in type(hit.explanation).__mro__
        assert hit.explanation.score == pytest.approx(hit.score, rel=1e-5)
        assert (hit.explanation.semantic is None) == (mode == "lexical")
        assert (hit.explanation.lexical is None) == (mode == "semantic")
        assert (hit.explanation.reranking is None, hit.explanation.recency is None) == (hit.pinned, hit.pinned)


def test_an_id_may_end_in_related(build: Callable[..., Path]) -> None:
    index = build([raw_post("a"), raw_post("a/related"), raw_post("b", title="Beside both")])
    with TestClient(service(index=index)) as client:
        assert client.get("/v1/posts/a%2Frelated").json()["id"] == "a/related"
        assert client.get("/v1/posts/a/related").json()["post_id"] == "a"
        assert client.get("/v1/posts/a%2Frelated/related").json()["post_id"] == "a/related"
