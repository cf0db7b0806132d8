"""A version that was made once (see golden/README.md) still opens and gives the same answers."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from semsearch.corpus import load
from semsearch.index import Filter, IndexFolder, Snapshot
from semsearch.index.attributes import content_digest
from semsearch.index.lexical.query_model import Condition
from semsearch.index.storage.manifest import FORMAT
from semsearch.posts import Post, Section
from tests.index.builders import query_words_of

GOLDEN = Path(__file__).parent / "golden"
VERSION = "000001-20261130T220949Z"


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The version, copied to another path and with other modification times, as in a clone or a backup."""
    index = Path(shutil.copytree(GOLDEN, tmp_path_factory.mktemp("else where") / "índex"))
    for path in index.rglob("*"):
        os.utime(path, (0, 0))
    snapshot = IndexFolder(index).open()
    yield snapshot
    snapshot.close()


def test_it_is_small_and_opens_in_place_without_writing() -> None:
    assert sum(path.stat().st_size for path in GOLDEN.rglob("*") if path.is_file()) < 100_000
    folder = IndexFolder(GOLDEN)
    assert (folder.names(), folder.current()) == ([VERSION], VERSION)
    folder.open_newest_valid().close()
    assert not [name for name in (".lock", "building", "cache") if (GOLDEN / name).exists()]


def test_manifest(golden: Snapshot) -> None:
    manifest = golden.manifest
    assert manifest.format == FORMAT == 5
    assert (manifest.posts, manifest.passages, manifest.vectors) == (6, 14, "flat / flat")
    assert manifest.template == "title, teaser / sentence, 1"
    assert (manifest.model.name, manifest.model.dimension) == ("all-MiniLM-L6-v2", 384)
    assert manifest.calibration.search.mean == 0.1696417064666748
    assert manifest.calibration.posts.mean == 0.15076204848289487
    assert manifest.calibration.hybrid.deviation == 1.9135475391213173
    assert manifest.scales.tail.slope == 0.3482466036045534
    assert manifest.languages == {"en": 5, "de": 1}
    assert manifest.main_languages == ("en", "de")
    assert manifest.corpus_sha256 == "939189a54ec004cac38099e0455e5a754185c9cc718336e69ec018092d66907e"
    assert manifest.corpus_files_sha256 == "95fb1b1ef126047fda638bcf1438108de934f147371482c557b154c6c2cb674f"
    assert manifest.libraries["faiss-cpu"] == "1.15.1"


def test_posts(golden: Snapshot) -> None:
    posts = golden.documents.get(range(6))
    read = [one for one in load(GOLDEN / "posts.jsonl") if isinstance(one, Post)]
    assert [one.language for one in posts] == ["en-GB", "en", None, "de", "en", None], "two were detected"
    assert posts[:4] == [read[0], replace(read[1], language="en"), *read[2:4]]
    assert [golden.documents.ordinal(one.id) for one in posts] == list(range(6))
    assert posts[0].extra == {"views": 7}
    assert (posts[0].updated, posts[0].image) == ("2024-03-05", "/walrus.png")
    assert posts[1].sections == (Section("Privacy", "privacy", 43, 88),)
    assert posts[3].translation_of == "walrus"
    assert (posts[4].series, posts[4].tags) == ("Sea animals", ("sea",)), "the file has the tag Sea"


def test_vectors_and_similarities(golden: Snapshot) -> None:
    [query] = golden.post_vectors.vectors(np.array([0]))
    rows, similarities = golden.post_vectors.search(query, 6)
    assert rows.tolist() == [0, 4, 3, 5, 2, 1]
    expected = [1.0, 0.5866636, 0.3046116, 0.1926913, 0.1814463, 0.0313776]
    assert similarities.tolist() == pytest.approx(expected, abs=1e-6)
    rows, similarities = golden.passage_vectors.search(query, 4)
    assert rows.tolist() == [1, 0, 7, 6]
    assert similarities.tolist() == pytest.approx([0.7015677, 0.6573983, 0.5432602, 0.3929864], abs=1e-6)
    assert golden.passage_vectors.search(query, 1, np.arange(8) % 2 == 0)[0].tolist() == [0]


def test_passages(golden: Snapshot) -> None:
    posts = golden.documents.get(range(6))
    sentences = []
    for row in range(len(golden.passages)):
        field, start, end = golden.passages.span(row)
        sentences.append(getattr(posts[golden.passages.post[row]], field)[start:end])
    assert sentences == [
        "A walrus came in from the ice.",
        "It ordered two cups of tea 🫖.",
        "Models run on the machine that holds them.",
        "Nothing is sent anywhere, and nobody listens.",
        "Ein Walross kam vom Eis herein.",
        "Es bestellte zwei Tassen Tee.",
        "A seal came in from the ice.",
        "It asked for a walrus.",
    ]


