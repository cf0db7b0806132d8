from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.index.grouping.editions import EditionFinder
from semsearch.posts import Post
from tests.index.builders import plain_text, post


def works_of(posts: Iterable[Post]) -> list[int]:
    finder, all_posts = EditionFinder(), list(posts)
    for one in all_posts:
        finder.add(one)
    return list(map(int, finder.works(np.arange(len(all_posts), dtype=np.int32))))


def translation(post_id: str, original: str | None) -> Post:
    """A post that names its original."""
    return post(post_id, translation_of=original)


def post_at(language: str | None, url: str | None) -> Post:
    return post(f"{language} {url}", language=language, url=url)


def test_posts_without_translations_are_works_of_their_own() -> None:
    assert works_of([]) == []
    assert works_of([post("a"), post("b", language="de"), post("c", url="https://example.org/de/c")]) == [0, 1, 2]


# --- originals --------------------------------------------------------------------------------------------------------


def test_a_translation_belongs_to_the_work_of_the_post_that_it_names() -> None:
    assert works_of([post("x"), post("a"), translation("b", "a"), translation("c", "a")]) == [0, 1, 1, 1]
    assert works_of([translation("b", "a"), post("x"), post("a")]) == [0, 1, 0]


def test_translations_of_a_missing_post_are_one_work() -> None:
    assert works_of([translation("b", "gone"), translation("c", "gone"), translation("d", "gone too")]) == [0, 0, 2]


@pytest.mark.parametrize("said", [None, "A", "b"])
def test_an_original_that_is_missing_unknown_or_the_post_itself_is_ignored(said: str | None) -> None:
    assert works_of([post("a"), translation("b", said)]) == [0, 1]


def test_a_translation_of_a_translation_belongs_to_the_same_work() -> None:
    for posts in itertools.permutations(
        [post("a"), translation("b", "a"), translation("c", "b"), translation("d", "c")]
    ):
        assert works_of(posts) == [0, 0, 0, 0]


def test_posts_that_name_each_other_are_one_work() -> None:
    assert works_of([translation("a", "b"), translation("b", "a")]) == [0, 0]
    assert works_of([translation("a", "b"), translation("b", "c"), translation("c", "a")]) == [0, 0, 0]


# --- addresses --------------------------------------------------------------------------------------------------------


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
def test_addresses_that_differ_only_in_the_language_are_one_work(pages: dict[str, str]) -> None:
    posts = [post_at(language, url) for language, url in pages.items()]
    assert works_of([post("x"), *posts]) == [0, 1, 1]


@pytest.mark.parametrize(
    "pages",
    [
        [("en", "https://example.org/en/walrus"), ("de", "https://example.org/de/seal")],
        [("en", "https://example.org/en/walrus"), ("de", "https://example.com/de/walrus")],
        [("en", "https://example.org/rent/walrus"), ("de", "https://example.org/rde/walrus")],
        [("en", "https://example.org/my-en/walrus"), ("de", "https://example.org/my-de/walrus")],
        [
            ("en", "https://example.org/fr/walrus"),
            ("de", "https://example.org/de/walrus"),
        ],  # /fr/ is not the language of the post
        [(None, "https://example.org/en/walrus"), ("de", "https://example.org/de/walrus")],
        [("en", None), ("de", None)],
        [("en", ""), ("de", "")],
        [("en", "https://example.org/en/en/walrus"), ("de", "https://example.org/de/de/walrus")],
    ],
)
def test_other_addresses_join_no_posts(pages: list[tuple[str | None, str | None]]) -> None:
    assert works_of([post_at(*page) for page in pages]) == [0, 1]


def test_addresses_join_no_posts_if_two_are_in_one_language() -> None:
    """The address is then that of a list, or of a page with several posts."""
    pages = [("en", "/list"), ("en", "/en/list"), ("de", "/de/list")]
    for order in itertools.permutations(pages):
        assert works_of([post_at(*page) for page in order]) == [0, 1, 2]
    assert works_of([post_at("en-GB", "/list"), post_at("en", "/list"), post_at("de", "/list")]) == [0, 0, 0]


@pytest.mark.parametrize(
    "url", ["https://[bad]/de/a", "de", "/", ".", "//", "#de", "https://example.org/" + "de/" * 600]
)
def test_any_address_is_accepted(url: str) -> None:
    assert works_of([post_at("de", url), post("x")]) == [0, 1]


def test_originals_and_addresses_join_works_transitively() -> None:
    posts = [
        post_at("en", "https://example.org/en/walrus"),
        post("c", language="fr"),
        post("d", language="de", url="https://example.org/de/walrus", translation_of="c"),
    ]
    for order in itertools.permutations(posts):
        assert works_of(order) == [0, 0, 0]


# --- both -------------------------------------------------------------------------------------------------------------


def plain_works_of(posts: list[Post]) -> list[int]:
    """Works by repeated merging of groups. Addresses have the form ``/LANGUAGE/PAGE``."""
    group = list(range(len(posts)))
    pages: dict[str, list[int]] = {}
    for number, one in enumerate(posts):
        if one.url:
            pages.setdefault(one.url[4:], []).append(number)
    together = [page for page in pages.values() if len({posts[n].language for n in page}) == len(page)]
    named: dict[str, list[int]] = {}
    for number, one in enumerate(posts):
        for name in {one.id, one.translation_of or one.id}:
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
                translation_of=original,
            )
        )
    return posts


@settings(max_examples=100)
@given(corpora())
def test_works_are_those_of_a_plain_computation(posts: list[Post]) -> None:
    assert works_of(posts) == plain_works_of(posts)


@given(st.lists(st.builds(post_at, st.sampled_from([None, "en", "de-AT", "tr"]), st.none() | plain_text), max_size=5))
@example([post_at("tr", "https://İ.org/tr/"), post_at("de-AT", "https://i\u0307.org/de-at")])
def test_the_work_of_a_post_is_its_first_edition(posts: list[Post]) -> None:
    found = works_of(posts)
    assert len(found) == len(posts)
    for number, first in enumerate(found):
        assert first <= number
        assert found[first] == first
