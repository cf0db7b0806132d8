"""What a cross-encoder gives → relevances, which are probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.encoding.reranker import _to_probabilities


@given(
    st.lists(st.floats(allow_nan=False), min_size=2).map(lambda values: np.array(sorted(values))),
)
def test_a_higher_logit_is_never_a_lower_relevance(logits: NDArray[np.float64]) -> None:
    found = _to_probabilities(logits, are_logits=True)
    assert ((found > 0) & (found < 1)).all()
    assert (np.diff(found) >= 0).all()


@given(st.lists(st.floats(0, 1)).map(np.array))
def test_probabilities_are_unchanged_except_0_and_1(probabilities: NDArray[np.float64]) -> None:
    found = _to_probabilities(probabilities, are_logits=False)
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_allclose(found, probabilities, atol=1e-15)


@pytest.mark.parametrize(("logit", "relevance"), [(0.0, 0.5), (np.log(3), 0.75), (-np.log(3), 0.25), (20, 1 - 2.06e-9)])
def test_a_relevance_is_a_probability(logit: float, relevance: float) -> None:
    assert _to_probabilities(np.array([logit]), are_logits=True)[0] == pytest.approx(relevance, abs=1e-11)
