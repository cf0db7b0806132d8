from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.phrase_table import PhraseTable, phrase_key

TABLE = PhraseTable({phrase_key(text): text for text in ("car", "motor car", "motor car race", "café", "C++")})


@pytest.mark.parametrize(
    ("one", "other"), [("Motor  Car", "motor car"), ("Café", "CAFE"), ("e-mail", "email"), ("snake_case", "snakecase")]
)
def test_case_accents_hyphens_and_spaces_make_no_difference(one: str, other: str) -> None:
    assert phrase_key(one) == phrase_key(other)


@pytest.mark.parametrize(("one", "other"), [("C++", "C"), ("C#", "C"), ("motor car", "motorcar"), ("ハス", "バス")])
def test_signs_and_word_limits_distinguish_phrases(one: str, other: str) -> None:
    assert phrase_key(one) != phrase_key(other)


def test_the_longest_phrase_at_a_word_is_found_with_its_place() -> None:
    text = "A Motor Car and a CAFE, c++"
    found = [(match.text, match.value) for match in TABLE.find(text)]
    assert found == [("Motor Car", "motor car"), ("CAFE", "café"), ("c++", "C++")]
    assert all(text[match.start : match.end] == match.text for match in TABLE.find(text))


@given(st.lists(st.sampled_from(["motor", "car", "race", "and"]), max_size=12).map(" ".join))
def test_phrases_never_overlap(text: str) -> None:
    ends = [0]
    for match in TABLE.find(text):
        assert match.start >= ends[-1]
        ends.append(match.end)


def test_an_empty_table_and_a_phrase_without_words_find_nothing() -> None:
    assert not list(PhraseTable[str]({}).find("car"))
    assert len(PhraseTable({phrase_key("…"): "nothing"})) == 0
