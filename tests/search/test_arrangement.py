"""Order of hits in whole searches: near-duplicates, pinned and hidden posts, reranking."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.index.attributes import MAX_DUPLICATES
from semsearch.ranking import matches, ranker
from semsearch.search import Searcher
from semsearch.search.curation import CurationFile
from semsearch.search.requests import MODES, Mode
from semsearch.search.results import Hit, Reranking
from semsearch.search.second_stage import SecondStage
from tests.builders import write_corpus
from tests.search.fakes import FakeReranker, planted, relevance, searcher_of

Build = Callable[[Iterable[Mapping[str, Any] | str]], Path]


def _ids(searcher: Searcher, q: str, **parameters: Any) -> list[str]:
    return [hit.id for hit in searcher.search(q, **parameters).hits]


# --- near-duplicates --------------------------------------------------------------------------------------------------

GROUPS = {"even": ("a0", "a1", "a2"), "odd": ("b0", "b1"), "lone": ("c0",), "undated": ("d0", "d1")}
DATES = {"a0": "2024-05-01", "a1": "2025-01-31", "a2": "2025-01-31", "b0": "2020-01-01", "b1": "2019-12-31"}
NEWEST = ["a1", "b0", "c0", "d0"]  # of two of one day, and of two without one, the first


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Groups of posts with equal texts and different vectors."""
    posts = [
        planted(
            post_id,
            (1.0, 0.1 * place + number),
            title=f"alpha {group}",
            tags=("first",) if place == 0 else ("other",),
            date=DATES.get(post_id),
        )
        for number, (group, ids) in enumerate(GROUPS.items())
        for place, post_id in enumerate(ids)
    ]
    return searcher_of(tmp_path_factory.mktemp("copied") / "version", posts, {"alpha": (1.0, 0.0)})


@pytest.mark.parametrize("mode", MODES)
def test_newest_near_duplicate_represents_its_group(copied: Searcher, mode: Mode) -> None:
    result = copied.search("alpha", mode=mode)
    assert {hit.id: [copy.id for copy in hit.duplicates] for hit in result.hits} == {
        "a1": ["a0", "a2"],
        "b0": ["b1"],
        "c0": [],
        "d0": ["d1"],
    }
    assert result.estimated_total_hits == 4
    first = next(hit for hit in result.hits if hit.id == "a1").duplicates[0]
    assert (first.title, first.url, first.date) == ("alpha even", None, "2024-05-01")


@pytest.mark.parametrize("mode", MODES)
def test_near_duplicates_are_separate_hits_without_collapse(copied: Searcher, mode: Mode) -> None:
    result = copied.search("alpha", mode=mode, collapse=False)
    assert sorted(hit.id for hit in result.hits) == sorted(post_id for ids in GROUPS.values() for post_id in ids)
    assert all(hit.duplicates == () for hit in result.hits)
    assert result.estimated_total_hits == 8


@pytest.mark.parametrize("mode", MODES)
def test_representative_is_chosen_among_posts_that_pass_the_filter(copied: Searcher, mode: Mode) -> None:
    result = copied.search("alpha", mode=mode, tags=["first"])
    assert {hit.id: hit.duplicates for hit in result.hits} == {"a0": (), "b0": (), "c0": (), "d0": ()}
    assert result.estimated_total_hits == 4
    other = copied.search("alpha", mode=mode, tags=["other"], facets=["tags"])
    assert {hit.id: [copy.id for copy in hit.duplicates] for hit in other.hits} == {"a1": ["a2"], "b1": [], "d1": []}
    assert other.estimated_total_hits == 3
    assert other.facets == {"tags": {"other": 4}}  # facets count posts


def _long(number: int, copy: int) -> str:
    """A text of fifty distinct words; near-duplicates have one more word."""
    words = " ".join(f"w{number}x{word}" for word in range(50))
    return f"Soil {words}{' again' * copy}."


