from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.posts import Post
from semsearch.rebuilding.units import is_prose, unit_spans, units_of
from semsearch.text import clean
from tests.index.builders import plain_text

DONATE = "Please donate to our harbour."


def keys(text: str, sentence: str, language: str | None = None) -> tuple[int, ...]:
    """Return the keys of a unit of a text."""
    [n] = [n for n, (start, end) in enumerate(unit_spans(text)) if text[start:end] == sentence]
    units = units_of(Post("p", "Title", body=text, language=language), "body")
    return tuple(filter(None, (int(units.first[n]), int(units.second[n]))))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("One thing. Another thing! A third?", ["One thing.", "Another thing!", "A third?"]),
        ("A line\nAnother line\n\n- an item\n- an item", ["A line", "Another line", "- an item", "- an item"]),
        (
            "A sentence that goes on\nin the next line. And one more",
            ["A sentence that goes on\nin the next line.", "And one more"],
        ),
        ("It ends.\nlower case\n\nlower case", ["It ends.", "lower case", "lower case"]),
        ('He said "Stop." Then “Go!” he said.', ['He said "Stop."', "Then “Go!” he said."]),
        ("A line\n“Quoted.”", ["A line", "“Quoted.”"]),
        ("Some, e.g. this, cost 3.50 at example.org.", ["Some, e.g. this, cost 3.50 at example.org."]),
        ("一つ目。二つ目。「三つ目。」四つ目", ["一つ目。", "二つ目。", "「三つ目。」", "四つ目"]),
    ],
)
def test_units_are_sentences_and_lines(text: str, units: list[str]) -> None:
    assert [text[start:end] for start, end in unit_spans(text)] == units
    assert len(units_of(Post("p", "Title", teaser=text), "teaser").sizes) == len(units)


@given(st.one_of(plain_text, st.text('aA.!。\n ”"', max_size=30)).map(clean).filter(bool))
def test_units_and_spans_belong_together_and_cover_the_text(text: str) -> None:
    spans = unit_spans(text)
    assert len(units_of(Post("p", "Title", body=text), "body").sizes) == len(spans)
    covered = {offset for start, end in spans for offset in range(start, end)}
    assert all(text[offset].isspace() for offset in range(len(text)) if offset not in covered)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_a_sentence_has_the_same_keys_beside_any_neighbour() -> None:
    texts = [DONATE, f"Yes. {DONATE} No.", f"A line\n{DONATE}\nAnother", f"It is by Acme Inc. {DONATE}"]
    assert len({keys(text, DONATE) for text in texts}) == 1


def test_a_short_unit_has_keys_together_with_its_long_neighbours_only() -> None:
    after, between = keys(f"{DONATE}\nThanks!", "Thanks!"), keys(f"{DONATE}\nThanks!\n{DONATE}", "Thanks!")
    assert (len(after), len(between)) == (1, 2)
    assert after[0] == between[0]
    assert keys("Oh\nThanks!", "Thanks!") == ()


def test_a_key_without_numbers_is_odd_and_shared() -> None:
    one, other = (
        keys("Read the 5 comments.", "Read the 5 comments."),
        keys("Read the 6 comments.", "Read the 6 comments."),
    )
    assert one[0] != other[0]
    assert one[1] == other[1]
    assert (one[0] % 2, one[1] % 2) == (0, 1)


def test_keys_differ_between_languages_but_not_between_regions() -> None:
    assert keys(DONATE, DONATE, "en") == keys(DONATE, DONATE, "en-GB") == keys(DONATE, DONATE)
    assert keys(DONATE, DONATE, "en") != keys(DONATE, DONATE, "de")


@pytest.mark.parametrize(
    "text",
    [
        DONATE,
        "Subscribe to our newsletter",
        "- Follow us on Mastodon",
        "© 2019 Harbour News. All rights reserved",
        "originally published elsewhere, at example.org.",
        "Seen at https://example.org/?p=12&q=3 first",
        "→ Read more about tides",
        "ニュースレターを購読してください。",
    ],
)
def test_prose(text: str) -> None:
    assert is_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        "Conclusion",
        "Rejected ideas",
        "Step 1",
        "3 May 2019",
        "The U.S.",
        "$ npm install --save tides",
        "import numpy as np",
        "if (tide > 3) { return tide; }",
        "Console.WriteLine(tide of harbour);",
        "Harbour::Tide of day",
        "-----",
        "まとめ",
        "",
    ],
)
def test_short_headings_and_code_are_no_prose(text: str) -> None:
    assert not is_prose(text)
