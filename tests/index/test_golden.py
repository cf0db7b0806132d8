"""An index of format 1, made once (see golden/README.md), still opens and finds the same rows."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semsearch.corpus import load
from semsearch.index import Background, Calibration, Filter, IndexFolder, Scales, Snapshot
from semsearch.index.lexical.query_model import Condition
from tests.index.builders import looked_for

GOLDEN = Path(__file__).parent / "golden"
VERSION = "000001-20261125T003217Z"


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """Opened under another path and with other times of change, as a clone or a backup has them."""
    index = Path(shutil.copytree(GOLDEN, tmp_path_factory.mktemp("else where") / "índex"))
    for path in index.rglob("*"):
        os.utime(path, (0, 0))
    snapshot = IndexFolder(index).open()
    yield snapshot
    snapshot.close()


def test_it_is_small_and_opens_where_it_lies() -> None:
    assert sum(path.stat().st_size for path in GOLDEN.rglob("*") if path.is_file()) < 100_000
    folder = IndexFolder(GOLDEN)
    assert (folder.names(), folder.current()) == ([VERSION], VERSION)
    folder.open_newest_valid().close()
    assert not [name for name in (".lock", "building", "cache") if (GOLDEN / name).exists()]


def test_its_manifest_says_what_it_said(golden: Snapshot) -> None:
    manifest = golden.manifest
    assert (manifest.posts, manifest.passages, manifest.vectors) == (3, 7, "flat")
    assert manifest.template == "title, teaser / sentence, 1"
    assert (manifest.model.name, manifest.model.dimension) == ("all-MiniLM-L6-v2", 384)
    assert manifest.calibration.search == Background(mean=0.1, deviation=0.1)
    assert manifest.corpus_sha256 == "451d6c2132cfa2d736e376f4f9400b3744588658157d22fba19f547f4111532e"
    assert manifest.libraries["faiss-cpu"] == "1.15.1"


def test_its_posts_are_those_of_its_corpus(golden: Snapshot) -> None:
    posts = golden.documents.get(range(3))
    assert posts == list(load(GOLDEN / "posts.jsonl"))
    assert [golden.documents.ordinal(one.id) for one in posts] == [0, 1, 2]
    assert posts[0].extra == {"views": 7}


def test_its_vectors_are_found_in_the_same_order_with_the_same_cosines(golden: Snapshot) -> None:
    whole = golden.whole.vectors(np.arange(3))
    rows, scores = golden.whole.search(whole[0], 3)
    assert rows.tolist() == [0, 2, 1]
    assert scores.tolist() == pytest.approx([1, 0.18160942, 0.03169788], abs=1e-6)
    rows, scores = golden.passage_vectors.search(whole[0], 4)
    assert rows.tolist() == [1, 0, 2, 3]
    assert scores.tolist() == pytest.approx([0.7013643, 0.6571462, 0.1316133, 0.05368268], abs=1e-6)
    assert golden.passage_vectors.search(whole[0], 1, np.array([False, False, True, True]))[0].tolist() == [2]


def test_its_passages_are_the_same_sentences(golden: Snapshot) -> None:
    posts = golden.documents.get(range(3))
    sentences = []
    for row in range(len(golden.passages)):
        field, start, end = golden.passages.span(row)
        sentences.append(getattr(posts[golden.passages.post[row]], field)[start:end])
    assert sentences == [
        "A walrus came in from the ice.",
        "It ordered two cups of tea 🫖.",
        "Models run on the machine that holds them.",
        "Nothing is sent anywhere, and nobody listens.",
    ]


def test_its_words_are_found_with_the_same_scores(golden: Snapshot) -> None:
    for query, rows, best in (
        ("walruses and models", [0, 1], [1.41188669, 1.16710711]),
        ("sea", [1, 0], [0.51700401, 0.36690608]),
    ):
        words = looked_for(*golden.analyzer.terms(query))
        ordinals, scores = golden.lexical.search(words, 5)
        assert ordinals.tolist() == rows
        assert scores.tolist() == pytest.approx(best)
        for ordinal, score in zip(rows, scores.tolist(), strict=True):
            shares = golden.lexical.shares(words, ordinal, golden.documents.get([ordinal])[0], golden.analyzer)
            assert sum(share.bm25 for share in shares) == pytest.approx(score, rel=1e-5)
    assert golden.lexical.complete("run", 5).tolist() == [1]
    assert golden.lexical.complete("CAFE", 5).tolist() == [0]


@pytest.mark.parametrize(
    ("condition", "passing"),
    [
        (Filter(tags=("sea",)), [0, 1]),
        (Filter(tags=("sea", "C++"), authors=("Ada",)), [0]),
        (Filter(language="EN"), [0]),
        (Filter(date_to=dt.date(1969, 12, 31)), [1]),
        (Filter(date_from=dt.date(2024, 2, 29)), [0]),
    ],
)
def test_its_filters_pass_the_same_posts(golden: Snapshot, condition: Filter, passing: list[int]) -> None:
    mask = golden.attributes.mask(condition)
    assert mask is not None
    assert mask.nonzero()[0].tolist() == passing
    words = looked_for("walrus", "model", "line")
    assert golden.lexical.matching(words).tolist() == [0, 2, 1]
    assert sorted(golden.lexical.matching(words, Condition(condition)).tolist()) == passing


def test_what_it_has_no_record_of_is_as_it_was_then(golden: Snapshot) -> None:
    """All of it was stemmed as English, and its misspelt words are not corrected."""
    assert golden.manifest.languages == {"en": 1}
    assert golden.manifest.main_languages == ("en",)
    assert golden.vocabulary.near("walrux") == ()
    assert golden.manifest.calibration.hybrid == Calibration(Background(0, 1)).hybrid


def test_it_has_nothing_of_what_related_posts_are_found_by_today(golden: Snapshot) -> None:
    assert golden.manifest.scales == Scales()
    assert golden.related is None
    assert (len(golden.terms), golden.terms.width) == (3, 0)
    assert golden.terms.of({"walrus": 1}).columns.tolist() == []
    assert golden.attributes.work_of.tolist() == [0, 1, 2]
    assert golden.attributes.column("series").values == ()
    addresses = [one.url for one in golden.documents.get(range(3)) if one.url]
    assert golden.attributes.at([*addresses, ""]).tolist() == []


def test_its_facets_count_the_same(golden: Snapshot) -> None:
    assert golden.attributes.facet("tags", None) == {"sea": 2, "C++": 1}
    assert golden.attributes.facet("year", None) == {"1969": 1, "2024": 1}
    assert golden.attributes.copy_of.tolist() == [0, 1, 2]
