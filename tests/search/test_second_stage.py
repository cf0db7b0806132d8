from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.errors import InvalidRequest
from semsearch.search.second_stage import SecondStage, rerank
from tests.search.fakes import BATCH, Clock, FakeReranker, relevance


def look(reranker: FakeReranker, texts: Sequence[str], budget_ms: float = 300.0) -> NDArray[np.float64] | None:
    return rerank(SecondStage(reranker, budget_ms=budget_ms), "the tide", texts, clock=reranker.clock)


# --- in time ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.text("tidexyz", max_size=5), max_size=20))
def test_relevances_are_in_the_order_of_the_texts(texts: list[str]) -> None:
    found = look(FakeReranker(), texts)
    assert found is not None
    assert found.shape == (len(texts),)
    assert found.dtype == np.float64
    assert found.tolist() == [relevance("the tide", text) for text in texts]


def test_real_clock_is_used_by_default() -> None:
    stage = SecondStage(FakeReranker(), budget_ms=1e9)
    found = rerank(stage, "the tide", ["tide", "xyz"])
    assert found is not None
    assert found.tolist() == [5 / 6, 1 / 5]


def test_all_texts_are_reranked() -> None:
    found = rerank(SecondStage(FakeReranker(), depth=1, budget_ms=1e9), "the tide", ["tide"] * 7)
    assert found is not None
    assert len(found) == 7


# --- out of time ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "budget_ms", "batches", "in_time"),
    [
        (9, 201, 3, True),  # the third is begun at 200 ms
        (9, 200.1, 3, True),
        (9, 200, 2, False),
        (9, 101, 2, False),
        (9, 100, 1, False),
        (9, 1, 1, False),
        (3, 1, 1, True),  # the first is always read, and there is no second
        (4, 100, 1, False),
        (4, 101, 2, True),
        (0, 1, 0, True),
    ],
)
def test_no_batch_starts_after_the_budget(texts: int, budget_ms: float, batches: int, in_time: bool) -> None:
    reranker = FakeReranker(seconds_a_batch=0.1, clock=Clock(0.0))
    found = look(reranker, ["tide"] * texts, budget_ms)
    assert (found is not None) == in_time
    assert reranker.batches == batches


@given(st.integers(0, 40), st.floats(0.001, 10_000), st.floats(0, 2))
def test_budget_is_exceeded_by_one_batch_at_most(texts: int, budget_ms: float, seconds_a_batch: float) -> None:
    reranker = FakeReranker(seconds_a_batch=seconds_a_batch, clock=Clock(0.0))
    found = look(reranker, ["tide"] * texts, budget_ms)
    assert reranker.clock() <= budget_ms / 1_000 + seconds_a_batch + 1e-9
    if reranker.clock() < budget_ms / 1_000:
        assert found is not None


def test_each_query_has_its_own_budget() -> None:
    reranker = FakeReranker(seconds_a_batch=0.1)
    assert [look(reranker, ["tide"] * 6) is not None for _ in range(5)] == [True] * 5


def test_model_error_is_not_mistaken_for_a_timeout() -> None:
    class Broken(FakeReranker):
        def relevances(self, question: str, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
            yield from super().relevances(question, texts[:BATCH])
            raise MemoryError

    with pytest.raises(MemoryError):
        look(Broken(), ["tide"] * 6)


# --- what may be set --------------------------------------------------------------------------------------------------


def test_default_depth_and_budget() -> None:
    stage = SecondStage(FakeReranker())
    assert (stage.depth, stage.budget_ms) == (20, 300.0)


@pytest.mark.parametrize(("depth", "budget_ms"), [(1, 0.001), (1_000, 1e12), (50, 1)])
def test_values_in_range_are_taken(depth: int, budget_ms: float) -> None:
    stage = SecondStage(FakeReranker(), depth, budget_ms)
    assert (stage.depth, stage.budget_ms) == (depth, budget_ms)


@pytest.mark.parametrize(
    ("depth", "reason"),
    [
        (0, "0 is not between 1 and 1000"),
        (-1, "-1 is not between 1 and 1000"),
        (1_001, "1001 is not between 1 and 1000"),
        (1.0, "1.0 is not a whole number"),
        (True, "True is not a whole number"),
        ("50", "'50' is not a whole number"),
        (None, "None is not a whole number"),
    ],
)
def test_a_depth_out_of_range_is_named(depth: Any, reason: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        SecondStage(FakeReranker(), depth=depth)
    assert (caught.value.param, caught.value.reason) == ("depth", reason)


@pytest.mark.parametrize(
    ("budget_ms", "reason"),
    [
        (0, "0 is not a finite number above 0"),
        (-0.0, "-0.0 is not a finite number above 0"),
        (-5.0, "-5.0 is not a finite number above 0"),
        (float("inf"), "inf is not a finite number above 0"),
        (float("nan"), "nan is not a finite number above 0"),
        (True, "True is not a number"),
        ("300", "'300' is not a number"),
        (None, "None is not a number"),
    ],
)
def test_a_budget_out_of_range_is_named(budget_ms: Any, reason: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        SecondStage(FakeReranker(), budget_ms=budget_ms)
    assert (caught.value.param, caught.value.reason) == ("budget_ms", reason)
