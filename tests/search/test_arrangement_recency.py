"""The recency boost, in whole searches."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from semsearch.index.attributes import Attributes
from semsearch.index.filters import day_number
from semsearch.search import Searcher
from semsearch.search.arrangement import freshness
from tests.index.builders import attributes, post
from tests.search.fakes import Planted, planted, searcher_of


def _ids(searcher: Searcher, q: str, **parameters: Any) -> list[str]:
    return [hit.id for hit in searcher.search(q, **parameters).hits]


TODAY = "2026-01-31"


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Posts whose ids are their semantic scores. Best hits of unanswerable queries have mean 3 and deviation 0.8."""
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


def test_recency_is_off_by_default(dated: Searcher) -> None:
    plain = [hit.id for hit in dated.search("alpha", mode="semantic").hits]
    assert plain == ["7", "6", "5", "4", "-4", "-5"] == _order(dated, recency_weight=0.0)


def test_new_post_gains_weight_times_confidence(dated: Searcher) -> None:
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
def test_recency_raises_relevant_posts_only(dated: Searcher, parameters: dict[str, Any], expected: list[str]) -> None:
    assert _order(dated, **parameters) == expected


def test_irrelevant_post_does_not_rise_however_new(dated: Searcher) -> None:
    for weight in (0.1, 1.0, 10.0):
        hits = dated.search("alpha", mode="semantic", recency_weight=weight, recency_origin=TODAY).hits
        assert [hit.id for hit in hits[-2:]] == ["-4", "-5"]
        assert [hit.score for hit in hits[-2:]] == pytest.approx([-4.0, -5.0], abs=1e-4)


def test_recency_changes_neither_the_set_of_hits_nor_their_confidence(dated: Searcher) -> None:
    plain = {hit.id: hit.confidence for hit in dated.search("alpha", mode="semantic").hits}
    lifted = dated.search("alpha", mode="semantic", recency_weight=10, recency_origin=TODAY)
    assert {hit.id: hit.confidence for hit in lifted.hits} == plain
    sure = dated.search("alpha", mode="semantic", recency_weight=10, recency_origin=TODAY, min_confidence=0.95)
    assert [hit.id for hit in sure.hits] == ["5", "6", "7"]


def test_recency_origin_defaults_to_today(tmp_path: Path) -> None:
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
def test_freshness_is_1_from_the_origin_on_and_decays_exponentially_before_it(
    aged: Attributes, scale: float, decay: float
) -> None:
    found = freshness(aged, np.arange(len(AGES)), origin=day_number(ORIGIN), scale=scale, decay=decay).tolist()
    for age, value in zip(AGES, found, strict=True):
        assert value == (0.0 if age is None else pytest.approx(decay ** (max(age, 0) / scale)))
    assert found[1:] == sorted(found[1:], reverse=True)
    at_scale = freshness(aged, np.array([8]), origin=day_number(ORIGIN), scale=365.0, decay=decay)
    assert at_scale[0] == pytest.approx(decay)
