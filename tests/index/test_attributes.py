from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index import NO_FILTER, Filter
from semsearch.index.attributes import MAX_DUPLICATES, NO_LANGUAGE, Attributes
from semsearch.index.filters import FACETS, TAGS
from tests.index.builders import attributes, plain_text, post

POSTS = [
    post("a", tags=("maths", "AI"), authors=("Ada",), language="en-GB", date="2020-02-29"),
    post("b", tags=("AI",), authors=("Ada", "Alan"), language="en", date="2020-12-31T23:59:59-08:00"),
    post("c", tags=("ai", "C++"), language="pt-BR", date="0987-01-01"),
    post("d"),
]


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Attributes:
    return attributes(tmp_path_factory.mktemp("attributes"), POSTS)


@pytest.mark.parametrize(
    ("facet", "counts"),
    [
        ("tags", [("AI", 3), ("C++", 1), ("maths", 1)]),
        ("authors", [("Ada", 2), ("Alan", 1)]),
        ("language", [("en", 1), ("en-GB", 1), ("pt-BR", 1)]),
        ("year", [("2020", 2), ("0987", 1)]),
    ],
)
def test_a_facet_counts_each_value_most_frequent_first_then_by_name(
    columns: Attributes, facet: str, counts: list[tuple[str, int]]
) -> None:
    assert list(columns.facet(facet, None).items()) == counts


@pytest.mark.parametrize(
    ("spellings", "tag"),
    [
        (["ai", "AI", "AI"], "AI"),
        (["ai", "AI"], "ai"),
        (["Ai", "ai", "AI", "AI", "ai"], "ai"),
        (["STRASSE", "straße", "straße"], "straße"),
    ],
)
def test_a_tag_has_its_most_frequent_spelling_the_first_of_several(
    tmp_path: Path, spellings: list[str], tag: str
) -> None:
    found = attributes(tmp_path, [post(f"{n}", tags=("x", spelling)) for n, spelling in enumerate(spellings)])
    assert found.facet("tags", None) == {"x": len(spellings), tag: len(spellings)}
    assert {found.spelled(TAGS, spelling) for spelling in (*spellings, tag.upper())} == {tag}
    assert found.spelled(TAGS, "unknown") == "unknown"
    for spelling in spellings:
        mask = found.mask(Filter(tags=(spelling,)))
        assert mask is not None
        assert mask.all()


def test_authors_and_languages_that_differ_in_case_are_one(tmp_path: Path) -> None:
    bell = [post("a", authors=("bell",)), post("b", authors=("Bell",)), post("c", authors=("Bell",), language="pt-BR")]
    found = attributes(tmp_path, [*bell, post("d", language="PT-br")])
    assert found.facet("authors", None) == {"Bell": 3}
    assert found.facet("language", None) == {"pt-BR": 2}
    for condition in (Filter(authors=("BELL",)), Filter(language="Pt-bR")):
        mask = found.mask(condition)
        assert mask is not None
        assert mask.tolist() == ([True, True, True, False] if condition.authors else [False, False, True, True])


def test_posts_with_different_texts_have_no_duplicates(columns: Attributes) -> None:
    assert not columns.has_duplicates
    assert columns.with_duplicates(np.array([1, 3]), None).tolist() == [1, 3]
    assert columns.count(None, collapse=True) == columns.count(None, collapse=False) == 4


def test_a_facet_counts_only_the_posts_of_a_mask_and_only_values_they_have(columns: Attributes) -> None:
    mask = np.array([False, True, True, True])
    assert list(columns.facet("tags", mask).items()) == [("AI", 2), ("C++", 1)]
    assert columns.facet("authors", np.zeros(4, dtype=np.bool_)) == {}


def test_a_filter_without_conditions_has_no_mask(columns: Attributes) -> None:
    assert columns.mask(NO_FILTER) is None
    assert columns.mask(Filter(tags=("nowhere",))) is not None


