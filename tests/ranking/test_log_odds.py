from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ranking.log_odds import specific_log_odds, with_log_odds


def log_odds(*, has_it: bool, holders: int, posts: int) -> float:
    return float(specific_log_odds(np.array([has_it]), holders, posts)[0])


def updated(confidence: float, log_odds: float) -> float:
    return float(with_log_odds(np.array([confidence]), np.array([log_odds]))[0])


@given(st.integers(1, 10_000), st.data())
def test_having_a_part_speaks_for_a_post_and_lacking_it_against(posts: int, data: st.DataObject) -> None:
    holders = data.draw(st.integers(0, posts))
    absent = log_odds(has_it=False, holders=holders, posts=posts)
    present = log_odds(has_it=True, holders=max(holders, 1), posts=posts)
    assert absent <= 0
    assert present >= absent


def test_the_rarer_a_part_the_more_it_says() -> None:
    found = [log_odds(has_it=True, holders=holders, posts=1_000) for holders in (1, 2, 10, 500)]
    assert found == sorted(found, reverse=True)
    assert log_odds(has_it=True, holders=1, posts=1_000) > log_odds(has_it=True, holders=1, posts=30)


def test_no_likeness_makes_up_for_a_name_that_no_post_has() -> None:
    assert updated(1.0, log_odds(has_it=False, holders=0, posts=30)) < 0.5


def test_the_only_post_with_an_identifier_is_sure_even_if_the_model_cannot_read_it() -> None:
    assert updated(0.05, log_odds(has_it=True, holders=1, posts=30)) > 0.5


@pytest.mark.parametrize("confidence", [0.1, 0.5, 0.9])
def test_log_odds_of_0_change_nothing(confidence: float) -> None:
    assert updated(confidence, 0.0) == pytest.approx(confidence)


@given(st.floats(0, 1), st.floats(-20, 20))
def test_confidences_stay_between_0_and_1(confidence: float, log_odds: float) -> None:
    assert 0 <= updated(confidence, log_odds) <= 1
