from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.index import Scale, Tail
from semsearch.relating.score import TIME_DECAY_DAYS, Parts, binding_units, closeness, confidence, units

TAIL = Tail(start=1.0, slope=0.5)
PARTS = Parts(meaning=1.5, words=-0.25, time=0.5, tags=1.0, authors=0.25, series=1.0, crowd=2.0, unlike=0.5)

numbers = st.floats(-5, 5)
shares = st.floats(0, 1)
some_parts = st.builds(Parts, numbers, numbers, shares, shares, shares, shares, crowd=numbers)


# --- the parts --------------------------------------------------------------------------------------------------------


def test_each_part_adds_its_weight() -> None:
    assert dict(PARTS.worth) == {
        "meaning": 1.5,
        "words": -0.25,
        "time": 0.25,
        "tags": 0.5,
        "authors": 0.125,
        "series": 0.5,
        "crowd": -0.5,
        "unlike": -0.25,
    }
    assert PARTS.score == 1.875


def test_about_is_meaning_words_tags_and_authors() -> None:
    assert PARTS.about == 1.5 - 0.25 + 0.5 + 0.125


@given(parts=some_parts, unlike=numbers)
def test_the_score_is_the_sum_of_worth(parts: Parts, unlike: float) -> None:
    parts = replace(parts, unlike=unlike)
    assert list(parts.worth) == [entry.name for entry in fields(Parts)]
    assert parts.score == pytest.approx(sum(parts.worth.values()), abs=1e-9)


# --- several examples -------------------------------------------------------------------------------------------------


def test_parts_of_several_examples_are_means() -> None:
    other = Parts(meaning=0.5, words=0.25, time=0.0, tags=0.0, authors=0.25, series=0.0, crowd=2.0)
    mean = Parts.mean([PARTS, other], [])
    assert mean == Parts(meaning=1.0, words=0.0, time=0.25, tags=0.5, authors=0.25, series=0.5, crowd=2.0, unlike=0.0)


def test_parts_of_one_example_are_unchanged() -> None:
    assert Parts.mean([PARTS], []) is PARTS


def test_unlike_is_the_mean_about_of_negative_examples() -> None:
    # 1.875 and, without tags and authors, 0.5: half of 2.375.
    other = Parts(meaning=0.25, words=0.25, time=1.0, tags=0.0, authors=0.0, series=1.0, crowd=9.0)
    assert Parts.mean([PARTS], [PARTS, other]).unlike == pytest.approx(1.1875)


def test_dissimilarity_to_negative_examples_adds_nothing() -> None:
    far = Parts(meaning=-2.0, words=0.0, time=0.0, tags=0.0, authors=0.0, series=0.0, crowd=0.0)
    assert Parts.mean([PARTS], [far]).unlike == 0.0


@given(several=st.lists(some_parts, min_size=1, max_size=4))
def test_the_score_of_several_examples_is_the_mean(several: list[Parts]) -> None:
    mean = math.fsum(parts.score for parts in several) / len(several)
    assert Parts.mean(several, []).score == pytest.approx(mean, abs=1e-9)


# --- units, time and confidence ---------------------------------------------------------------------------------------


def test_units_start_at_the_similarity_of_random_posts() -> None:
    assert units(0.7, Scale(start=0.3, unit=0.4)) == pytest.approx(1.0)
    assert units(np.array([0.3, 0.1]), Scale(start=0.3, unit=0.4)).tolist() == pytest.approx([0.0, -0.5])


def test_closeness_falls_to_one_in_e_within_a_year_before_or_after() -> None:
    near = closeness(np.array([0.0, TIME_DECAY_DAYS, -TIME_DECAY_DAYS, 2 * TIME_DECAY_DAYS, np.nan]))
    assert near.tolist() == pytest.approx([1.0, 1 / math.e, 1 / math.e, 1 / math.e**2, 0.0])


def test_confidence_is_the_probability_that_no_unrelated_post_scores_as_high() -> None:
    # Of unrelated posts a fifth reach 1, and a fifth of one in e of them 1.5.
    scores = np.array([1.0, 1.5])
    assert confidence(scores, TAIL, 1).tolist() == pytest.approx([0.8, 1 - 0.2 / math.e])
    assert confidence(scores, TAIL, 3).tolist() == pytest.approx([0.512, (1 - 0.2 / math.e) ** 3])


def test_scores_of_unrelated_posts_have_no_confidence() -> None:
    # Below 1 - 0.5·ln 5 all of them would: 0.2·e^(ln 5) = 1.
    assert confidence(np.array([0.19, -3.0]), TAIL, 1).tolist() == [0.0, 0.0]
    assert confidence(np.array([]), TAIL, 5).tolist() == []


@given(scores=st.lists(st.floats(-20, 50), min_size=2, max_size=6), posts=st.integers(1, 10_000_000))
def test_confidence_rises_with_the_score_and_falls_with_the_corpus(scores: list[float], posts: int) -> None:
    found = confidence(np.array(sorted(scores)), TAIL, posts)
    assert np.all((found >= 0) & (found <= 1))
    assert np.all(np.diff(found) >= 0)
    assert np.all(confidence(np.array(sorted(scores)), TAIL, posts + 1) <= found)
    assert np.all(confidence(np.array(sorted(scores)), TAIL, 2 * posts) <= found)


def test_tags_of_few_posts_bind() -> None:
    units = binding_units(np.array([2, 3, 4, 5, 6, 50]), 200)
    assert units == pytest.approx([3.0, 1.893, 1.107, 0.498, 0.0, 0.0], abs=1e-3)
    # Of nine posts, a random one shares a tag of two with a chance of 1/8: ln 8/ln 20 of it counts.
    assert binding_units(np.array([2, 9]), 9) == pytest.approx([3 * 0.6941, 0.0], abs=1e-3)
    assert binding_units(np.array([1]), 1).tolist() == [0.0]
