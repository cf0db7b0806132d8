from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path

import pytest

from semsearch.search import Searcher, SearchRequest
from semsearch.search.curation import CurationFile
from semsearch.search.results import Passage, new_request_id, to_json
from semsearch.search.second_stage import SecondStage
from tests.search.fakes import FakeReranker, planted, searcher_of


def test_search_json_matches_the_contract(demo: Searcher) -> None:
    result = demo.search("math olympiad", limit=1, tags=["reasoning"], facets=["tags"])
    body = json.loads(json.dumps(to_json(result)))
    assert isinstance(body.pop("processing_time_ms"), float)
    assert len(body.pop("request_id")) == 32
    (hit,) = body.pop("hits")
    assert body == {
        "query": "math olympiad",
        "limit": 1,
        "offset": 0,
        "estimated_total_hits": 2,
        "answerable": True,
        "corrections": {},
        "missing": [],
        "facets": {"tags": {"mathematics": 2, "reasoning": 2, "language models": 1}},
        "reranking": None,
        "synonyms": {},
        "redirect": None,
        "unknown": [],
        "curated": [],
        "index_version": demo.snapshot.version,
    }
    assert list(hit) == [
        "id",
        "title",
        "teaser",
        "url",
        "date",
        "tags",
        "authors",
        "score",
        "confidence",
        "passage",
        "highlights",
        "image",
        "language",
        "section",
        "pinned",
        "duplicates",
        "reasons",
    ]
    assert (hit["id"], hit["tags"], hit["authors"]) == ("formal-math", ["mathematics", "reasoning"], [])
    assert hit["highlights"]["title"] == [[22, 35]]
    assert hit["reasons"] == []
    assert list(hit["passage"]) == ["field", "start", "end", "text"]


def test_explanation_has_a_score_and_null_for_missing_parts(demo: Searcher) -> None:
    (hit,) = to_json(demo.search("maths", mode="semantic", limit=1, explain=True))["hits"]
    assert list(hit["explanation"]) == [
        "semantic",
        "lexical",
        "semantic_weight",
        "lexical_weight",
        "recency",
        "reranking",
        "feedback",
        "language",
        "score",
    ]
    assert list(hit["explanation"]["semantic"]) == [
        "whole",
        "passage",
        "hubness",
        "background_mean",
        "background_deviation",
    ]
    assert hit["explanation"]["lexical"] is None
    assert hit["explanation"]["score"] == hit["score"]


def test_the_json_of_related_posts_and_completions(demo: Searcher) -> None:
    related = to_json(demo.related("vpt", limit=1, explain=True))
    assert list(related) == ["post_id", "hits", "limit", "processing_time_ms", "index_version", "request_id"]
    assert related["post_id"] == "vpt"
    (hit,) = related["hits"]
    assert hit["passage"] is None
    assert hit["highlights"] == {}
    explanation = hit["explanation"]
    assert list(explanation) == [
        "meaning",
        "words",
        "time",
        "tags",
        "authors",
        "series",
        "crowd",
        "unlike",
        "score",
    ]
    assert explanation["score"] == hit["score"]
    # What is of the same kind for all is worth half of what it is, but for the crowd around a post: a quarter.
    halves = [explanation[part] for part in ("time", "tags", "authors", "series")]
    worth = [explanation["meaning"], explanation["words"], sum(halves) / 2, -explanation["crowd"] / 4]
    assert sum(worth) == pytest.approx(hit["score"])
    assert explanation["unlike"] == 0.0
    reasons = [reason for other in to_json(demo.related("formal-math"))["hits"] for reason in other["reasons"]]
    assert {tuple(reason) for reason in reasons} == {("kind", "values")}
    assert all(isinstance(value, str) for reason in hit["reasons"] for value in reason["values"])

    completions = to_json(demo.suggest("minecr"))
    assert completions["suggestions"] == [
        {
            "text": "Learning to Play Minecraft with Video PreTraining (VPT)",
            "id": "vpt",
            "url": "https://openai.com/index/vpt/",
        }
    ]