def test_pages_contain_every_post_once(build: Build) -> None:
    posts = [
        {
            "id": f"p{number}-{copy}",
            "title": f"Post {number}",
            "teaser": _long(number, copy),
            "date": f"202{copy}-01-01",
        }
        for number in range(9)
        for copy in range(1 + number % 3)
    ]
    searcher = semsearch.open(build(posts))
    newest = {f"p{number}-{number % 3}" for number in range(9)}
    for mode, size in itertools.product(MODES, (1, 4, 7)):
        found: list[Hit] = []
        while hits := searcher.search("soil post", mode=mode, limit=size, offset=len(found)).hits:
            found += hits
        assert len(found) == len({hit.id for hit in found}) == 9
        assert {hit.id for hit in found} == newest
        assert {hit.id: len(hit.duplicates) for hit in found} == {post_id: int(post_id[-1]) for post_id in newest}
        assert searcher.search("soil post", mode=mode).estimated_total_hits == 9
        whole = [hit.id for hit in searcher.search("soil post", mode=mode, limit=100).hits]
        assert [hit.id for hit in found] == whole


def test_near_duplicate_outside_the_candidates_is_still_listed(tmp_path: Path) -> None:
    """The near-duplicate is ranked behind all candidates, and no other post has one."""
    words: dict[str, Any] = {"title": "alpha", "teaser": _long(0, 0)}
    posts = [planted("near", (1.0, 0.0), **words), planted("far", (-1.0, 0.0), **words)]
    posts += [planted(f"p{number}", (1.0, 1.0 + number), title=f"beta {number}") for number in range(1_300)]
    searcher = searcher_of(tmp_path / "version", posts, {"alpha": (1.0, 0.0)})
    best, second = searcher.search("alpha", mode="semantic", limit=2).hits
    assert (best.id, [copy.id for copy in best.duplicates]) == ("near", ["far"])
    assert (second.id, second.duplicates) == ("p0", ())


def test_collapsing_many_hits_does_not_shorten_the_page(tmp_path: Path) -> None:
    """At any depth, since most of the first fifteen hundred posts are near-duplicates of one."""
    posts = [planted(f"same{number}", (1.0, 0.0), title="alpha") for number in range(1_500)]
    posts += [planted(f"p{number}", (1.0, 1.0 + number), title=f"beta {number}") for number in range(90)]
    searcher = searcher_of(tmp_path / "version", posts, {"alpha": (1.0, 0.0)})
    for mode in ("semantic", "hybrid"):
        result = searcher.search("alpha", mode=mode, limit=50)
        assert [hit.id for hit in result.hits] == ["same0", *(f"p{number}" for number in range(49))]
        assert len(result.hits[0].duplicates) == MAX_DUPLICATES
        assert result.estimated_total_hits == 91


def test_newer_near_duplicate_with_a_lower_score_is_no_representative(build: Build) -> None:
    posts = [
        {"id": "old", "title": "How to bake sourdough bread", "teaser": _long(1, 1), "date": "2020-01-01"},
        {"id": "new", "title": "From our archive", "teaser": _long(1, 1), "date": "2024-01-01"},
        *({"id": f"x{number}", "title": f"Chess {number}", "teaser": _long(number, 2)} for number in range(2, 9)),
    ]
    searcher = semsearch.open(build(posts))
    for mode in ("hybrid", "lexical"):
        best = searcher.search("how to bake sourdough bread", mode=mode).hits[0]
        assert (best.id, [copy.id for copy in best.duplicates]) == ("old", ["new"])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("parameters", [{}, {"recency_weight": 2.0, "recency_origin": "2024-01-01"}])
