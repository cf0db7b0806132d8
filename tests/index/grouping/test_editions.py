from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.index.grouping.editions import FIELD, EditionFinder
from semsearch.posts import Post
from tests.index.builders import plain_text, post


def firsts(posts: Iterable[Post]) -> list[int]:
    finder, all_posts = EditionFinder(), list(posts)
    for one in all_posts:
        finder.add(one)
    return list(map(int, finder.firsts(np.arange(len(all_posts), dtype=np.int32))))


def of(post_id: str, original: object) -> Post:
    """A translation, as it says itself."""
    return post(post_id, extra={FIELD: original})


def at(language: str | None, url: str | None) -> Post:
    return post(f"{language} {url}", language=language, url=url)


def test_no_posts_have_no_editions_and_posts_that_say_nothing_are_their_own() -> None:
    assert firsts([]) == []
    assert firsts([post("a"), post("b", language="de"), post("c", url="https://example.org/de/c")]) == [0, 1, 2]


# --- what posts say ---------------------------------------------------------------------------------------------------


def test_a_translation_belongs_to_the_post_that_it_names_wherever_that_is() -> None:
    assert firsts([post("x"), post("a"), of("b", "a"), of("c", " a\n")]) == [0, 1, 1, 1]
    assert firsts([of("b", "a"), post("x"), post("a")]) == [0, 1, 0]


def test_translations_of_a_post_that_is_not_there_belong_together() -> None:
    assert firsts([of("b", "gone"), of("c", "gone"), of("d", "gone too")]) == [0, 0, 2]


@pytest.mark.parametrize("said", [None, "", "  ", 7, True, ["a"], {"id": "a"}, "A", "b"])
def test_what_names_no_other_post_joins_nothing(said: object) -> None:
    assert firsts([post("a"), of("b", said)]) == [0, 1]


def test_a_translation_of_a_translation_belongs_to_the_same_post() -> None:
    for posts in itertools.permutations([post("a"), of("b", "a"), of("c", "b"), of("d", "c")]):
        assert firsts(posts) == [0, 0, 0, 0]


def test_posts_that_name_each_other_belong_together() -> None:
    assert firsts([of("a", "b"), of("b", "a")]) == [0, 0]
    assert firsts([of("a", "b"), of("b", "c"), of("c", "a")]) == [0, 0, 0]


# --- what addresses tell ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pages",
    [
        {"en": "https://example.org/en/walrus", "de": "https://example.org/de/walrus"},
        {"en": "https://example.org/walrus", "de": "https://example.org/de/walrus/"},
        {"en": "https://en.example.org/walrus", "de": "https://de.example.org/walrus"},
        {"en": "https://example.org/walrus.en.html", "de": "https://example.org/walrus.de.html"},
        {"en": "https://example.org/walrus.html", "de": "https://example.org/walrus.de.html"},
        {"en": "https://example.org/walrus/en", "de": "https://example.org/walrus/de/"},
        {"en-GB": "https://example.org/en-gb/walrus", "de-AT": "https://example.org/de_AT/walrus#top"},
        {"EN": "https://example.org/en/walrus", "zh-Hant": "https://example.org/ZH-HANT/walrus"},
        {"pt-BR": "https://example.org/pt/walrus", "en": "https://example.org/walrus"},
        {"en": "/en/博客/🚀", "tr": "/tr/博客/🚀"},
        {"en": "https://example.org/walrus", "de": "https://example.org/walrus"},
    ],
)
def test_addresses_that_differ_in_their_language_alone_are_of_one_post(pages: dict[str, str]) -> None:
    posts = [at(language, url) for language, url in pages.items()]
    assert firsts([post("x"), *posts]) == [0, 1, 1]