@pytest.mark.parametrize(
    ("query", "ordinals", "scores"),
    [
        ("walruses and models", [1, 0, 4], [2.6094449, 1.6135408, 0.8437569]),
        ("sea", [4, 1, 3, 0], [0.7270666, 0.6349958, 0.5704929, 0.5377199]),
    ],
)
def test_words_and_scores(golden: Snapshot, query: str, ordinals: list[int], scores: list[float]) -> None:
    words = query_words_of(*golden.analyzer.terms(query))
    found, found_scores = golden.lexical.search(words, 5)
    assert found.tolist() == ordinals
    assert found_scores.tolist() == pytest.approx(scores)
    for ordinal, score in zip(ordinals, scores, strict=True):
        [one] = golden.documents.get([ordinal])
        contributions = golden.lexical.contributions(words, ordinal, one, golden.analyzer)
        assert sum(contribution.bm25 for contribution in contributions) == pytest.approx(score, rel=1e-5)


def test_completions_and_corrections(golden: Snapshot) -> None:
    assert golden.lexical.complete(["run"], 5).tolist() == [1]
    assert sorted(golden.lexical.complete(["cafe"], 5).tolist()) == [0, 3]
    assert golden.vocabulary.similar_words("walrux") == (("walrus", 1),)


@pytest.mark.parametrize(
    ("condition", "passing"),
    [
        (Filter(tags=("sea",)), [0, 1, 3, 4]),
        (Filter(tags=("SEA", "c++"), authors=("Ada",)), [0]),
        (Filter(language="EN"), [0, 1, 4]),
        (Filter(date_to=dt.date(1969, 12, 31)), [1]),
        (Filter(date_from=dt.date(2024, 2, 29)), [0, 3]),
    ],
)
def test_filters(golden: Snapshot, condition: Filter, passing: list[int]) -> None:
    mask = golden.attributes.mask(condition)
    assert mask is not None
    assert mask.nonzero()[0].tolist() == passing
    assert sorted(golden.lexical.satisfying(Condition(condition)).tolist()) == passing


def test_attributes(golden: Snapshot) -> None:
    attributes = golden.attributes
    read = [one for one in load(GOLDEN / "posts.jsonl") if isinstance(one, Post)]
    stored = golden.documents.get(range(6))
    as_read = [replace(one, language=found.language) for one, found in zip(read, stored, strict=True)]
    assert attributes.facet("tags", None) == {"sea": 4, "C++": 1}
    assert attributes.facet("year", None) == {"2024": 2, "1969": 1}
    assert attributes.duplicate_group.tolist() == [0, 1, 2, 3, 4, 2]
    assert attributes.work_of.tolist() == [0, 1, 2, 0, 4, 2]
    assert attributes.column("series").values == ("sea animals",)
    assert attributes.digest.tolist() == [content_digest(one) for one in as_read]
    assert attributes.ordinals_at(["https://www.example.org/walrus/"]).tolist() == [0]


def test_terms(golden: Snapshot) -> None:
    assert (len(golden.terms), golden.terms.width) == (6, 36)
    rows = golden.terms.rows
    terms = [golden.terms.term(column) for column in rows.columns[: rows.begins[1]].tolist()]
    assert terms == ["cafe", "came", "cup", "ice", "order", "tea", "two", "walrus", "🫖"]
    assert rows.weights[:2].tolist() == pytest.approx([0.5854492, 0.1865234])
    assert golden.terms.vectorize({"walrus": 1}).weights.tolist() == [1.0]


def test_hubness(golden: Snapshot) -> None:
    nearness = [0.2664958, 0.0077921, 0.1205641, 0.0771391, 0.2502934, 0.1154531]
    assert golden.hubness.nearness.tolist() == pytest.approx(nearness, abs=1e-6)
    assert golden.hubness.excess[0] == pytest.approx(nearness[0] - sum(nearness) / 6, abs=1e-6)


def test_related_posts(golden: Snapshot) -> None:
    ordinals, scores = golden.related.candidates(0)
    assert ordinals.tolist() == [4, 2, 1]
    assert scores.tolist() == pytest.approx([1.8842802, -0.2509179, -0.3534565], abs=1e-6)
    assert [golden.related.listed(ordinal).tolist() for ordinal in (0, 2, 4)] == [[0], [], [0]]
    assert golden.related.lists(2).tolist() == [[4, -1], [-1, -1], [-1, -1], [-1, -1], [0, -1], [-1, -1]]
    assert golden.related.hubness(np.array([0, 1])).tolist() == pytest.approx([0.6116088, -0.3305767], abs=1e-6)
    [query] = golden.post_vectors.vectors(np.array([0]))
    assert float(golden.related.centres[0].astype(np.float32) @ query) == pytest.approx(0.9745112, abs=1e-5)
