"""The public Python interface has the names and defaults of the documentation."""

from __future__ import annotations

import doctest
import inspect
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.search import Hit, RelatedResult, SearchResult, SuggestResult
from tests.builders import ROOT, raw_post, write_corpus


def _defaults(function: Any) -> dict[str, object]:
    parameters = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not one.empty}


def test_public_names_are_available() -> None:
    assert set(semsearch.__all__) == {
        "AsyncClient", "Client", "Post", "Report", "Searcher", "SemsearchError", "open", "rebuild",
    }  # fmt: skip
    for name in semsearch.__all__:
        assert getattr(semsearch, name).__module__.startswith("semsearch.")
        assert name in dir(semsearch)
    with pytest.raises(AttributeError, match="'semsearch' has no attribute 'serach'"):
        _ = semsearch.serach


def test_importing_it_loads_nothing_slow() -> None:
    """Loading FAISS, OpenVINO or torch takes longer than most commands run."""
    slow = "{'numpy', 'faiss', 'tantivy', 'openvino', 'torch', 'fastapi', 'httpx', 'sentence_transformers'}"
    code = f"import sys, semsearch; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_rebuild_reports_what_it_did(index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(
        tmp_path / "corpus",
        [raw_post(f"p{number}", teaser="One sentence on bread. Another sentence on cheese.") for number in range(12)]
        + ["not json"],
    )
    report = semsearch.rebuild(corpus, index)
    assert isinstance(report, semsearch.Report)
    assert (report.posts, report.rejected, report.passages) == (12, 1, 36)
    assert (report.rejections[0].line, report.model) == (13, "all-MiniLM-L6-v2")
    assert report.version == (index / "CURRENT").read_text(encoding="utf-8").strip()
    # Twelve wholes and the two sentences, once; the other 22 rows have sentences of the same text.
    assert (report.embedded, report.reused) == (14, 22)
    assert report.posts_per_second == pytest.approx(12 / report.seconds)

    again = semsearch.rebuild(str(corpus), str(index))
    assert (again.embedded, again.reused) == (0, 36)
    assert again.version != report.version


def test_index_can_be_opened_and_searched(demo_index: Path) -> None:
    searcher = semsearch.open(demo_index)
    assert isinstance(searcher, semsearch.Searcher)
    found = searcher.search("how do models do maths?", limit=3)
    assert isinstance(found, SearchResult)
    assert found.hits[0].id == "solving-math-word-problems"
    assert len(found.hits) == 3
    related = searcher.related("vpt", limit=2)
    assert isinstance(related, RelatedResult)
    assert all(isinstance(hit, Hit) for hit in related.hits)
    assert related.hits[0].id == "dall-e-2-pre-training-mitigations"
    suggested = searcher.suggest("solv")
    assert isinstance(suggested, SuggestResult)
    assert {suggestion.id for suggestion in suggested.suggestions} == {"formal-math", "solving-math-word-problems"}
    post = searcher.post("vpt")
    assert isinstance(post, semsearch.Post)
    assert post.date == "2022-06-23"
    searcher.snapshot.close()


def test_parameters_have_the_defaults_of_the_documentation() -> None:
    assert _defaults(semsearch.Searcher.search) == {
        "min_confidence": 0.0,
        "explain": False,
        "limit": 10,
        "offset": 0,
        "mode": "hybrid",
        "semantic_ratio": 0.5,
        "facets": (),
        "highlight": True,
        "collapse": True,
        "recency_weight": 0.0,
        "recency_scale": 365.0,
        "recency_decay": 0.5,
        "recency_origin": None,
        "facet_confidence": 0.0,
        "page_language": None,
    }
    assert _defaults(semsearch.Searcher.related) == {
        "min_confidence": 0.3,
        "explain": False,
        "texts": (),
        "negative": (),
        "negative_texts": (),
        "limit": 5,
        "diversity": 0.3,
        "exclude": (),
        "exclude_linked": False,
        "newer": True,
    }
    assert _defaults(semsearch.Searcher.suggest) == {"limit": 5}
    assert _defaults(semsearch.rebuild)["corpus"] == "corpus"
    assert _defaults(semsearch.rebuild)["index"] == _defaults(semsearch.open)["index"] == "index"


def test_every_error_is_of_one_tree(index: Path, demo_index: Path) -> None:
    with pytest.raises(semsearch.SemsearchError, match="semsearch rebuild --index"):
        semsearch.open(index)
    with pytest.raises(semsearch.SemsearchError, match="no corpus at"):
        semsearch.rebuild(index / "nowhere", index)
    searcher = semsearch.open(demo_index)
    for ask in (lambda: searcher.search(""), lambda: searcher.related("nobody"), lambda: searcher.post("nobody")):
        with pytest.raises(semsearch.SemsearchError):
            ask()


def test_docstring_example_runs(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with a ``corpus``, as a reader of the docstring has."""
    shutil.copytree(ROOT / "corpus", index.parent / "corpus")
    monkeypatch.chdir(index.parent)
    names: dict[str, Any] = {}
    examples = doctest.DocTestParser().get_examples(semsearch.__doc__ or "")
    assert len(examples) == 4
    answers = [eval(compile(one.source, "example", "single"), names) for one in examples]
    assert len(answers) == 4
    assert names["searcher"].search("how do models do maths?").hits[0].id == "solving-math-word-problems"