@pytest.mark.parametrize(
    ("language", "passing"),
    [("en", "ab"), ("EN", "ab"), ("en-gb", "a"), ("e", ""), ("pt", "c"), ("pt-BR-x", ""), ("", ""), ("en-", "")],
)
def test_a_language_range_matches_tags_that_start_with_its_subtags(
    columns: Attributes, language: str, passing: str
) -> None:
    mask = columns.mask(Filter(language=language))
    assert mask is not None
    assert "".join(one.id for one, passes in zip(POSTS, mask, strict=True) if passes) == passing


def test_days_count_from_1970_and_are_negative_before(columns: Attributes) -> None:
    # From 1970 to 2020 are 50 years with 12 leap days; 29 February is the 60th day of its year.
    first = 50 * 365 + 12 + 59
    assert columns.day.tolist()[:2] == [first, first + 306]
    assert columns.day[2] == 986 * 365 + 239 - 719_162  # 239 leap days in the 986 years from year 1
    assert columns.day[3] < -719_162  # the first day there is


def test_near_duplicates_have_the_first_of_their_group_as_representative(tmp_path: Path) -> None:
    same = {"title": "Same", "teaser": "Same teaser.", "body": "Same body."}
    posts = [
        post("a", **same),
        post("b", **same | {"body": ""}),
        post("c", **same, tags=("other",), url="https://example.org", language="de"),
        post("d", **same | {"title": "same!\n"}),
        post("e", **same | {"body": ""}),
        # The same words in other fields are a different text.
        post("f", title="Same", teaser="Same body.", body="Same teaser."),
    ]
    assert attributes(tmp_path, posts).duplicate_group.tolist() == [0, 1, 0, 0, 1, 5]


def test_days_come_in_the_order_asked_for_and_a_missing_date_is_the_lowest(columns: Attributes) -> None:
    days, dated = columns.days(np.array([3, 0, 2, 0]))
    assert dated.tolist() == [False, True, True, True]
    assert days.tolist() == [columns.day[ordinal] for ordinal in (3, 0, 2, 0)]
    assert days[0] < days[2] < days[1]
    assert days.dtype == np.int64  # differences to the number of a missing date exceed 32 bits


@pytest.fixture(scope="module")
def duplicates(tmp_path_factory: pytest.TempPathFactory) -> Attributes:
    """Posts of the texts x, y, x, z, y and x."""
    posts = [post(f"{n}", title=f"The {text} of {text}") for n, text in enumerate(["x", "y", "x", "z", "y", "x"])]
    return attributes(tmp_path_factory.mktemp("duplicates"), posts)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 5), unique=True, max_size=6).map(sorted),
    st.none() | st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_duplicates_are_added_and_counted_as_by_a_plain_comparison(
    duplicates: Attributes, ordinals: list[int], passing: list[bool] | None
) -> None:
    group = [0, 1, 0, 3, 1, 0]
    assert duplicates.duplicate_group.tolist() == group
    assert duplicates.has_duplicates
    passes = passing or [True] * 6
    mask = None if passing is None else np.array(passing)
    asked = [ordinal for ordinal in ordinals if passes[ordinal]]
    joined = [n for n in range(6) if passes[n] and group[n] in {group[ordinal] for ordinal in asked}]
    assert duplicates.with_duplicates(np.array(asked, dtype=np.int64), mask).tolist() == joined
    assert duplicates.count(mask, collapse=False) == sum(passes)
    assert duplicates.count(mask, collapse=True) == len({group[n] for n in range(6) if passes[n]})


def test_the_newest_duplicates_that_pass_are_added(tmp_path: Path) -> None:
    days = [f"2024-01-{day:02}" for day in range(1, MAX_DUPLICATES + 6)]
    many = attributes(tmp_path, [post(day, title="The same", date=day) for day in days])
    newest_out = np.arange(len(days)) < len(days) - 1
    assert many.with_duplicates(np.array([0]), newest_out).tolist() == [0, *range(4, MAX_DUPLICATES + 4)]


def test_the_first_passing_post_of_each_group_is_returned_except_of_excluded_groups(duplicates: Attributes) -> None:
    none = np.empty(0, dtype=np.int32)
    assert np.flatnonzero(duplicates.one_per_group(None, excluded=none)).tolist() == [0, 1, 3]
    assert np.flatnonzero(duplicates.one_per_group(None, excluded=np.array([0], dtype=np.int32))).tolist() == [1, 3]
    passing = np.array([False, False, True, True, True, True])
    assert np.flatnonzero(duplicates.one_per_group(passing, excluded=none)).tolist() == [2, 3, 4]


