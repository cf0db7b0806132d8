from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.index.stems import Analyzer
from semsearch.posts import Post
from semsearch.relating.score import Parts
from semsearch.search.reasons import KINDS, Reason, Side, reasons
from tests.search.fakes import Vector

NOTHING = Parts(meaning=0.0, words=0.0, time=0.0, tags=0.0, authors=0.0, series=0.0, crowd=0.0)
RIGHT, UP, BEHIND = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
ANALYZER = Analyzer()


def _parts(**parts: float) -> Parts:
    return Parts(
        **{"meaning": 0.0, "words": 0.0, "time": 0.0, "tags": 0.0, "authors": 0.0, "series": 0.0, "crowd": 0.0} | parts
    )


def _side(sentences: Mapping[str, Vector] | None = None, centre: Vector = (0.0, 0.0, 0.0), **fields: Any) -> Side:
    """A post of these fields. By default no sentence is near to the other post as a whole."""
    post = Post(**{"id": "post", "title": "Title"} | fields)
    texts = list(sentences or {})
    vectors = np.array(list((sentences or {}).values()), dtype=np.float32).reshape(-1, 3)
    return Side(post, np.array(centre, dtype=np.float32), vectors, texts.__getitem__)


def _found(
    one: Side,
    other: Side,
    parts: Parts,
    terms: Sequence[str] = (),
    tags: Sequence[str] = (),
    authors: Sequence[str] = (),
) -> list[tuple[str, ...]]:
    """Each reason as its kind and values."""
    return [(reason.kind, *reason.values) for reason in reasons(one, other, parts, (terms, tags, authors), ANALYZER)]


def _words(terms: Sequence[str], **fields: Any) -> list[str]:
    """The words that are shown of a post."""
    found = _found(_side(), _side(**fields), _parts(words=1.0), terms)
    return [value for reason in found for value in reason[1:]]


# --- which reasons ----------------------------------------------------------------------------------------------------


def test_without_anything_in_common_there_is_no_reason() -> None:
    assert reasons(_side(), _side(), NOTHING, ((), (), ()), ANALYZER) == ()


def test_a_reason_says_of_which_kind_it_is_and_what_is_in_common() -> None:
    found = reasons(_side(), _side(), _parts(authors=1.0), ((), (), ("Ann",)), ANALYZER)
    assert found == (Reason(kind="authors", values=("Ann",)),)


def test_the_weightiest_three_reasons_are_given_the_weightiest_first() -> None:
    one = _side({"Mine.": RIGHT, "Mine too.": UP}, title="Letters Part 1", date="2024-01-01")
    other = _side({"Yours.": RIGHT, "Yours too.": BEHIND}, title="Letters Part 2", date="2024-03-01")
    # Worth 1.2, 0.5·0.5, 0.5·0.9, 0.5·1, 0.8 and 0.5·0.7.
    parts = _parts(meaning=0.8, words=1.2, time=0.7, tags=0.5, authors=0.9, series=1.0)
    assert _found(one, other, parts, ["letter"], ["post"], ["Ann"]) == [
        ("words", "Letters"),
        ("sentences", "Mine.", "Yours."),
        ("series", "letters"),
    ]
    parts = _parts(meaning=-1.0, words=2.0, time=0.7, tags=0.5, authors=0.9, series=0.0)
    assert _found(one, other, parts, ["letter"], ["post"], ["Ann"]) == [
        ("words", "Letters"),
        ("authors", "Ann"),
        ("newer", "2024-03-01"),
    ]


def test_what_cannot_be_shown_leaves_its_place_to_the_next() -> None:
    parts = _parts(meaning=3.0, words=2.0, tags=1.0, authors=0.9, series=0.8)
    assert _found(_side(), _side(title="Letters #2"), parts, ["absent"], ["post"], ["Ann"]) == [
        ("tags", "post"),
        ("authors", "Ann"),
        ("series", "letters"),
    ]


