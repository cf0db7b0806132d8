from __future__ import annotations

import pytest

from semsearch.search.explanation import RelatedExplanation


@pytest.mark.parametrize(("positive", "negative", "score"), [(0.75, 0.5, 0.5), (0.75, 0.0, 0.75), (0.5, 1.0, 0.0)])
def test_a_related_score_is_likeness_less_half_of_unlikeness(positive: float, negative: float, score: float) -> None:
    assert RelatedExplanation(positive, negative).score == score