def test_values_come_back_as_they_were_written(tmp_path: Path) -> None:
    tags = ('"quoted"', "back\\slash", "tab\there", "🧮", "e\u0301", "é", "a" * 200, "\u2028", "null")
    assert attributes(tmp_path, [post("a", tags=tags)]).facet("tags", None) == dict.fromkeys(sorted(tags), 1)


def test_no_posts_have_no_attributes(tmp_path: Path) -> None:
    empty = attributes(tmp_path, [])
    assert len(empty) == 0
    assert not empty.has_duplicates
    assert [empty.facet(facet, None) for facet in FACETS] == [{}] * 4
    mask = empty.mask(Filter(tags=("a",), language="en"))
    assert mask is not None
    assert mask.tolist() == []
    assert empty.one_per_work(mask).tolist() == []
    assert not empty.has_translations


# --- addresses --------------------------------------------------------------------------------------------------------


def test_posts_are_found_by_any_form_of_their_address(tmp_path: Path) -> None:
    urls = ["https://example.org/a", "http://www.example.org/b/", None, "/c", "", "https://example.org/a#again"]
    found = attributes(tmp_path, [post(f"{number}", url=url) for number, url in enumerate(urls)])
    assert found.ordinals_at(["https://www.example.org/b/index.html?x=1"]).tolist() == [1]
    assert found.ordinals_at(["/c/", "https://example.org/a/", "/c", "https://example.org/nowhere"]).tolist() == [
        0,
        3,
        5,
    ]
    assert found.ordinals_at(iter(["https://example.org/b"])).tolist() == [1]


@pytest.mark.parametrize("urls", [[], [""], ["#top", "mailto:a@example.org", "https://[bad]"], ["https://nowhere.org"]])
def test_what_is_no_address_of_a_page_finds_no_post(tmp_path: Path, urls: list[str]) -> None:
    assert (
        attributes(tmp_path, [post("a"), post("b", url=""), post("c", url="mailto:x")]).ordinals_at(urls).tolist() == []
    )


@settings(deadline=None, max_examples=50)
@given(st.lists(plain_text, max_size=5))
def test_every_post_is_found_by_its_own_address(tmp_path_factory: pytest.TempPathFactory, urls: list[str]) -> None:
    posts = [post(f"{number}", url=f"https://example.org/{url}") for number, url in enumerate(urls)]
    found = attributes(tmp_path_factory.mktemp("at"), posts)
    for number, one in enumerate(posts):
        assert number in found.ordinals_at([one.url or ""])


# --- works and series -------------------------------------------------------------------------------------------------


def test_duplicates_and_translations_are_one_work(tmp_path: Path) -> None:
    posts = [
        post("other", title="Ice"),
        post("en", title="The walrus", language="en", url="https://example.org/en/walrus"),
        post("copy", title="The walrus!", language="en"),
        post("de", title="Das Walross", language="de", url="https://example.org/de/walrus"),
        post("copy of de", title="Das Walross!", language="de"),
        post("fr", title="Le morse", translation_of="en"),
    ]
    found = attributes(tmp_path, posts)
    assert found.duplicate_group.tolist() == [0, 1, 1, 3, 3, 5]
    assert found.work_of.tolist() == [0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "german", [{"url": "https://example.org/de/walrus"}, {"translation_of": "again"}], ids=["told", "said"]
)
def test_a_translation_of_any_duplicate_belongs_to_the_work_of_all_of_them(
    tmp_path: Path, german: dict[str, Any]
) -> None:
    english = [
        post("first", title="The walrus", language="en", url="https://example.org/2019/walrus"),
        post("again", title="The walrus", language="en", url="https://example.org/en/walrus"),
    ]
    found = attributes(tmp_path, [*english, post("de", title="Das Walross", language="de", **german)])
    assert found.duplicate_group.tolist() == [0, 0, 2]
    assert len(set(found.work_of.tolist())) == 1


