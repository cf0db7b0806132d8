"""Where OpenVINO does not run, sentence-transformers carries a rebuild and the searches after it."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import pytest

import semsearch
from semsearch.encoding import opening, runtime
from tests.builders import raw_post, write_corpus
from tests.encoding.tiny import Tiny

POSTS = [
    raw_post("a", title="The tide of the town", teaser="The tide."),
    raw_post("b", title="Bread of the market", teaser="The bread. The market."),
    raw_post("c", title="Garden music", teaser="Music of the garden."),
]


@pytest.fixture(autouse=True)
def without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the module ``openvino`` one that is not installed."""
    monkeypatch.setitem(sys.modules, "openvino", None)
    for cached in (runtime._core, runtime.has_openvino):
        monkeypatch.setattr(runtime, cached.__name__, functools.cache(cached.__wrapped__))
    monkeypatch.setattr(opening, "has_openvino", runtime.has_openvino)


def test_a_corpus_is_rebuilt_and_searched_without_openvino(tmp_path: Path) -> None:
    model = str(Tiny().save(tmp_path / "model"))
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    first, second = (semsearch.rebuild(corpus, tmp_path / "index", model=model) for _ in range(2))
    assert (first.encoder, second.encoder) == ("sentence-transformers", "sentence-transformers")
    assert (first.posts, second.posts) == (3, 3)
    assert first.embedded > 0 == second.embedded
    searcher = semsearch.open(tmp_path / "index")
    assert searcher.encoder.backend == "sentence-transformers"
    assert searcher.snapshot.manifest.model.name == model
    questions = ["the tide of the town", "bread of the market", "garden music"]
    assert [searcher.search(question).hits[0].id for question in questions] == ["a", "b", "c"]
    assert sorted(hit.id for hit in searcher.related("a").hits) == ["b", "c"]
