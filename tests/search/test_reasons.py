from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer
from semsearch.index import Scale
from semsearch.posts import Post
from semsearch.relating.score import Parts
from semsearch.search.reasons import Side, reasons, side_of
from semsearch.search.results import REASON_KINDS, Reason
from tests.search.fakes import Vector, planted, searcher_of

NOTHING = Parts(meaning=0.0, words=0.0, time=0.0, tags=0.0, authors=0.0, series=0.0, crowd=0.0)
RIGHT, UP, BEHIND = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
ANALYZER = Analyzer()
COSINE = Scale(start=0.0, unit=1.0)
"""A scale on which similarity in units equals the cosine."""


def _parts(**parts: float) -> Parts:
    return replace(NOTHING, **parts)


def _side(sentences: Mapping[str, Vector] | None = None, centre: Vector = (0.0, 0.0, 0.0), **fields: Any) -> Side:
    """A post with these fields. By default no sentence is similar to the other post as a whole."""
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
    scale: Scale = COSINE,
) -> list[tuple[str, ...]]:
    """Each reason as its kind and values."""
    common = (terms, tags, authors)
    return [(reason.kind, *reason.values) for reason in reasons(one, other, parts, common, scale, ANALYZER)]


def _sentence(sentence: str) -> str:
    """A sentence of the example as shown in a reason."""
    found = _found(_side({sentence: RIGHT}), _side({"Yours.": RIGHT}), _parts(meaning=1.0))
    return found[0][1]


# --- which reasons ----------------------------------------------------------------------------------------------------


def test_nothing_in_common_gives_no_reason() -> None:
    assert reasons(_side(), _side(), NOTHING, ((), (), ()), COSINE, ANALYZER) == ()


def test_reason_has_its_kind_and_values() -> None:
    found = reasons(_side(), _side(), _parts(authors=1.0), ((), (), ("Ann",)), COSINE, ANALYZER)
    assert found == (Reason(kind="authors", values=("Ann",)),)


def test_three_most_important_reasons_are_given_in_order() -> None:
    one = _side({"Mine.": RIGHT, "Mine too.": UP}, title="Letters Part 1", date="2024-01-01")
    other = _side({"Yours.": RIGHT, "Yours too.": BEHIND}, title="Letters Part 2", date="2024-03-01")
    # Words are worth 1.2, sentences 0.8, a newer take 0.5, series 0.5·0.96, authors 0.5·0.9 and tags 0.5·0.5;
    # they are about the same things by 0.8 + 1.2 + 0.25 + 0.45 = 2.7.
    parts = _parts(meaning=0.8, words=1.2, tags=0.5, authors=0.9, series=0.96)
    assert _found(one, other, parts, ["letter"], ["post"], ["Ann"]) == [
        ("words", "Letters"),
        ("sentences", "Mine.", "Yours."),
        ("newer", "2024-03-01"),
    ]
    # As above, without sentences and a newer take: -1 + 2 + 0.25 + 0.45 = 1.7.
    parts = _parts(meaning=-1.0, words=2.0, tags=0.5, authors=0.9, series=0.96)
    assert _found(one, other, parts, ["letter"], ["post"], ["Ann"]) == [
        ("words", "Letters"),
        ("series", "Letters"),
        ("authors", "Ann"),
    ]


def test_reason_without_values_is_replaced_by_the_next() -> None:
    parts = _parts(meaning=3.0, words=2.0, tags=1.0, authors=0.9, series=0.8)
    assert _found(_side(), _side(title="Letters #2"), parts, ["absent"], ["post"], ["Ann"]) == [
        ("tags", "post"),
        ("authors", "Ann"),
        ("series", "Letters"),
    ]


def test_part_worth_less_than_a_tenth_is_no_reason() -> None:
    # Tags are worth half of what they are.
    assert _found(_side(), _side(), _parts(tags=0.19), (), ["post"]) == []
    assert _found(_side(), _side(), _parts(tags=0.2), (), ["post"]) == [("tags", "post")]
    violins = _side(title="Violins")
    assert _found(violins, violins, _parts(words=0.0999), ["violin"]) == []
    assert _found(violins, violins, _parts(words=0.1), ["violin"]) == [("words", "Violins")]


def test_each_reason_has_at_most_three_values() -> None:
    four, shown = ["violin", "bridg", "harbour", "engin"], ("violins", "bridges", "harbours")
    other = _side(teaser="violins, bridges, harbours and engines")
    assert _found(other, other, _parts(words=1.0), four) == [("words", *shown)]
    assert _found(_side(), other, _parts(tags=1.0), (), four) == [("tags", *four[:3])]
    assert _found(_side(), other, _parts(authors=1.0), (), (), four) == [("authors", *four[:3])]


