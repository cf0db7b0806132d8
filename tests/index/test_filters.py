from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index import NO_FILTER, Filter
from semsearch.index.filters import MATCH_NOTHING, day_number
from semsearch.index.lexical.query_model import Condition
from semsearch.posts import Post
from tests.index.builders import attributes, lexical_index, plain_text, post, query_words_of


def passes(one: Post, condition: Filter) -> bool:
    """The definition of a filter, as a plain comparison."""
    day = None if one.date is None else dt.date.fromisoformat(one.date[:10])
    if not set(map(str.casefold, condition.tags)) <= set(map(str.casefold, one.tags)):
        return False
    if not set(map(str.casefold, condition.authors)) <= set(map(str.casefold, one.authors)):
        return False
    if condition.language is not None:
        wanted, had = condition.language.lower(), (one.language or "").lower()
        if not one.language or (had != wanted and not had.startswith(f"{wanted}-")):
            return False
    if condition.date_from is not None and (day is None or day < condition.date_from):
        return False
    return condition.date_to is None or (day is not None and day <= condition.date_to)


# Few values, so that posts and filters meet; alike ones, so that they are told apart; and any other text.
names = st.sampled_from(["AI", "ai", "a", "C++", "human feedback", "human", "🧮", "é", "*", "a AND b", '"'])
values = st.lists(names | plain_text.filter(bool), max_size=3, unique=True).map(tuple)
languages = st.sampled_from(["en", "EN", "en-GB", "en-gb-oxendict", "e", "pt-BR", "pt", "ptx"])
days = st.sampled_from([dt.date.min, dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date(2024, 2, 29), dt.date.max])
times = st.sampled_from(["", "T00:00:00", "T23:59:59.999999", "T23:30:00-12:00", "T00:30:00+14:00", "T12:00Z"])
dates = st.builds(lambda day, time: f"{day.isoformat()}{time}", days, times)
posts = st.builds(
    lambda tags, authors, language, date: post(
        "a", title="walrus", tags=tags, authors=authors, language=language, date=date
    ),
    values,
    values,
    st.none() | languages,
    st.none() | dates,
)
repeated_names = st.lists(names, max_size=2).map(tuple)  # may contain duplicates
filters = st.builds(
    Filter,
    tags=st.just(()) | repeated_names | values,
    authors=st.just(()) | repeated_names,
    language=st.none() | languages | st.just(""),
    date_from=st.none() | days,
    date_to=st.none() | days,
)


@settings(max_examples=20, deadline=None)  # each example writes an index, which is slow
@given(st.lists(posts, max_size=8), st.lists(filters, min_size=8, max_size=16))
def test_mask_and_query_of_a_filter_agree_with_its_definition(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[Post], conditions: list[Filter]
) -> None:
    folder = tmp_path_factory.mktemp("filtered")
    columns, words = attributes(folder, corpus), lexical_index(folder, corpus)
    for condition in conditions:
        meant = [ordinal for ordinal, one in enumerate(corpus) if passes(one, condition)]
        mask = columns.mask(condition)
        assert (list(range(len(corpus))) if mask is None else mask.nonzero()[0].tolist()) == meant
        assert sorted(words.matching(query_words_of("walrus"), Condition(condition)).tolist()) == meant
        assert sorted(words.search(query_words_of("walrus"), 100, Condition(condition))[0].tolist()) == meant


@settings(deadline=None)
@given(st.lists(posts, max_size=8), filters, filters)
def test_an_intersection_matches_the_posts_that_both_filters_match(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[Post], one: Filter, other: Filter
) -> None:
    columns = attributes(tmp_path_factory.getbasetemp(), corpus)
    meant = [passes(post, one) and passes(post, other) for post in corpus]
    for both in (one.intersect(other), other.intersect(one)):
        assert [passes(post, both) for post in corpus] == meant
        mask = columns.mask(both)
        assert all(meant) if mask is None else mask.tolist() == meant


@given(filters)
def test_intersecting_with_an_empty_filter_changes_nothing(one: Filter) -> None:
    once = replace(one, tags=tuple(dict.fromkeys(one.tags)), authors=tuple(dict.fromkeys(one.authors)))
    assert one.intersect(NO_FILTER) == NO_FILTER.intersect(one) == one.intersect(one) == once


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("en", "en-GB", "en-GB"),
        ("en-gb", "EN", "en-gb"),
        ("en", "EN", "EN"),
        (None, "en", "en"),
        ("", "en", None),
        ("en", "de", None),
        ("en-GB", "en-US", None),
        ("e", "en", None),
    ],
)
def test_an_intersection_has_the_narrower_language_or_matches_nothing(
    one: str | None, other: str | None, both: str | None
) -> None:
    expected = MATCH_NOTHING if both is None else Filter(language=both)
    assert Filter(language=one).intersect(Filter(language=other)) == expected


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        (NO_FILTER, False),
        (Filter(tags=(), authors=()), False),
        (Filter(tags=("",)), True),
        (Filter(language=""), True),
        (Filter(date_from=dt.date.min), True),
        (Filter(date_to=dt.date.max), True),
    ],
)
def test_a_filter_with_any_condition_is_true(condition: Filter, asks: bool) -> None:
    assert bool(condition) is asks


@pytest.mark.parametrize(
    ("day", "number"),
    [("1970-01-01", 0), ("1969-12-31", -1), ("1972-03-01", 790), ("2000-01-01", 10_957), ("0001-01-01", -719_162)],
)
def test_days_are_numbered_from_1970(day: str, number: int) -> None:
    assert day_number(dt.date.fromisoformat(day)) == number
