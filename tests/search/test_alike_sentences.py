"""Two sentences that say the same thing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.phrases import PhraseFinders
from semsearch.analysis.stems import Analyzer
from semsearch.index import Scale
from semsearch.search.alike_sentences import most_alike, say_the_same, shortened

FINDER = PhraseFinders(Analyzer()).for_language("en")
RIGHT, UP, BEHIND = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
NOWHERE = (0.0, 0.0, 0.0)
COSINE = Scale(start=0.0, unit=1.0)
Vector = tuple[float, float, float]


def _places(
    one: list[Vector],
    other: list[Vector],
    centres: tuple[Vector, Vector] = (NOWHERE, NOWHERE),
    scale: Scale = COSINE,
) -> tuple[int, int] | None:
    mine, yours, mid, your_mid = (np.array(value, dtype=np.float32) for value in (one, other, *centres))
    return most_alike(mine.reshape(-1, 3), yours.reshape(-1, 3), mid, your_mid, scale)


def test_most_similar_pair_is_found() -> None:
    assert _places([UP, RIGHT], [BEHIND, (0.8, 0.6, 0.0), UP]) == (0, 2)


def test_sentences_are_alike_from_three_quarters_of_the_way_to_equality() -> None:
    # The cosine is 0.75; with a start of 0.2, 0.8 would be needed.
    other = (0.75, 0.6614378, 0.0)
    assert _places([RIGHT], [other], scale=Scale(start=0.0, unit=0.1)) == (0, 0)
    assert _places([RIGHT], [other], scale=Scale(start=0.2, unit=0.1)) is None


def test_sentences_beside_the_point_of_both_posts_are_passed_over() -> None:
    # Both pairs have the cosine 1. The first is not near to the other post.
    assert _places([BEHIND, RIGHT], [BEHIND, RIGHT], ((0.6, 0.8, 0.0), (0.6, 0.8, 0.0))) == (1, 1)


def test_no_sentences_are_not_alike() -> None:
    assert _places([], [RIGHT]) is None
    assert _places([RIGHT], []) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The harbour court settles disputes of sailors.",
            "The harbour court is a maritime court that settles disputes of sailors.",
        ),
        ("Glass violins are louder than wooden violins.", "Violins of glass are louder than wooden ones, sadly."),
    ],
)
def test_the_same_in_other_words_is_the_same(one: str, other: str) -> None:
    assert say_the_same(one, other, FINDER)
    assert say_the_same(other, one, FINDER)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The harbour court settles disputes.", "The harbour court settles disputes."),  # a template, or copied
        (
            "This is the first of three letters on violins from harbours.",
            "This is the third of three letters on violins from harbours.",
        ),
        ("The schedule of Harpsichord 3.4 for tuners.", "The schedule of Harpsichord 3.5 for tuners."),
        ("We present the harbour prize to Ann Ferry.", "We present the harbour prize to Tom Bridge."),
        ("Release 4 mends the editor of tables.", "Release 5 mends the parser of tables."),
        ("We would love to hear from you.", "Let us know what you think, we would love to hear from you!"),
        ("NOTE: this concerns harpsichords alone.", "The tuning of violins is done carefully over many years."),
    ],
)
def test_templates_phrases_of_courtesy_and_other_topics_are_not_the_same(one: str, other: str) -> None:
    assert not say_the_same(one, other, FINDER)
    assert not say_the_same(other, one, FINDER)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("- A first\n  of  two", "A first of two"),
        ("## *Heading", "Heading"),
        ("• Entry", "Entry"),
        ("\u2013 Dash", "Dash"),
        ("A heading ===== and text.", "A heading and text."),
        ("Above\n---\nbelow.", "Above below."),
        ("The end ___", "The end"),
        ("Text\n## Heading\n> said so.", "Text Heading said so."),
        ("C# is fine, #1 too, a->b.", "C# is fine, #1 too, a->b."),
        ("A well-known word \u2013 or two - or -- three.", "A well-known word \u2013 or two - or -- three."),
        ("snake_case, 2*3*4 and a***b", "snake_case, 2*3*4 and a***b"),
    ],
)
def test_sentences_are_shown_on_one_line_without_markdown(sentence: str, shown: str) -> None:
    assert shortened(sentence) == shown


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("x" * 140, "x" * 140),
        ("x" * 141, "x" * 139 + "…"),
        ("abcd " * 27 + "abcde", "abcd " * 27 + "abcde"),  # 27·5 + 5 = 140
        ("abcd " * 27 + "abcdef", "abcd " * 26 + "abcd…"),  # 26·5 + 4 + 1 = 135
        ("abcd " * 27 + "abcde f", "abcd " * 26 + "abcd…"),  # with all of "abcde" it would be 141 long
        ("abcd " * 28 + "f", "abcd " * 27 + "abcd…"),  # 27·5 + 4 + 1 = 140
        ("x" * 70 + " " + "y" * 70, "x" * 70 + "…"),
        ("x" * 69 + " " + "y" * 71, "x" * 69 + " " + "y" * 69 + "…"),  # a space in the first half is too early
    ],
)
def test_a_long_sentence_is_cut_at_a_space(sentence: str, shown: str) -> None:
    assert shortened(sentence) == shown


@given(st.text(st.sampled_from("ab  \n.,-#>*é"), max_size=400))
def test_shown_sentence_is_a_short_prefix(text: str) -> None:
    shown = shortened(f"Words{text}")
    assert len(shown) <= 140
    assert " ".join(shown.split()) == shown
    letters, kept = ([letter for letter in whole if letter.isalnum()] for whole in (f"Words{text}", shown))
    assert kept == (letters[: len(kept)] if shown.endswith("…") else letters)
