from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ranking.syntax import ParsedQuery, parse


@pytest.mark.parametrize(
    ("query", "text", "phrases", "excluded"),
    [
        ("growing tomatoes", "growing tomatoes", (), ()),
        ('"growing tomatoes"', "growing tomatoes", ("growing tomatoes",), ()),
        ('how "growing tomatoes" works', "how growing tomatoes works", ("growing tomatoes",), ()),
        ("“growing tomatoes” now", "growing tomatoes now", ("growing tomatoes",), ()),
        ('"one" "two three"', "one two three", ("one", "two three"), ()),
        ('" one  two "', "one two", ("one  two",), ()),
        ("tomatoes -beans", "tomatoes", (), ("beans",)),
        ("-beans tomatoes -peas", "tomatoes", (), ("beans", "peas")),
        ('tomatoes -"runner beans"', "tomatoes", (), ("runner beans",)),
        ("tomatoes -“runner beans”", "tomatoes", (), ("runner beans",)),
        ("tomatoes -node.js", "tomatoes", (), ("node.js",)),
        ("-beans", "", (), ("beans",)),
        ('-"runner beans"', "", (), ("runner beans",)),
        ("-étude x", "x", (), ("étude",)),
        ('"one -two" three', "one -two three", ("one -two",), ()),  # between quotation marks all is text
        # The quotation marks of other languages and keyboards.
        ("„growing tomatoes“ now", "growing tomatoes now", ("growing tomatoes",), ()),
        ('„growing tomatoes"', "growing tomatoes", ("growing tomatoes",), ()),
        ("”growing tomatoes”", "growing tomatoes", ("growing tomatoes",), ()),
        ("« growing tomatoes »", "growing tomatoes", ("growing tomatoes",), ()),
        ("»growing tomatoes«", "growing tomatoes", ("growing tomatoes",), ()),
        ("\uff02growing tomatoes\uff02", "growing tomatoes", ("growing tomatoes",), ()),
        ("夜の「青い月」と『海』", "夜の青い月と海", ("青い月", "海"), ()),
        ('(see "growing tomatoes")', "(see growing tomatoes)", ("growing tomatoes",), ()),
        ('("growing tomatoes")', "(growing tomatoes)", ("growing tomatoes",), ()),
        ("tomatoes -«runner beans» -「豆」", "tomatoes", (), ("runner beans", "豆")),
        # What keyboards make of a minus; an em dash begins speech.
        ("tomatoes –beans \u2212peas", "tomatoes", (), ("beans", "peas")),
        ('tomatoes –"runner beans"', "tomatoes", (), ("runner beans",)),
        ("—tomatoes and beans", "—tomatoes and beans", (), ()),
        ("tomatoes -🥕 -🇳🇱 -2️⃣", "tomatoes", (), ("🥕", "🇳🇱", "2️⃣")),
        ("tomatoes -#garden -@gardener", "tomatoes", (), ("#garden", "@gardener")),
        # No signs: a number below zero, a range, a word with a hyphen, a dash, an option of two letters.
        ("-5 degrees", "-5 degrees", (), ()),
        ("2020-2024 e-mail", "2020-2024 e-mail", (), ()),
        ("this - that", "this - that", (), ()),
        ("--verbose", "--verbose", (), ()),
        # Without a partner, or with nothing between, or within a word: text.
        ('"growing tomatoes', '"growing tomatoes', (), ()),
        ('growing tomatoes"', 'growing tomatoes"', (), ()),
        ('5" pipe and 6" pipe', '5" pipe and 6" pipe', (), ()),
        ('""', '""', (), ()),
        ('"', '"', (), ()),
        ("-", "-", (), ()),
        ('-"', '-"', (), ()),
        ("“one two", "“one two", (), ()),
        ("Garden » Vegetables", "Garden » Vegetables", (), ()),
        ("5” pipe and 6” pipe", "5” pipe and 6” pipe", (), ()),
        ('"one" two"', 'one two"', ("one",), ()),
        ('"   "', "", (), ()),
        # Between quotation marks, a minus is text.
        ('"-5 to -ten"', "-5 to -ten", ("-5 to -ten",), ()),
        ('"tomatoes -not beans" -peas', "tomatoes -not beans", ("tomatoes -not beans",), ("peas",)),
    ],
)
def test_a_query_is_taken_apart(query: str, text: str, phrases: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    assert parse(query) == ParsedQuery(text, phrases, excluded)


def test_a_plain_query_has_no_operators() -> None:
    assert ParsedQuery.plain('"a b" -c') == ParsedQuery('"a b" -c', (), ())


@given(st.text(st.sampled_from('ab -–"“”„«».1\n'), max_size=30))
def test_whatever_is_typed_has_a_text_and_no_empty_phrase(query: str) -> None:
    parsed = parse(query)
    assert parsed.text == " ".join(parsed.text.split())
    assert all(part == part.strip() and part for part in (*parsed.phrases, *parsed.excluded))
    letters = sorted(letter for letter in query if letter in "ab")
    kept = [letter for part in (parsed.text, *parsed.excluded) for letter in part if letter in "ab"]
    assert sorted(kept) == letters  # every letter is asked for or excluded


@given(st.text(st.sampled_from("ab .1\n"), max_size=30))
def test_a_query_without_signs_is_itself(query: str) -> None:
    assert parse(query) == ParsedQuery(" ".join(query.split()), (), ())
