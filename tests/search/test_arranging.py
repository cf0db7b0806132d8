"""Pins, hidden posts, near-duplicates, dates and a closer look: what stands where, through whole searches."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from semsearch.index.attributes import MAX_COPIES, Attributes
from semsearch.index.filters import day_number
from semsearch.ranking import matches, ranker
from semsearch.search import Searcher
from semsearch.search.arranging import freshness
from semsearch.search.curation import CurationFile
from semsearch.search.requests import MODES, Mode
from semsearch.search.results import Hit, Reranking
from semsearch.search.second_stage import SecondStage
from tests.builders import write_corpus
from tests.index.builders import attributes, post
from tests.search.fakes import FakeReranker, Planted, planted, relevance, searcher_of

Build = Callable[[Iterable[Mapping[str, Any] | str]], Path]


def _ids(searcher: Searcher, q: str, **parameters: Any) -> list[str]:
    return [hit.id for hit in searcher.search(q, **parameters).hits]


# --- near-duplicates --------------------------------------------------------------------------------------------------

GROUPS = {"even": ("a0", "a1", "a2"), "odd": ("b0", "b1"), "lone": ("c0",), "undated": ("d0", "d1")}
DATES = {"a0": "2024-05-01", "a1": "2025-01-31", "a2": "2025-01-31", "b0": "2020-01-01", "b1": "2019-12-31"}
NEWEST = ["a1", "b0", "c0", "d0"]  # of two of one day, and of two without one, the first


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Groups of equal posts, whose vectors do differ."""
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
def test_of_near_duplicates_the_newest_is_shown_and_names_the_others(copied: Searcher, mode: Mode) -> None:
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
def test_all_of_them_are_shown_where_that_is_asked(copied: Searcher, mode: Mode) -> None:
    result = copied.search("alpha", mode=mode, collapse=False)
    assert sorted(hit.id for hit in result.hits) == sorted(post_id for ids in GROUPS.values() for post_id in ids)
    assert all(hit.duplicates == () for hit in result.hits)
    assert result.estimated_total_hits == 8


@pytest.mark.parametrize("mode", MODES)
def test_of_those_that_pass_a_filter_the_newest_is_shown(copied: Searcher, mode: Mode) -> None:
    result = copied.search("alpha", mode=mode, tags=["first"])
    assert {hit.id: hit.duplicates for hit in result.hits} == {"a0": (), "b0": (), "c0": (), "d0": ()}
    assert result.estimated_total_hits == 4
    other = copied.search("alpha", mode=mode, tags=["other"], facets=["tags"])
    assert {hit.id: [copy.id for copy in hit.duplicates] for hit in other.hits} == {"a1": ["a2"], "b1": [], "d1": []}
    assert other.estimated_total_hits == 3
    assert other.facets == {"tags": {"other": 4}}  # facets count posts


def _long(number: int, copy: int) -> str:
    """A text of fifty words of its own; its copies have one word more."""
    words = " ".join(f"w{number}x{word}" for word in range(50))
    return f"Soil {words}{' again' * copy}."


def test_pages_repeat_no_post_and_drop_none(build: Build) -> None:
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


def test_copies_of_many_hits_do_not_cut_a_page_short(tmp_path: Path) -> None:
    """However deep is looked: most of the first fifteen hundred posts are copies of one."""
    posts = [planted(f"same{number}", (1.0, 0.0), title="alpha") for number in range(1_500)]
    posts += [planted(f"p{number}", (1.0, 1.0 + number), title=f"beta {number}") for number in range(90)]
    searcher = searcher_of(tmp_path / "version", posts, {"alpha": (1.0, 0.0)})
    for mode in ("semantic", "hybrid"):
        result = searcher.search("alpha", mode=mode, limit=50)
        assert [hit.id for hit in result.hits] == ["same0", *(f"p{number}" for number in range(49))]
        assert len(result.hits[0].duplicates) == MAX_COPIES
        assert result.estimated_total_hits == 91


