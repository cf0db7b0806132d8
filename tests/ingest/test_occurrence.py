from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.occurrence import has_any

_TEXTS = st.text(alphabet="[]=^ \nab", max_size=8)


@given(_TEXTS, st.lists(_TEXTS, max_size=4))
def test_a_mark_is_found_if_it_is_in_the_text(text: str, marks: list[str]) -> None:
    assert has_any(text, *marks) == any(mark in text for mark in marks)
