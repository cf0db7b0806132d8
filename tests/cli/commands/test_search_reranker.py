from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.search import Searcher
from tests.builders import Command
from tests.cli.outputs import parse_json_line
from tests.encoding.tiny import TinyReranker


def test_a_reranker_reorders_the_first_hits(
    command: Command,
    demo_index: Path,
    demo: Searcher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SEMSEARCH_RERANK_BUDGET_MS", "60000")
    folder = TinyReranker().save(tmp_path / "cross-encoder")
    capsys.readouterr()  # discard what saving the model prints
    outcome = command("search", "models", "--index", demo_index, "--reranker", folder, "--explain", "--json")
    answer = parse_json_line(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert answer["reranking"] == {"model": str(folder), "candidates": 9, "done": True}
    hits = answer["hits"]
    assert isinstance(hits, list)
    first = {hit.id: hit for hit in demo.search("models").hits}
    assert {hit["id"]: hit["confidence"] for hit in hits} == {key: hit.confidence for key, hit in first.items()}
    relevances = [hit["explanation"]["reranking"]["relevance"] for hit in hits]
    assert relevances == sorted(relevances, reverse=True)
    assert [hit["id"] for hit in hits] != list(first)