def test_what_is_worth_less_than_a_tenth_is_no_reason() -> None:
    # Tags are worth half of what they are.
    assert _found(_side(), _side(), _parts(tags=0.19), (), ["post"]) == []
    assert _found(_side(), _side(), _parts(tags=0.2), (), ["post"]) == [("tags", "post")]
    assert _found(_side(), _side(title="Violins"), _parts(words=0.0999), ["violin"]) == []
    assert _found(_side(), _side(title="Violins"), _parts(words=0.1), ["violin"]) == [("words", "Violins")]


def test_of_each_kind_at_most_three_are_named() -> None:
    four, shown = ["violin", "bridg", "harbour", "engin"], ("violins", "bridges", "harbours")
    other = _side(teaser="violins, bridges, harbours and engines")
    assert _found(_side(), other, _parts(words=1.0), four) == [("words", *shown)]
    assert _found(_side(), other, _parts(tags=1.0), (), four) == [("tags", *four[:3])]
    assert _found(_side(), other, _parts(authors=1.0), (), (), four) == [("authors", *four[:3])]


@given(
    meaning=st.floats(-2, 2),
    words=st.floats(-2, 2),
    time=st.floats(0, 1),
    tags=st.floats(0, 1),
    authors=st.floats(0, 1),
)
def test_reasons_are_in_the_order_of_what_they_are_worth(
    meaning: float, words: float, time: float, tags: float, authors: float
) -> None:
    one = _side({"Mine.": RIGHT}, title="Letters Part 1", date="2024-01-01")
    other = _side({"Yours.": RIGHT}, title="Letters Part 2", date="2024-03-01")
    parts = _parts(meaning=meaning, words=words, time=time, tags=tags, authors=authors, series=0.6)
    kinds = [reason.kind for reason in reasons(one, other, parts, (["letter"], ["post"], ["Ann"]), ANALYZER)]
    take = 0.5 * time if meaning + words + 0.5 * (tags + authors) >= 1 else 0.0
    worth = dict(zip(KINDS, (words, 0.5 * tags, 0.5 * authors, 0.3, meaning, take), strict=True))
    given_up = [value for kind, value in worth.items() if kind not in kinds]
    assert [worth[kind] for kind in kinds] == sorted((worth[kind] for kind in kinds), reverse=True)
    assert len(kinds) == min(3, sum(value >= 0.1 for value in worth.values()))
    assert all(worth[kind] >= max(0.1, *(value for value in given_up)) for kind in kinds)


# --- words ------------------------------------------------------------------------------------------------------------


def test_words_are_shown_as_the_related_post_has_them_the_weightiest_first() -> None:
    assert _words(["bridg", "violin"], title="VIOLINS", teaser="About bridges; a violin.") == ["VIOLINS", "bridges"]
    assert _words(["bridg", "violin"], teaser="A violin, two bridges.") == ["bridges", "violin"]
    assert _words(["bridg"], body="Two Bridges, a bridge.") == ["Bridges"]


def test_words_of_the_title_come_before_those_of_teaser_and_body() -> None:
    assert _words(["a1b", "c1d", "e1f"], title="e1f", teaser="c1d", body="a1b c1d e1f") == ["e1f", "c1d", "a1b"]


def test_no_word_is_shown_twice_or_within_another() -> None:
    assert _words(ANALYZER.terms("Node.js"), teaser="With Node.js, a node, and js.") == ["Node.js"]
    assert _words(["bridg", "footbridg"], teaser="A footbridge, bridges.") == ["bridges", "footbridge"]
    assert _words(["footbridg", "bridg"], teaser="Footbridge, bridge.") == ["Footbridge"]
    assert _words(["bridg", "footbridg"], title="bridge", teaser="A Footbridge.") == ["bridge"]


def test_numbers_and_single_letters_are_no_words_to_show() -> None:
    assert _words(["2024", "c", "violin"], title="2024: C, violins") == ["violins"]


def test_words_are_read_in_the_language_of_the_post() -> None:
    term = ANALYZER.terms("Brücken", "de")[0]
    assert _words([term], title="Zwei Brücken", language="de") == ["Brücken"]


def test_only_the_twelve_weightiest_terms_are_looked_for() -> None:
    absent = [f"absent{number}" for number in range(11)]
    assert _words([*absent, "violin"], title="Violin") == ["Violin"]
    assert _words([*absent, "twelfth", "violin"], title="Violin") == []


