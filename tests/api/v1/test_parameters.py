from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.v1.parameters import ASKS_SOMETHING
from semsearch.errors import InvalidRequest
from semsearch.search import SearchRequest


def as_described(q: str) -> bool:
    """Whether the description lets a question pass."""
    unlike = ASKS_SOMETHING["not"]
    assert isinstance(unlike, dict)
    return bool(re.search(str(ASKS_SOMETHING["pattern"]), q) and not re.search(str(unlike["pattern"]), q))


@given(st.lists(st.sampled_from(["a", "ä", "1", "-", " ", " -", '"', "“", "”", ".", "b c", "\t"]), max_size=12))
def test_a_question_is_described_as_it_is_checked(parts: list[str]) -> None:
    q = "".join(parts)
    try:
        SearchRequest(q)
        is_taken = True
    except InvalidRequest:
        is_taken = False
    assert is_taken == as_described(q)