def test_json_has_pins_reranking_and_near_duplicates(tmp_path: Path) -> None:
    posts = [
        planted("old", (1.0, 0.1), title="alpha beta", date="2020-01-01"),
        planted("new", (1.0, 0.0), title="alpha beta", date="2024-01-01", url="https://example.org/new"),
        planted("pin", (0.0, 1.0), title="gamma"),
    ]
    (tmp_path / "curation.yaml").write_text("queries: [{query: alphaa, pin: [pin]}]", encoding="utf-8")
    searcher = dataclasses.replace(
        searcher_of(tmp_path / "version", posts, {"alpha": (1.0, 0.0)}),
        curation=CurationFile(tmp_path / "curation.yaml"),
        second_stage=SecondStage(FakeReranker(name="a model"), budget_ms=1e9),
    )
    body = to_json(searcher.search("alphaa", explain=True, recency_weight=1, recency_origin="2024-01-01"))
    assert body["corrections"] == {"alphaa": "alpha"}
    assert body["reranking"] == {"model": "a model", "candidates": 1, "done": True}
    pin, new = body["hits"]
    assert (pin["id"], pin["pinned"], pin["duplicates"]) == ("pin", True, [])
    assert (new["id"], new["pinned"]) == ("new", False)
    assert new["duplicates"] == [{"id": "old", "title": "alpha beta", "url": None, "date": "2020-01-01"}]
    assert (pin["explanation"]["recency"], pin["explanation"]["reranking"]) == (None, None)
    assert new["explanation"]["recency"] == {"weight": 1, "freshness": 1.0, "confidence": new["confidence"]}
    assert list(new["explanation"]["reranking"]) == ["relevance", "lowest", "highest"]
    (word,) = new["explanation"]["lexical"]["words"]
    assert word | {"bm25": None} == {
        "word": "alphaa",
        "term": "alpha",
        "field": "title",
        "frequency": 1,
        "bm25": None,
    }


def test_plain_values_are_unchanged_in_json() -> None:
    assert to_json({"a": (1, None, "x"), "b": [Passage("body", 0, 1, "y")]}) == {
        "a": [1, None, "x"],
        "b": [{"field": "body", "start": 0, "end": 1, "text": "y"}],
    }


def test_request_ids_differ() -> None:
    assert len({new_request_id() for _ in range(1_000)}) == 1_000


def test_facet_confidence_limits_facets_to_confident_hits(demo: Searcher) -> None:
    """Semantically every post matches, so facets over all matches do not depend on the query."""
    request = SearchRequest("grade school maths", facets=("year", "tags"), facet_confidence=0.5)
    result = demo.run_search(request)
    sure = [hit for hit in result.hits if hit.confidence >= 0.5]
    assert 0 < len(sure) < result.estimated_total_hits == len(result.hits)
    assert sum(result.facets["year"].values()) == len(sure)
    assert result.facets["tags"].keys() == {tag for hit in sure for tag in hit.tags}
    assert sum(demo.run_search(dataclasses.replace(request, facet_confidence=0.0)).facets["year"].values()) == 9
    assert demo.run_search(dataclasses.replace(request, q="how long do I boil an egg?")).facets == {
        "year": {},
        "tags": {},
    }


def test_facets_count_what_min_confidence_leaves(demo: Searcher) -> None:
    shown = demo.search("grade school maths", facets=["tags"], min_confidence=0.5, limit=100)
    counts = Counter(tag for hit in shown.hits for tag in hit.tags)
    assert shown.facets["tags"] == dict(counts)
    assert len(shown.hits) == shown.estimated_total_hits < len(demo.snapshot)
    surer = demo.search("grade school maths", facets=["tags"], min_confidence=0.5, facet_confidence=0.1)
    assert surer.facets == shown.facets, "the higher of the two counts"