@pytest.mark.parametrize(
    "pages",
    [
        [("en", "https://example.org/en/walrus"), ("de", "https://example.org/de/seal")],
        [("en", "https://example.org/en/walrus"), ("de", "https://example.com/de/walrus")],
        [("en", "https://example.org/rent/walrus"), ("de", "https://example.org/rde/walrus")],
        [("en", "https://example.org/my-en/walrus"), ("de", "https://example.org/my-de/walrus")],
        [("en", "https://example.org/fr/walrus"), ("de", "https://example.org/de/walrus")],  # of another language
        [(None, "https://example.org/en/walrus"), ("de", "https://example.org/de/walrus")],
        [("en", None), ("de", None)],
        [("en", ""), ("de", "")],
        [("en", "https://example.org/en/en/walrus"), ("de", "https://example.org/de/de/walrus")],
    ],
)
def test_other_addresses_tell_nothing(pages: list[tuple[str | None, str | None]]) -> None:
    assert firsts([at(*page) for page in pages]) == [0, 1]


def test_addresses_tell_nothing_where_two_posts_are_in_one_language() -> None:
    """Then they are of a list, or of a page of many posts."""
    pages = [("en", "/list"), ("en", "/en/list"), ("de", "/de/list")]
    for order in itertools.permutations(pages):
        assert firsts([at(*page) for page in order]) == [0, 1, 2]
    assert firsts([at("en-GB", "/list"), at("en", "/list"), at("de", "/list")]) == [0, 0, 0]


@pytest.mark.parametrize(
    "url", ["https://[bad]/de/a", "de", "/", ".", "//", "#de", "https://example.org/" + "de/" * 600]
)
def test_any_address_is_read(url: str) -> None:
    assert firsts([at("de", url), post("x")]) == [0, 1]


def test_what_is_said_and_what_addresses_tell_join_all_that_they_reach() -> None:
    posts = [
        at("en", "https://example.org/en/walrus"),
        post("c", language="fr"),
        post("d", language="de", url="https://example.org/de/walrus", extra={FIELD: "c"}),
    ]
    for order in itertools.permutations(posts):
        assert firsts(order) == [0, 0, 0]


# --- both -------------------------------------------------------------------------------------------------------------


def plainly(posts: list[Post]) -> list[int]:
    """Groups joined step by step until no two of them have anything in common. Addresses are ``/LANGUAGE/PAGE``."""
    group = list(range(len(posts)))
    pages: dict[str, list[int]] = {}
    for number, one in enumerate(posts):
        if one.url:
            pages.setdefault(one.url[4:], []).append(number)
    together = [page for page in pages.values() if len({posts[n].language for n in page}) == len(page)]
    named: dict[str, list[int]] = {}
    for number, one in enumerate(posts):
        for name in {one.id, one.extra.get(FIELD, one.id)}:
            named.setdefault(name, []).append(number)
    for _ in posts:
        for members in (*together, *named.values()):
            first = min(group[n] for n in members)
            for n in members:
                group[n] = first
    return group


@st.composite
def corpora(draw: st.DrawFn) -> list[Post]:
    posts = []
    for number in range(draw(st.integers(0, 7))):
        language = draw(st.sampled_from(["en", "de", "fr"]))
        page = draw(st.none() | st.sampled_from(["/walrus", "/seal"]))
        original = draw(st.none() | st.sampled_from(["0", "1", "2", "5", "gone"]))
        posts.append(
            post(
                f"{number}",
                language=language,
                url=page and f"/{language}{page}",
                extra={} if original is None else {FIELD: original},
            )
        )
    return posts


@settings(max_examples=300)
@given(corpora())
def test_editions_are_those_that_a_plain_comparison_joins(posts: list[Post]) -> None:
    assert firsts(posts) == plainly(posts)


@given(st.lists(st.builds(at, st.sampled_from([None, "en", "de-AT", "tr"]), st.none() | plain_text), max_size=5))
@example([at("tr", "https://İ.org/tr/"), at("de-AT", "https://i\u0307.org/de-at")])
def test_the_first_edition_is_its_own_and_before_the_others(posts: list[Post]) -> None:
    found = firsts(posts)
    assert len(found) == len(posts)
    for number, first in enumerate(found):
        assert first <= number
        assert found[first] == first
