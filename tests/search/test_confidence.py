from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.search.confidence import confidence

_DEVIATIONS = st.floats(-60, 60)
_POSTS = st.integers(1, 10_000_000)


@pytest.mark.parametrize(
    ("deviations", "posts", "expected"),
    [
        # Values of the normal distribution function, to the power of the posts.
        (0.0, 1, 0.5),
        (0.0, 3, 0.125),
        (1.6448536, 1, 0.95),
        (1.6448536, 9, 0.95**9),
        (2.3263479, 100, 0.99**100),
        (-1.2815516, 2, 0.01),
        (4.7534243, 1_000_000, 0.36787926),  # one in a million, among a million: 1 / e
        (60.0, 10_000_000, 1.0),
        (-60.0, 1, 0.0),
        (float("inf"), 5, 1.0),
        (float("-inf"), 5, 0.0),
    ],
)
def test_it_is_the_chance_that_the_largest_of_so_many_draws_is_below(
    deviations: float, posts: int, expected: float
) -> None:
    assert confidence(np.array([deviations]), posts)[0] == pytest.approx(expected, abs=1e-6)


@given(st.lists(_DEVIATIONS, min_size=2, max_size=20), _POSTS)
def test_it_lies_between_0_and_1_and_grows_with_the_score(deviations: list[float], posts: int) -> None:
    sure = confidence(np.array(sorted(deviations)), posts)
    assert sure.min() >= 0
    assert sure.max() <= 1
    assert (np.diff(sure) >= -1e-12).all()


@given(_DEVIATIONS, _POSTS, _POSTS)
def test_a_larger_corpus_asks_for_a_higher_score(deviations: float, posts: int, more: int) -> None:
    few, many = (confidence(np.array([deviations]), count)[0] for count in sorted((posts, more)))
    assert many <= few


def test_no_scores_have_no_confidences() -> None:
    assert confidence(np.empty(0), 9).shape == (0,)
    assert confidence(np.zeros((2, 3)), 9).shape == (2, 3)
