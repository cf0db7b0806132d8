from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.compounds import split_compound

WORDS = {
    "garten": 5, "haus": 9, "sonne": 4, "blume": 3, "schul": 6, "hof": 5, "liebe": 4, "brief": 7, "arbeit": 8,
    "platz": 5, "lebens": 2, "versicherung": 3, "gesellschaft": 4, "rat": 2, "rathaus": 3, "kvinn": 2, "historia": 3,
    "ei": 4,
}  # fmt: skip


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("gartenhaus", ["garten", "haus"]),
        ("sonnenblume", ["sonne", "blume"]),  # with a linking n
        ("schulhof", ["schul", "hof"]),  # the stem of Schule
        ("liebesbrief", ["liebe", "brief"]),
        ("arbeitsplatz", ["arbeit", "platz"]),
        ("kvinnohistoria", ["kvinn", "historia"]),
        ("lebensversicherungsgesellschaft", ["lebens", "versicherung", "gesellschaft"]),
        ("rathausplatz", ["rathaus", "rat", "haus", "platz"]),  # with the shorter compound
        ("haus", []),
        ("hausboot", []),  # no post has Boot
        ("gartenei", []),  # a part has at least three letters
        ("garten2haus", []),
        ("", []),
    ],
)
def test_a_compound_is_split_into_words_of_the_corpus(word: str, parts: list[str]) -> None:
    assert [part.word for part in split_compound(word, lambda part: WORDS.get(part, 0))] == parts


def test_the_division_of_the_most_frequent_words_is_chosen() -> None:
    counts = {"staub": 5, "ecken": 5, "stau": 100, "becken": 100}
    assert [part.word for part in split_compound("staubecken", lambda part: counts.get(part, 0))] == ["stau", "becken"]
    counts |= {"staub": 900, "ecken": 900}
    assert [part.word for part in split_compound("staubecken", lambda part: counts.get(part, 0))] == ["staub", "ecken"]


@given(st.text("abc", min_size=3, max_size=20), st.sets(st.text("abc", min_size=3, max_size=5), max_size=20))
def test_parts_are_words_in_order_and_cover_the_compound_but_for_links(word: str, words: set[str]) -> None:
    parts = split_compound(word, lambda part: int(part in words))
    assert len(parts) != 1
    end = 0
    for part in parts:
        assert word[part.start : part.end] == part.word
        assert part.word in words
        assert part.start - end <= 2
        end = max(end, part.end)
    assert not parts or end == len(word)


def test_a_long_word_is_split_at_once() -> None:
    word = string.ascii_lowercase[:4] * 10
    assert len(split_compound(word, lambda part: 1)) > 1
    assert split_compound(word + "abc", lambda part: 1) == ()