def test_a_newer_copy_under_another_title_does_not_stand_for_the_one_that_answers(build: Build) -> None:
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
def test_pages_hold_every_post_once_past_the_first_depth(
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
def test_pinned_posts_come_first_in_their_order_and_the_others_as_ever(beach: Searcher, mode: Mode) -> None:
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
def test_pins_obey_filters(beach: Searcher, mode: Mode) -> None:
    assert _ids(beach, "sea", mode=mode, tags=["play"]) == ["chess"]
    assert _ids(beach, "sea", mode=mode, date_from="2024-01-01") == ["bread"]
    assert set(_ids(beach, "sea", mode=mode, tags=["sea"])) == {"tides", "ships"}


@pytest.mark.parametrize("mode", MODES)
def test_hidden_posts_are_never_shown(beach: Searcher, mode: Mode) -> None:
    for q in ("sand castles", "wet sand", "sea", '"sand castles"', "how does sand hold together"):
        assert "sand" not in _ids(beach, q, mode=mode)
        assert "sand" not in _ids(beach, q, mode=mode, tags=["sea"], collapse=False, recency_weight=1)
    assert "tides" not in _ids(beach, "the tides", mode=mode)
    assert _ids(beach, "the tides", mode=mode)[0] == "ships"
    assert "tides" in _ids(beach, "tides", mode=mode)


def test_hidden_posts_are_neither_counted_nor_suggested_nor_related(beach: Searcher) -> None:
    for mode in MODES:
        result = beach.search("wet sand by the sea", mode=mode, facets=["tags"])
        assert "sand" not in {hit.id for hit in result.hits}
        assert result.estimated_total_hits == len(result.hits)
        assert result.facets["tags"]["sea"] == 2
    assert beach.suggest("sand").suggestions == ()
    assert "sand" not in [hit.id for hit in beach.related("tides").hits]


@pytest.mark.parametrize("mode", MODES)
def test_pins_are_on_the_first_page_alone_and_pages_hold_every_post_once(beach: Searcher, mode: Mode) -> None:
    pages = [_ids(beach, "sea", mode=mode, limit=1, offset=offset) for offset in range(6)]
    found = [post_id for page in pages for post_id in page]
    assert found[:2] == ["chess", "bread"]
    assert found == _ids(beach, "sea", mode=mode)
    assert len(found) == len(set(found)) == 4


def test_a_pin_is_no_surer_and_is_kept_where_only_sure_hits_are_asked_for(beach: Searcher) -> None:
    result = beach.search("sea", min_confidence=1.0)
    assert [hit.id for hit in result.hits] == ["chess", "bread"]
    assert all(hit.confidence < 0.5 for hit in result.hits)
    assert not beach.search("what is it", min_confidence=1.0).hits


def test_pins_hold_for_a_new_version_and_for_a_file_that_changes(
    beach_index: Path, tmp_path: Path, index: Path
) -> None:
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


def test_of_near_duplicates_the_pinned_one_stands_for_all(copied: Searcher, tmp_path: Path) -> None:
    (tmp_path / "curation.yaml").write_text("queries: [{query: alpha, pin: [b1, a0]}]\nhide: [a1]", encoding="utf-8")
    hits = replace(copied, curation=CurationFile(tmp_path / "curation.yaml")).search("alpha").hits
    assert [(hit.id, [copy.id for copy in hit.duplicates]) for hit in hits[:2]] == [("b1", ["b0"]), ("a0", ["a2"])]
    assert {hit.id for hit in hits[2:]} == {"c0", "d0"}


# --- recency ----------------------------------------------------------------------------------------------------------

TODAY = "2026-01-31"


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """By meaning the posts score as their ids say; a question that no post answers is taken to score 3, give or take
    0.8."""
    found = [
        _scoring("7", "2020-01-31"),
        _scoring("6", "2025-01-31"),
        _scoring("5", TODAY),
        _scoring("4", None),
        _scoring("-4", TODAY),
        _scoring("-5", "2020-01-31"),
    ]
    searcher = searcher_of(tmp_path_factory.mktemp("dated") / "version", found, {"alpha": (1.0, 0.0)})
    calibration = replace(searcher.snapshot.manifest.calibration, search=semsearch.index.Background(0.0, 0.1))
    manifest = replace(searcher.snapshot.manifest, calibration=calibration)
    return replace(searcher, snapshot=replace(searcher.snapshot, manifest=manifest))


def _scoring(score: str, date: str | None) -> Planted:
    cosine = float(score) / 10
    return planted(score, (cosine, (1 - cosine**2) ** 0.5), title=f"beta {score}", date=date)


def _order(searcher: Searcher, **parameters: Any) -> list[str]:
    return _ids(searcher, "alpha", mode="semantic", **{"recency_origin": TODAY} | parameters)


def test_recency_is_off_unless_it_is_asked_for(dated: Searcher) -> None:
    plain = [hit.id for hit in dated.search("alpha", mode="semantic").hits]
    assert plain == ["7", "6", "5", "4", "-4", "-5"] == _order(dated, recency_weight=0.0)


def test_a_new_post_gains_the_weight_times_its_confidence(dated: Searcher) -> None:
    hits = {hit.id: hit for hit in dated.search("alpha", mode="semantic", recency_weight=2, recency_origin=TODAY).hits}
    fresh = {"5": 1.0, "6": 0.5, "7": 0.5 ** (2192 / 365), "4": 0.0, "-4": 1.0, "-5": 0.5 ** (2192 / 365)}
    for post_id, hit in hits.items():
        assert hit.score == pytest.approx(float(post_id) + 2 * fresh[post_id] * hit.confidence, abs=1e-5)
    assert hits["5"].confidence > 0.99
    assert hits["-4"].confidence < 1e-6


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"recency_weight": 2.0}, ["7", "6", "5", "4", "-4", "-5"]),  # 7.03, 7.0, 6.99
        ({"recency_weight": 2.5}, ["5", "6", "7", "4", "-4", "-5"]),  # 7.48, 7.25, 7.04
        ({"recency_weight": 10.0}, ["5", "6", "7", "4", "-4", "-5"]),
        ({"recency_weight": 10.0, "recency_origin": "2025-01-31"}, ["6", "5", "7", "4", "-4", "-5"]),
        ({"recency_weight": 10.0, "recency_scale": 36_500.0}, ["7", "6", "5", "4", "-4", "-5"]),
        ({"recency_weight": 10.0, "recency_decay": 0.99}, ["7", "6", "5", "4", "-4", "-5"]),
    ],
)
def test_recency_lifts_only_what_is_relevant(dated: Searcher, parameters: dict[str, Any], expected: list[str]) -> None:
    assert _order(dated, **parameters) == expected