# --- series and newer takes -------------------------------------------------------------------------------------------


def test_a_series_is_named_as_the_post_names_it_or_as_its_title_does() -> None:
    assert _found(_side(), _side(extra={"series": "Old Letters"}), _parts(series=1.0)) == [("series", "old letters")]
    assert _found(_side(), _side(title="Old Letters, Part 2"), _parts(series=1.0)) == [("series", "old letters")]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2024-01-31", [("newer", "2024-01-31")]),  # thirty days later
        ("2024-01-31T23:59:00+02:00", [("newer", "2024-01-31")]),
        ("2024-01-30", []),
        ("2023-06-01", []),
        (None, []),
    ],
)
def test_a_newer_take_is_thirty_days_newer_at_least(day: str | None, found: list[tuple[str, ...]]) -> None:
    parts = _parts(meaning=1.0, time=0.9)
    assert _found(_side(date="2024-01-01"), _side(date=day), parts) == found
    assert _found(_side(), _side(date=day), parts) == []


def test_only_a_post_about_the_same_things_is_a_newer_take() -> None:
    sides = _side(date="2024-01-01"), _side(date="2024-06-01")
    assert _found(*sides, _parts(meaning=0.99, time=0.9, series=1.0)) == []
    # Meaning, words, and half of tags and authors.
    assert _found(*sides, _parts(meaning=0.1, words=0.3, tags=0.8, authors=0.4, time=0.9)) == [("newer", "2024-06-01")]


# --- sentences --------------------------------------------------------------------------------------------------------


def test_the_sentences_that_match_best_are_shown_first_that_of_the_example() -> None:
    one = _side({"Mine up.": UP, "Mine right.": RIGHT})
    other = _side({"Yours behind.": BEHIND, "Yours right.": (0.8, 0.6, 0.0), "Yours up.": (0.0, 0.9, 0.1)})
    assert _found(one, other, _parts(meaning=0.5)) == [("sentences", "Mine up.", "Yours up.")]


def test_sentences_are_to_be_near_to_the_other_post_as_a_whole_too() -> None:
    # Each pair below has the cosine 1. "Subscribe" is not near to the other post: 1, against 1 + 0.5·0.6 twice.
    one = _side({"Subscribe now.": BEHIND, "On rivers.": RIGHT}, centre=(0.6, 0.8, 0.0))
    other = _side({"Subscribe here.": BEHIND, "Of rivers.": RIGHT}, centre=(0.6, 0.8, 0.0))
    assert _found(one, other, _parts(meaning=0.5)) == [("sentences", "On rivers.", "Of rivers.")]


def test_the_same_sentence_in_both_is_no_reason() -> None:
    one = _side({"Subscribe now.": BEHIND, "On rivers.": RIGHT})
    other = _side({"> subscribe\n  NOW.": BEHIND, "Of engines.": UP})
    assert _found(one, other, _parts(meaning=0.5)) == []


def test_a_post_without_sentences_has_none_to_show() -> None:
    assert _found(_side({"Mine.": RIGHT}), _side(), _parts(meaning=0.5)) == []
    assert _found(_side(), _side({"Yours.": RIGHT}), _parts(meaning=0.5)) == []


def test_sentences_are_shown_on_one_line_without_the_marks_of_lists() -> None:
    one, other = _side({"- A first\n  of  two": RIGHT}), _side({"## *Heading": RIGHT})
    assert _found(one, other, _parts(meaning=0.5)) == [("sentences", "A first of two", "Heading")]


def test_a_long_sentence_is_cut() -> None:
    longest, longer = "x" * 300, "y" * 301
    found = _found(_side({longest: RIGHT}), _side({longer: RIGHT}), _parts(meaning=0.5))
    assert found == [("sentences", longest, "y" * 299 + "…")]


def test_marks_alone_are_no_sentence_to_show() -> None:
    assert _found(_side({"A sentence.": RIGHT}), _side({"* * *": RIGHT}), _parts(meaning=0.5)) == []