@given(
    meaning=st.floats(-2, 3),
    words=st.floats(-2, 3),
    time=st.floats(0, 1),
    tags=st.floats(0, 1),
    authors=st.floats(0, 1),
)
def test_reasons_are_ordered_by_their_worth(
    meaning: float, words: float, time: float, tags: float, authors: float
) -> None:
    one = _side({"Mine.": RIGHT}, title="Letters Part 1", date="2024-01-01")
    other = _side({"Yours.": RIGHT}, title="Letters Part 2", date="2024-03-01")
    parts = _parts(meaning=meaning, words=words, time=time, tags=tags, authors=authors, series=0.6)
    common = (["letter"], ["post"], ["Ann"])
    kinds = [reason.kind for reason in reasons(one, other, parts, common, COSINE, ANALYZER)]
    take = 0.5 if meaning + words + 0.5 * tags + 0.5 * authors >= 2 else 0.0
    worth = dict(zip(REASON_KINDS, (words, 0.5 * tags, 0.5 * authors, 0.3, meaning, take), strict=True))
    given_up = [value for kind, value in worth.items() if kind not in kinds]
    assert [worth[kind] for kind in kinds] == sorted((worth[kind] for kind in kinds), reverse=True)
    assert len(kinds) == min(3, sum(value >= 0.1 for value in worth.values()))
    assert all(worth[kind] >= max(0.1, *(value for value in given_up)) for kind in kinds)


# --- series and newer takes -------------------------------------------------------------------------------------------


def test_series_is_named_as_in_the_related_post() -> None:
    one = _side(title="OLD LETTERS, part 1")
    assert _found(one, _side(series="Old Letters"), _parts(series=1.0)) == [("series", "Old Letters")]
    assert _found(one, _side(title="Old letters, Part 2"), _parts(series=1.0)) == [("series", "Old letters")]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2024-01-31", [("newer", "2024-01-31")]),  # thirty days later
        ("2024-01-31T23:59:00+02:00", [("newer", "2024-01-31")]),
        ("2024-01-30", []),
        ("2023-06-01", []),
        ("2054-01-01", [("newer", "2054-01-01")]),
        (None, []),
    ],
)
def test_newer_post_is_at_least_thirty_days_newer(day: str | None, found: list[tuple[str, ...]]) -> None:
    parts = _parts(meaning=2.0)
    assert _found(_side(date="2024-01-01"), _side(date=day), parts) == found
    assert _found(_side(), _side(date=day), parts) == []


def test_newer_post_must_be_about_the_same() -> None:
    sides = _side(date="2024-01-01"), _side(date="2024-06-01")
    assert _found(*sides, _parts(meaning=1.99, time=1.0)) == []
    assert _found(*sides, _parts(meaning=2.0)) == [("newer", "2024-06-01")]
    # Meaning, words, and half of tags and authors: 0.5 + 0.75 + 0.5 + 0.25 = 2.
    assert _found(*sides, _parts(meaning=0.5, words=0.75, tags=1.0, authors=0.5)) == [("newer", "2024-06-01")]
    assert _found(*sides, _parts(meaning=0.5, words=0.75, tags=1.0, authors=0.49, time=1.0, series=1.0)) == []


@pytest.mark.parametrize("day", ["2024-02-01", "2054-01-01"])
def test_newer_post_is_worth_half_a_unit_at_any_distance(day: str) -> None:
    # Tags and authors are worth 0.5·1.02 = 0.51 and 0.5·0.98 = 0.49.
    found = _found(
        _side(date="2024-01-01"), _side(date=day), _parts(words=2.0, tags=1.02, authors=0.98), (), ["post"], ["Ann"]
    )
    assert found == [("tags", "post"), ("newer", day), ("authors", "Ann")]


# --- sentences --------------------------------------------------------------------------------------------------------


def test_most_similar_pair_of_sentences_is_shown_example_first() -> None:
    one = _side({"Mine up.": UP, "Mine right.": RIGHT})
    other = _side({"Yours behind.": BEHIND, "Yours right.": (0.8, 0.6, 0.0), "Yours up.": (0.0, 1.0, 0.0)})
    assert _found(one, other, _parts(meaning=0.5)) == [("sentences", "Mine up.", "Yours up.")]


def test_sentences_are_shown_from_a_similarity_of_one_unit() -> None:
    one, other = _side({"Mine.": RIGHT}), _side({"Yours.": (0.75, 0.6614378, 0.0)})
    # (0.75 - 0.25) / 0.5 = 1, and (0.75 - 0.25) / 0.51 < 1.
    parts, shown = _parts(meaning=0.5), [("sentences", "Mine.", "Yours.")]
    assert _found(one, other, parts, scale=Scale(start=0.25, unit=0.5)) == shown
    assert _found(one, other, parts, scale=Scale(start=0.25, unit=0.51)) == []


