from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.evaluation.collection import Collection
from semsearch.evaluation.runs import DEPTH, related_run, search_run
from semsearch.search import Searcher
from semsearch.search.requests import MODES, Mode

QUESTIONS = {
    "maths": "how do models learn to do maths?",
    "typo": "alignement of langage models",
    "images": "pictures",
    "nonsense": "zzqx",
    "nowhere": "",
}


def _asking(*query_ids: str) -> Collection:
    """Only the questions matter: a run is made without a look at the judgments."""
    return Collection(Path(), "search", "corpus.jsonl", QUESTIONS, {query_id: {} for query_id in query_ids})


@pytest.mark.parametrize("mode", MODES)
def test_a_run_holds_what_a_search_without_collapsing_finds(mode: Mode, demo: Searcher) -> None:
    asked = ("maths", "typo", "images", "nonsense")
    run = search_run(demo, _asking(*asked), mode)
    expected = {
        query_id: [hit.id for hit in demo.search(QUESTIONS[query_id], limit=DEPTH, mode=mode, collapse=False).hits]
        for query_id in asked
    }
    assert run == expected
    assert (run["nonsense"] == []) == (mode == "lexical")  # by meaning, every post has some distance


def test_only_judged_queries_are_searched(demo: Searcher) -> None:
    assert list(search_run(demo, _asking("images"), "semantic")) == ["images"]


def test_a_related_run_holds_the_most_related_posts_and_not_the_post_itself(demo: Searcher) -> None:
    run = related_run(demo, ["vpt", "not there"])
    assert run["vpt"] == [hit.id for hit in demo.related("vpt", limit=50, diversity=0.0, min_confidence=0).hits]
    assert len(run["vpt"]) == len(demo.snapshot) - 1
    assert run["not there"] == []