# Works of three editions, of two duplicates, and of one post each.
WORKS = [
    post("fr", title="Le morse", language="fr", url="https://example.org/fr/walrus"),
    post("de", title="Das Walross", language="de", url="https://example.org/de/walrus"),
    post("ice", title="Ice", language="en"),
    post("en", title="The walrus", language="en", url="https://example.org/en/walrus"),
    post("ice again", title="Ice", language="de"),
    post("unknown", title="Floes"),
    post("snow", title="Schnee", language="de"),
    post("de again", title="Das Walross!", language="de", url="https://example.org/walross"),
]


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Attributes:
    found = attributes(tmp_path_factory.mktemp("works"), WORKS)
    assert found.work_of.tolist() == [0, 0, 2, 0, 2, 5, 6, 0]
    return found


def language_index(found: Attributes, language: str | None) -> int:
    return NO_LANGUAGE if language is None else found.column("language").values.index(language)


def test_language_holds_indexes_into_the_values_of_the_column(works: Attributes) -> None:
    assert works.language.tolist() == [language_index(works, one.language) for one in WORKS]
    assert works.language[5] == NO_LANGUAGE


@pytest.mark.parametrize(
    ("language", "passing", "chosen"),
    [
        ("fr", range(8), [0, 2, 5, 6]),  # "Ice" is not in French: the first
        ("de", range(8), [1, 4, 5, 6]),  # the first of two in German
        ("en", range(8), [2, 3, 5, 6]),
        (None, range(8), [0, 2, 5, 6]),
        ("de", [0, 3, 4, 7], [4, 7]),  # the first in German does not pass
        ("de", [0, 2, 3], [0, 2]),  # nothing in German passes
        ("en", [1, 4, 5, 7], [1, 4, 5]),
        ("en", [], []),
    ],
)
def test_one_post_per_work_is_chosen_in_the_language_asked_for_or_else_the_first(
    works: Attributes, language: str | None, passing: Sequence[int], chosen: list[int]
) -> None:
    mask = np.isin(np.arange(8), list(passing))
    given = mask.copy()
    assert np.flatnonzero(works.one_per_work(mask, language_index(works, language))).tolist() == chosen
    assert mask.tolist() == given.tolist()  # the argument is not changed


def test_without_a_language_the_first_of_each_work_is_chosen(works: Attributes) -> None:
    assert np.flatnonzero(works.one_per_work(np.ones(8, dtype=np.bool_))).tolist() == [0, 2, 5, 6]


@given(st.lists(st.booleans(), min_size=8, max_size=8), st.sampled_from(["de", "en", "fr", None]))
def test_the_best_passing_post_of_every_work_is_chosen(
    works: Attributes, passes: list[bool], language: str | None
) -> None:
    work_of, wanted = works.work_of.tolist(), language_index(works, language)
    chosen = np.flatnonzero(works.one_per_work(np.array(passes), wanted)).tolist()
    assert sorted(work_of[one] for one in chosen) == sorted({work_of[n] for n in range(8) if passes[n]})
    for one in chosen:
        others = [n for n in range(8) if passes[n] and work_of[n] == work_of[one]]
        assert one == min(others, key=lambda n: (works.language[n] != wanted, n))


def test_posts_with_other_editions_are_recognised(works: Attributes, columns: Attributes) -> None:
    assert works.have_other_editions(np.array([5, 4, 0, 6])).tolist() == [False, True, True, False]
    assert not columns.have_other_editions(np.arange(4)).any()


def test_only_works_in_several_languages_count_as_translations(works: Attributes, duplicates: Attributes) -> None:
    assert works.has_translations
    assert not duplicates.has_translations


def test_the_series_of_posts_are_a_column(tmp_path: Path) -> None:
    posts = [
        post("a", title="Sea animals, part 2"),
        post("b", title="Ice"),
        post("c", title="The end", series="SEA ANIMALS"),
        post("d", series="İstanbul 🚀"),
    ]
    series = attributes(tmp_path, posts).column("series")
    assert series.values == ("sea animals", "i\u0307stanbul")
    assert list(zip(series.posts.tolist(), series.codes.tolist(), strict=True)) == [(0, 0), (2, 0), (3, 1)]
