from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.phrases import PhraseFinders
from semsearch.analysis.stems import Analyzer
from semsearch.index import Scale
from semsearch.index.phrases import PhraseReader
from semsearch.posts import Post
from semsearch.relating.score import Parts
from semsearch.search.reasons import Common, Side, reasons, side_of
from semsearch.search.results import REASON_KINDS, Reason
from tests.search.fakes import Vector, planted, searcher_of

NOTHING = Parts(meaning=0.0, words=0.0, time=0.0, tags=0.0, authors=0.0, series=0.0, crowd=0.0)
RIGHT, UP, BEHIND = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
FINDERS = PhraseFinders(Analyzer())
COSINE = Scale(start=0.0, unit=1.0)
"""A scale on which similarity in units equals the cosine."""


def _parts(**parts: float) -> Parts:
    return replace(NOTHING, **parts)


def _side(sentences: Mapping[str, Vector] | None = None, centre: Vector = (0.0, 0.0, 0.0), **fields: Any) -> Side:
    """A post with these fields. By default no sentence is similar to the other post as a whole."""
    post = Post(**{"id": "post", "title": "Title"} | fields)
    texts = list(sentences or {})
    vectors = np.array(list((sentences or {}).values()), dtype=np.float32).reshape(-1, 3)
    return Side(post, np.array(centre, dtype=np.float32), vectors, texts.__getitem__, PhraseReader(FINDERS).rows(post))


def _found(
    one: Side,
    other: Side,
    parts: Parts,
    tags: Sequence[str] = (),
    authors: Sequence[str] = (),
    scale: Scale = COSINE,
) -> list[tuple[str, ...]]:
    """Each reason as its kind and values."""
    found = reasons(one, other, parts, Common(tags, authors), scale, FINDERS)
    return [(reason.kind, *reason.values) for reason in found]


# --- which reasons ----------------------------------------------------------------------------------------------------


def test_nothing_in_common_gives_no_reason() -> None:
    assert reasons(_side(), _side(), NOTHING, Common(), COSINE, FINDERS) == ()


def test_reason_has_its_kind_and_values() -> None:
    found = reasons(_side(), _side(), _parts(authors=1.0), Common(authors=("Ann",)), COSINE, FINDERS)
    assert found == (Reason(kind="authors", values=("Ann",)),)


GLASS, HARMONICAS = "On glass harmonicas, loud and rare.", "On glass harmonicas, rare but loud in theatres."
"""Two sentences that say the same."""


def _letters() -> tuple[Side, Side]:
    """Two posts that have everything in common, the second newer."""
    one = _side({GLASS: RIGHT}, title="Glass harmonicas Part 1", teaser=GLASS, date="2024-01-01")
    other = _side({HARMONICAS: RIGHT}, title="Glass harmonicas Part 2", teaser=HARMONICAS, date="2024-03-01")
    return one, other


def test_three_most_important_reasons_are_given_in_order() -> None:
    # Words are worth 1.2, sentences 0.8, a newer take 0.5, series 0.5·0.96, authors 0.5·0.9 and tags 0.5·0.5;
    # they are about the same things by 0.8 + 1.2 + 0.25 + 0.45 = 2.7.
    parts = _parts(meaning=0.8, words=1.2, tags=0.5, authors=0.9, series=0.96)
    assert _found(*_letters(), parts, ["post"], ["Ann"]) == [
        ("words", "glass harmonicas"),
        ("sentences", GLASS, HARMONICAS),
        ("newer", "2024-03-01"),
    ]
    # As above, without sentences and a newer take: -1 + 2 + 0.25 + 0.45 = 1.7.
    parts = _parts(meaning=-1.0, words=2.0, tags=0.5, authors=0.9, series=0.96)
    assert _found(*_letters(), parts, ["post"], ["Ann"]) == [
        ("words", "glass harmonicas"),
        ("series", "Glass harmonicas"),
        ("authors", "Ann"),
    ]


def test_reason_without_values_is_replaced_by_the_next() -> None:
    parts = _parts(meaning=3.0, words=2.0, tags=1.0, authors=0.9, series=0.8)
    assert _found(_side(), _side(title="Letters #2"), parts, ["post"], ["Ann"]) == [
        ("tags", "post"),
        ("authors", "Ann"),
        ("series", "Letters"),
    ]


def test_part_worth_less_than_a_tenth_is_no_reason() -> None:
    # Tags are worth half of what they are.
    assert _found(_side(), _side(), _parts(tags=0.19), ["post"]) == []
    assert _found(_side(), _side(), _parts(tags=0.2), ["post"]) == [("tags", "post")]


def test_phrases_that_both_posts_are_about_are_a_reason_whatever_the_words_are_worth() -> None:
    one, other = _side(teaser="A glass harmonica."), _side(teaser="Glass harmonicas are rare.")
    assert _found(one, other, _parts(words=-1.0)) == [("words", "Glass harmonicas")]


def test_each_reason_has_at_most_three_values() -> None:
    four = ["a", "b", "c", "d"]
    other = _side(teaser="Iron bridges; glass violins; quiet harbours; diesel engines.")
    [(kind, *values)] = _found(other, other, _parts(words=1.0))
    assert (kind, len(values)) == ("words", 3)
    assert _found(_side(), other, _parts(tags=1.0), four) == [("tags", *four[:3])]
    assert _found(_side(), other, _parts(authors=1.0), (), four) == [("authors", *four[:3])]


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
    parts = _parts(meaning=meaning, words=words, time=time, tags=tags, authors=authors, series=0.6)
    common = Common(["post"], ["Ann"])
    kinds = [reason.kind for reason in reasons(*_letters(), parts, common, COSINE, FINDERS)]
    take = 0.5 if meaning + words + 0.5 * tags + 0.5 * authors >= 2 else 0.0
    worths = (max(words, 0.1), 0.5 * tags, 0.5 * authors, 0.3, meaning, take)
    worth = dict(zip(REASON_KINDS, worths, strict=True))
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
        _side(date="2024-01-01"), _side(date=day), _parts(words=2.0, tags=1.02, authors=0.98), ["post"], ["Ann"]
    )
    assert found == [("tags", "post"), ("newer", day), ("authors", "Ann")]


# --- sentences --------------------------------------------------------------------------------------------------------


def test_similar_sentences_that_say_something_else_are_no_reason() -> None:
    one = _side({"Release 4 mends the glass editor of tables.": RIGHT})
    other = _side({"Release 5 mends the iron parser of tables.": RIGHT})
    assert _found(one, other, _parts(meaning=2.0)) == []


@pytest.mark.parametrize("more", [0, 1, 5])
def test_only_the_first_sixty_four_sentences_are_compared(more: int) -> None:
    """Only the last sentences of the two posts are similar."""
    mine = {f"Mine {number}.": UP for number in range(63 + more)} | {GLASS: RIGHT}
    yours = {f"Yours {number}.": BEHIND for number in range(63 + more)} | {HARMONICAS: RIGHT}
    parts = _parts(meaning=1.0)
    shown = [] if more else [("sentences", GLASS, HARMONICAS)]
    assert _found(_side(mine), _side({HARMONICAS: RIGHT}), parts) == shown
    assert _found(_side({GLASS: RIGHT}), _side(yours), parts) == shown


def test_post_without_sentences_has_no_sentence_reason() -> None:
    for sides in ((_side({GLASS: RIGHT}), _side()), (_side(), _side({GLASS: RIGHT}))):
        assert _found(*sides, _parts(meaning=0.5)) == []


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