def test_pages_contain_every_post_once_beyond_the_first_candidate_depth(
    tmp_path: Path, mode: Mode, parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (matches, ranker):
        monkeypatch.setattr(module, "DEPTHS", (5, 40))
    posts = [
        planted(f"p{number}", (10.0, 1.0 + number), title=f"alpha {number}", date=f"20{23 - number % 20:02}-01-01")
        for number in range(30)
    ]
    searcher = searcher_of(tmp_path / "version", posts, {"alpha": (1.0, 0.0)})
    whole = _ids(searcher, "alpha", mode=mode, limit=30, **parameters)
    pages = [_ids(searcher, "alpha", mode=mode, limit=4, offset=offset, **parameters) for offset in range(0, 30, 4)]
    assert [post_id for page in pages for post_id in page] == whole
    assert len(set(whole)) == 30


# --- pins and hidden posts --------------------------------------------------------------------------------------------

BEACH: list[dict[str, Any]] = [
    {"id": "tides", "title": "Tides and the moon", "teaser": "Why the sea comes and goes.", "tags": ["sea"]},
    {
        "id": "sand",
        "title": "Sand castles",
        "teaser": "How wet sand holds together by the sea.",
        "tags": ["sea", "play"],
    },
    {"id": "bread", "title": "Sourdough bread", "teaser": "Flour, water and patience.", "date": "2024-01-01"},
    {"id": "chess", "title": "Chess openings", "teaser": "The first ten moves.", "tags": ["play"]},
    {"id": "ships", "title": "Ships in a bottle", "teaser": "A sailor's pastime, far from the sea.", "tags": ["sea"]},
]
CURATION = """\
queries:
  - query: sea
    pin: [chess, nowhere, bread]
  - query: the tides
    hide: [tides]
    pin: [ships]
hide: [sand]
"""


@pytest.fixture(scope="module")
def beach_index(build: Build) -> Path:
    return build(BEACH)


@pytest.fixture
def beach(beach_index: Path, tmp_path: Path) -> Searcher:
    (tmp_path / "curation.yaml").write_text(CURATION, encoding="utf-8")
    return semsearch.open(beach_index, curation=tmp_path / "curation.yaml")


@pytest.mark.parametrize("mode", MODES)
def test_pinned_posts_come_first_and_other_hits_keep_their_order(beach: Searcher, mode: Mode) -> None:
    plain = replace(beach, curation=None).search("SEA!", mode=mode).hits
    hits = beach.search("SEA!", mode=mode).hits
    assert [(hit.id, hit.pinned) for hit in hits[:2]] == [("chess", True), ("bread", True)]
    assert not any(hit.pinned for hit in hits[2:])
    pinned = {"chess", "bread"}
    assert hits[2:] == tuple(hit for hit in plain if hit.id not in {*pinned, "sand"})
    assert hits[2:]
    scores = {hit.id: hit.score for hit in plain}
    assert all(
        hit.score == pytest.approx(scores.get(hit.id, 0.0), rel=1e-5, abs=1e-5) for hit in hits[:2]
    )  # a pin is worth no points


@pytest.mark.parametrize("mode", MODES)
def test_pinned_posts_must_pass_the_filter(beach: Searcher, mode: Mode) -> None:
    assert _ids(beach, "sea", mode=mode, tags=["play"]) == ["chess"]
    assert _ids(beach, "sea", mode=mode, date_from="2024-01-01") == ["bread"]
    assert set(_ids(beach, "sea", mode=mode, tags=["sea"])) == {"tides", "ships"}


@pytest.mark.parametrize("mode", MODES)
def test_hidden_posts_are_never_hits(beach: Searcher, mode: Mode) -> None:
    for q in ("sand castles", "wet sand", "sea", '"sand castles"', "how does sand hold together"):
        assert "sand" not in _ids(beach, q, mode=mode)
        assert "sand" not in _ids(beach, q, mode=mode, tags=["sea"], collapse=False, recency_weight=1)
    assert "tides" not in _ids(beach, "the tides", mode=mode)
    assert _ids(beach, "the tides", mode=mode)[0] == "ships"
    assert "tides" in _ids(beach, "tides", mode=mode)


def test_hidden_posts_are_not_counted_suggested_or_related(beach: Searcher) -> None:
    for mode in MODES:
        result = beach.search("wet sand by the sea", mode=mode, facets=["tags"])
        assert "sand" not in {hit.id for hit in result.hits}
        assert result.estimated_total_hits == len(result.hits)
        assert result.facets["tags"]["sea"] == 2
    assert beach.suggest("sand").suggestions == ()
    assert "sand" not in [hit.id for hit in beach.related("tides").hits]


@pytest.mark.parametrize("mode", MODES)
def test_pins_are_on_the_first_page_only_and_pages_contain_every_post_once(beach: Searcher, mode: Mode) -> None:
    pages = [_ids(beach, "sea", mode=mode, limit=1, offset=offset) for offset in range(6)]
    found = [post_id for page in pages for post_id in page]
    assert found[:2] == ["chess", "bread"]
    assert found == _ids(beach, "sea", mode=mode)
    assert len(found) == len(set(found)) == 4


def test_pinning_keeps_the_confidence_and_overrides_min_confidence(beach: Searcher) -> None:
    result = beach.search("sea", min_confidence=1.0)
    assert [hit.id for hit in result.hits] == ["chess", "bread"]
    assert all(hit.confidence < 0.5 for hit in result.hits)
    assert not beach.search("what is it", min_confidence=1.0).hits


def test_pins_apply_to_a_new_version_and_after_the_file_changes(beach_index: Path, tmp_path: Path, index: Path) -> None:
    file = tmp_path / "curation.yaml"
    file.write_text("queries: [{query: sea, pin: [new]}]", encoding="utf-8")
    semsearch.rebuild(write_corpus(tmp_path / "corpus", BEACH), index)
    curation = CurationFile(file)
    assert not replace(semsearch.open(index), curation=curation).search("sea").hits[0].pinned
    semsearch.rebuild(write_corpus(tmp_path / "corpus", [*BEACH, {"id": "new", "title": "Knitting"}]), index)
    searcher = replace(semsearch.open(index), curation=curation)
    assert [(hit.id, hit.pinned) for hit in searcher.search("sea").hits[:1]] == [("new", True)]
    file.write_text("queries: [{query: sea, pin: [bread, new]}]", encoding="utf-8")
    assert _ids(searcher, "sea")[:2] == ["bread", "new"]


def test_pinned_near_duplicate_represents_its_group(copied: Searcher, tmp_path: Path) -> None:
    (tmp_path / "curation.yaml").write_text("queries: [{query: alpha, pin: [b1, a0]}]\nhide: [a1]", encoding="utf-8")
    hits = replace(copied, curation=CurationFile(tmp_path / "curation.yaml")).search("alpha").hits
    assert [(hit.id, [copy.id for copy in hit.duplicates]) for hit in hits[:2]] == [("b1", ["b0"]), ("a0", ["a2"])]
    assert {hit.id for hit in hits[2:]} == {"c0", "d0"}


# --- a closer look ----------------------------------------------------------------------------------------------------


def _looked_at(searcher: Searcher, **parameters: Any) -> Searcher:
    return replace(searcher, second_stage=SecondStage(FakeReranker(), **{"budget_ms": 1e9} | parameters))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("depth", [1, 3, 8, 20])
def test_first_hits_are_ordered_by_reranker_relevance(demo: Searcher, mode: Mode, depth: int) -> None:
    q = "models that do maths"
    plain, result = demo.search(q, mode=mode).hits, _looked_at(demo, depth=depth).search(q, mode=mode)
    first, rest = plain[:depth], plain[depth:]

    def relevance_of(hit: Hit) -> float:
        return relevance(q, f"{hit.title}\n{hit.teaser}\n{demo.post(hit.id).body}".strip()[:2_000])

    assert [hit.id for hit in result.hits[:depth]] == [hit.id for hit in sorted(first, key=relevance_of, reverse=True)]
    assert result.hits[depth:] == rest
    assert result.reranking == Reranking("fake", len(first), done=True)
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) <= plain[0].score
    assert {hit.id: hit.confidence for hit in result.hits} == {hit.id: hit.confidence for hit in plain}
    assert result.answerable == demo.search(q, mode=mode).answerable


