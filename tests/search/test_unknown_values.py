from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import semsearch
from semsearch.index import Filter
from semsearch.search import Searcher, SearchRequest
from semsearch.search.results import UnknownValue
from tests.builders import raw_post


@pytest.fixture(scope="module")
def searcher(build: Callable[..., Path], cache: Path) -> Searcher:
    posts = [
        raw_post("a", title="Pods", tags=["Kubernetes", "Cloud"], authors=["Zoë Ng"]),
        raw_post("b", title="Secrets", tags=["classified"], authors=["Ann Lee"]),
    ]
    return semsearch.open(build(posts), cache=cache)


def unknown(
    searcher: Searcher,
    visibility: Filter | None = None,
    *,
    tags: tuple[str, ...] = (),
    authors: tuple[str, ...] = (),
) -> list[UnknownValue]:
    shown = visibility or Filter()
    request = SearchRequest("pods", filter=Filter(tags, authors).intersect(shown), visibility=shown)
    return list(searcher.run_search(request).unknown)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("kuberntes", "Kubernetes"), ("KUBERNETE", "Kubernetes"), ("clod", "Cloud"), ("gardening", None)],
)
def test_an_unknown_tag_is_reported_with_the_nearest_one(searcher: Searcher, typed: str, meant: str | None) -> None:
    assert unknown(searcher, tags=(typed, "cloud")) == [UnknownValue("tag", typed, meant)]


def test_an_unknown_author_is_reported_too(searcher: Searcher) -> None:
    assert unknown(searcher, authors=("zoe ng",)) == [UnknownValue("author", "zoe ng", "Zoë Ng")]


def test_known_values_in_any_case_are_not_reported(searcher: Searcher) -> None:
    assert unknown(searcher, tags=("KUBERNETES", "classified"), authors=("ANN LEE",)) == []


def test_values_of_posts_that_the_client_may_not_see_are_unknown_and_not_suggested(searcher: Searcher) -> None:
    cloud = Filter(tags=("cloud",))
    assert unknown(searcher, cloud, tags=("classified",)) == [UnknownValue("tag", "classified", None)]
    assert unknown(searcher, cloud, tags=("clasified",)) == [UnknownValue("tag", "clasified", None)]
    assert unknown(searcher, Filter(tags=("not there",))) == [], "a condition of the key"


def test_the_text_names_value_and_suggestion() -> None:
    assert UnknownValue("tag", "sky", None).text == "No post has the tag “sky”."
    assert UnknownValue("author", "b", "Bo").text == "No post is by the author “b”. Did you mean “Bo”?"