def test_similarity_to_the_posts_does_not_replace_similarity_of_sentences() -> None:
    # In context 0.6 + 0.5·(1 + 1) = 1.6, against 1 of the pair that is alike.
    one = _side({"On rivers.": RIGHT, "Subscribe now.": BEHIND}, centre=(0.6, 0.8, 0.0))
    other = _side({"On floods.": (0.6, 0.8, 0.0), "Subscribe here.": BEHIND}, centre=RIGHT)
    parts = _parts(meaning=3.0)
    assert _found(one, other, parts, scale=Scale(start=0.0, unit=0.7)) == []
    assert _found(one, other, parts, scale=Scale(start=0.0, unit=0.5)) == [("sentences", "On rivers.", "On floods.")]


def test_similarity_to_the_other_post_counts() -> None:
    # Each pair below has the cosine 1. "Subscribe" is not near to the other post: 1, against 1 + 0.5·0.6 twice.
    one = _side({"Subscribe now.": BEHIND, "On rivers.": RIGHT}, centre=(0.6, 0.8, 0.0))
    other = _side({"Subscribe here.": BEHIND, "Of rivers.": RIGHT}, centre=(0.6, 0.8, 0.0))
    assert _found(one, other, _parts(meaning=0.5)) == [("sentences", "On rivers.", "Of rivers.")]


def test_identical_sentences_are_no_reason() -> None:
    one = _side({"Subscribe now.": BEHIND, "On rivers.": RIGHT})
    other = _side({"> subscribe\n  NOW.": BEHIND, "Of engines.": UP})
    assert _found(one, other, _parts(meaning=0.5)) == []


@pytest.mark.parametrize("more", [0, 1, 5])
def test_only_the_first_sixty_four_sentences_are_compared(more: int) -> None:
    """Only the last sentences of the two posts are similar."""
    mine = {f"Mine {number}.": UP for number in range(63 + more)} | {"Mine, last.": RIGHT}
    yours = {f"Yours {number}.": BEHIND for number in range(63 + more)} | {"Yours, last.": RIGHT}
    few, parts = _side({"One.": RIGHT}), _parts(meaning=1.0)
    assert _found(_side(mine), few, parts) == ([] if more else [("sentences", "Mine, last.", "One.")])
    assert _found(few, _side(yours), parts) == ([] if more else [("sentences", "One.", "Yours, last.")])


def test_post_without_sentences_has_no_sentence_reason() -> None:
    for sides in ((_side({"Mine.": RIGHT}), _side()), (_side(), _side({"Yours.": RIGHT}))):
        assert _found(*sides, _parts(meaning=0.5)) == []


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
    assert _sentence(sentence) == shown


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
    assert _sentence(sentence) == shown


@given(st.text(st.sampled_from("ab  \n.,-#>*é"), max_size=400))
def test_shown_sentence_is_a_short_prefix(text: str) -> None:
    shown = _sentence(f"Words{text}")
    assert len(shown) <= 140
    assert " ".join(shown.split()) == shown
    letters, kept = ([letter for letter in whole if letter.isalnum()] for whole in (f"Words{text}", shown))
    assert kept == (letters[: len(kept)] if shown.endswith("…") else letters)


def test_markdown_alone_is_no_sentence() -> None:
    assert _found(_side({"A sentence.": RIGHT}), _side({"* * *": RIGHT}), _parts(meaning=0.5)) == []


# --- a post of the index ----------------------------------------------------------------------------------------------


def _read(folder: Path, *post: Any, **fields: Any) -> tuple[Side, list[str]]:
    """The side of a post of an index, and its sentences."""
    snapshot = searcher_of(folder / "version", [planted(*post, **fields)], {}).snapshot
    side = side_of(snapshot, snapshot.documents.get([0])[0], 0, np.array(UP, dtype=np.float32))
    return side, [side.sentence(row) for row in range(len(side.vectors))]


def test_first_sixty_four_sentences_of_an_indexed_post_are_read(tmp_path: Path) -> None:
    sentences = {f"Sentence {number:02}.": RIGHT if number % 2 else UP for number in range(65)}
    side, read = _read(tmp_path, "long", UP, sentences)
    assert read == list(sentences)[:64]
    assert side.vectors == pytest.approx(np.array(list(sentences.values())[:64]), abs=0.01)


@pytest.mark.parametrize(
    ("fields", "read"), [({"teaser": "Short."}, ["Short."]), ({"body": "Long."}, ["Long."]), ({}, [])]
)
def test_post_of_one_sentence_has_that_sentence(tmp_path: Path, fields: dict[str, str], read: list[str]) -> None:
    assert _read(tmp_path, "one", UP, **fields)[1] == read