@pytest.mark.parametrize("mode", MODES)
def test_order_stays_and_done_is_false_when_the_budget_runs_out(demo: Searcher, mode: Mode) -> None:
    q = "models that do maths"
    slow = _looked_at(demo, budget_ms=1e-6).search(q, mode=mode, explain=True)  # a batch takes longer than a nanosecond
    plain = demo.search(q, mode=mode, explain=True)
    assert slow.hits == plain.hits
    assert slow.reranking == Reranking("fake", len(plain.hits), done=False)
    assert plain.reranking is None


def test_pages_contain_every_post_once_with_reranking(demo: Searcher) -> None:
    searcher = _looked_at(demo, depth=5)
    pages = [_ids(searcher, "models", limit=2, offset=offset) for offset in range(0, 10, 2)]
    found = [post_id for page in pages for post_id in page]
    assert found == _ids(searcher, "models", limit=100)
    assert len(found) == len(set(found)) == 9


def test_pinned_posts_stay_above_reranked_hits(beach: Searcher) -> None:
    result = _looked_at(beach, depth=2).search("sea")
    assert [(hit.id, hit.pinned) for hit in result.hits[:2]] == [("chess", True), ("bread", True)]
    assert result.reranking == Reranking("fake", 2, done=True)


def test_reranker_is_not_called_without_hits(demo: Searcher) -> None:
    result = _looked_at(demo).search("xqzzt", mode="lexical")
    assert (result.hits, result.reranking) == ((), Reranking("fake", 0, done=True))
