from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.v1.parameters import NOT_ONLY_EXCLUSIONS
from semsearch.errors import InvalidRequest
from semsearch.search import SearchRequest


def matches_description(q: str) -> bool:
    """Return whether the described pattern accepts a query."""
    excluded = NOT_ONLY_EXCLUSIONS["not"]
    assert isinstance(excluded, dict)
    return bool(re.search(str(NOT_ONLY_EXCLUSIONS["pattern"]), q) and not re.search(str(excluded["pattern"]), q))


@given(st.lists(st.sampled_from(["a", "ä", "1", "-", " ", " -", '"', "“", "”", ".", "b c", "\t"]), max_size=12))
def test_the_pattern_of_a_query_agrees_with_its_validation(parts: list[str]) -> None:
    q = "".join(parts)
    try:
        SearchRequest(q)
        is_valid = True
    except InvalidRequest:
        is_valid = False
    assert is_valid == matches_description(q)
