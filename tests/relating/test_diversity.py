from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index import Scale
from semsearch.relating.diversity import marginal_relevance, pairwise_similarities
from semsearch.relating.score import Floats

EMPTY = -np.inf


def _plainly(scores: list[float], alike: Floats, wanted: int, diversity: float) -> list[int]:
    """The best score first; then, one by one, what gains most; the first of equals."""
    left = [place for place, score in enumerate(scores) if score > EMPTY]
    chosen: list[int] = []
    while left and len(chosen) < wanted:

        def gain(place: int) -> float:
            if not chosen:
                return scores[place]
            return (1 - diversity) * scores[place] - diversity * max(float(alike[other, place]) for other in chosen)

        chosen.append(max(left, key=gain))
        left.remove(chosen[-1])
    return chosen


def _lists(seed: int, lists: int, candidates: int, empty: float) -> tuple[Floats, Floats]:
    """Random scores, some of them of empty places, and likenesses; both of few values, so that there are equals."""
    generator = np.random.default_rng(seed)
    scores = generator.integers(-4, 5, (lists, candidates)) / 4
    scores[generator.random(scores.shape) < empty] = EMPTY
    alike = generator.integers(-4, 5, (lists, candidates, candidates)) / 4
    return scores, np.maximum(alike, alike.transpose(0, 2, 1))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    candidates=st.integers(1, 9),
    empty=st.sampled_from((0.0, 0.3, 1.0)),
    wanted=st.integers(1, 12),
    diversity=st.sampled_from((0.0, 0.25, 0.5, 0.75)),
)
def test_each_choice_gains_the_most_of_what_is_left(
    seed: int, candidates: int, empty: float, wanted: int, diversity: float
) -> None:
    scores, alike = _lists(seed, 1, candidates, empty)
    chosen = marginal_relevance(scores, alike, wanted, diversity)
    assert chosen.shape == (1, min(wanted, candidates))
    expected = _plainly(scores[0].tolist(), alike[0], wanted, diversity)
    assert chosen[0].tolist() == expected + [-1] * (chosen.shape[1] - len(expected))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), lists=st.integers(0, 5), candidates=st.integers(1, 7))
def test_several_lists_at_once_are_each_as_it_is_alone(seed: int, lists: int, candidates: int) -> None:
    scores, alike = _lists(seed, lists, candidates, 0.3)
    together = marginal_relevance(scores, alike, 4, 0.3)
    assert together.shape == (lists, min(4, candidates))
    for number in range(lists):
        alone = marginal_relevance(scores[number : number + 1], alike[number : number + 1], 4, 0.3)
        assert together[number].tolist() == alone[0].tolist()


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), candidates=st.integers(1, 9), fewer=st.integers(1, 9))
def test_a_shorter_list_is_the_start_of_a_longer_one(seed: int, candidates: int, fewer: int) -> None:
    scores, alike = _lists(seed, 1, candidates, 0.3)
    longer = marginal_relevance(scores, alike, candidates, 0.3)[0].tolist()
    assert marginal_relevance(scores, alike, fewer, 0.3)[0].tolist() == longer[:fewer]


def test_at_full_diversity_only_unlikeness_counts_after_the_first() -> None:
    scores = np.array([[0.9, 0.8, 0.1]])
    alike = np.array([[[1.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 1.0]]])
    assert marginal_relevance(scores, alike, 3, 1.0)[0].tolist() == [0, 2, 1]
    assert marginal_relevance(scores, alike, 3, 0.0)[0].tolist() == [0, 1, 2]


def test_pairwise_similarity_is_two_for_each_semantic_unit() -> None:
    vectors = np.array([[[1.0, 0.0], [0.6, 0.8]], [[0.0, 1.0], [0.0, 1.0]]], dtype=np.float32)
    found = pairwise_similarities(vectors, Scale(start=0.2, unit=0.4))
    # 2·(1 - 0.2)/0.4 = 4 and 2·(0.6 - 0.2)/0.4 = 2.
    assert found.dtype == np.float64
    assert found.tolist() == [
        [pytest.approx([4.0, 2.0], abs=1e-5), pytest.approx([2.0, 4.0], abs=1e-5)],
        [pytest.approx([4.0, 4.0], abs=1e-5), pytest.approx([4.0, 4.0], abs=1e-5)],
    ]