def test_a_post_that_has_nothing_to_do_with_it_stays_where_it_was_however_new(dated: Searcher) -> None:
    for weight in (0.1, 1.0, 10.0):
        hits = dated.search("alpha", mode="semantic", recency_weight=weight, recency_origin=TODAY).hits
        assert [hit.id for hit in hits[-2:]] == ["-4", "-5"]
        assert [hit.score for hit in hits[-2:]] == pytest.approx([-4.0, -5.0], abs=1e-4)


def test_recency_moves_nothing_in_or_out_and_makes_nothing_surer(dated: Searcher) -> None:
    plain = {hit.id: hit.confidence for hit in dated.search("alpha", mode="semantic").hits}
    lifted = dated.search("alpha", mode="semantic", recency_weight=10, recency_origin=TODAY)
    assert {hit.id: hit.confidence for hit in lifted.hits} == plain
    sure = dated.search("alpha", mode="semantic", recency_weight=10, recency_origin=TODAY, min_confidence=0.95)
    assert [hit.id for hit in sure.hits] == ["5", "6", "7"]


def test_the_origin_is_today_unless_given(tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()
    posts = [
        planted("old", (1.0, 0.0), title="alpha beta", date=(today - dt.timedelta(days=365)).isoformat()),
        planted("new", (1.0, 0.0), title="alpha gamma", date=(today + dt.timedelta(days=3)).isoformat()),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {"alpha": (1.0, 0.0)})
    assert _ids(searcher, "alpha") == ["old", "new"]
    hits = searcher.search("alpha", recency_weight=5, explain=True).hits
    assert [hit.id for hit in hits] == ["new", "old"]
    assert hits[0].explanation.recency.freshness == 1.0  # type: ignore[union-attr]
    assert hits[1].explanation.recency.freshness == pytest.approx(0.5, abs=0.002)  # type: ignore[union-attr]


AGES = [None, -400, -1, 0, 1, 2, 30, 364, 365, 366, 1_000, 5_000, 20_000]
ORIGIN = dt.date(2026, 1, 31)


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Attributes:
    """Posts of these ages at the origin."""
    days = [None if age is None else ORIGIN - dt.timedelta(days=age) for age in AGES]
    posts = [post(f"p{place}", date=day and day.isoformat()) for place, day in enumerate(days)]
    return attributes(tmp_path_factory.mktemp("aged"), posts)


@given(scale=st.floats(1, 36_500), decay=st.floats(0.01, 0.99))
def test_freshness_is_1_from_the_origin_on_and_falls_exponentially_before_it(
    aged: Attributes, scale: float, decay: float
) -> None:
    found = freshness(aged, np.arange(len(AGES)), origin=day_number(ORIGIN), scale=scale, decay=decay).tolist()
    for age, value in zip(AGES, found, strict=True):
        assert value == (0.0 if age is None else pytest.approx(decay ** (max(age, 0) / scale)))
    assert found[1:] == sorted(found[1:], reverse=True)
    at_scale = freshness(aged, np.array([8]), origin=day_number(ORIGIN), scale=365.0, decay=decay)
    assert at_scale[0] == pytest.approx(decay)


# --- a closer look ----------------------------------------------------------------------------------------------------


def _looked_at(searcher: Searcher, **parameters: Any) -> Searcher:
    return replace(searcher, second_stage=SecondStage(FakeReranker(), **{"budget_ms": 1e9} | parameters))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("depth", [1, 3, 8, 20])
def test_the_first_hits_are_put_in_the_order_of_their_relevance(demo: Searcher, mode: Mode, depth: int) -> None:
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
def test_without_time_the_order_stays_and_the_answer_says_so(demo: Searcher, mode: Mode) -> None:
    q = "models that do maths"
    slow = _looked_at(demo, budget_ms=1e-6).search(q, mode=mode, explain=True)  # a batch takes longer than a nanosecond
    plain = demo.search(q, mode=mode, explain=True)
    assert slow.hits == plain.hits
    assert slow.reranking == Reranking("fake", len(plain.hits), done=False)
    assert plain.reranking is None


def test_pages_after_a_closer_look_hold_every_post_once(demo: Searcher) -> None:
    searcher = _looked_at(demo, depth=5)
    pages = [_ids(searcher, "models", limit=2, offset=offset) for offset in range(0, 10, 2)]
    found = [post_id for page in pages for post_id in page]
    assert found == _ids(searcher, "models", limit=100)
    assert len(found) == len(set(found)) == 9


def test_pins_stay_above_what_is_looked_at(beach: Searcher) -> None:
    result = _looked_at(beach, depth=2).search("sea")
    assert [(hit.id, hit.pinned) for hit in result.hits[:2]] == [("chess", True), ("bread", True)]
    assert result.reranking == Reranking("fake", 2, done=True)


def test_nothing_found_is_nothing_to_look_at(demo: Searcher) -> None:
    result = _looked_at(demo).search("xqzzt", mode="lexical")
    assert (result.hits, result.reranking) == ((), Reranking("fake", 0, done=True))
