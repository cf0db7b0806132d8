"""Whatever is asked: a client says what a Searcher says, answers and errors alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semsearch import Client, Post, Searcher
from semsearch.errors import InvalidRequest, PostNotFound
from semsearch.ranking.score import Explanation
from semsearch.relating.score import Parts
from semsearch.search import Hit
from tests.client.asking import SECONDS, WAYS, Way, steady
from tests.client.conftest import HOSTILE_IDS

IDS = ["old", "new", "ferry", "ferry 2", *HOSTILE_IDS]
DAYS = st.sampled_from(["2024-05-01", dt.date(2024, 5, 2), None])
TAGS, AUTHORS = st.sampled_from([(), ["sea"], ["sea", "a&b"]]), st.sampled_from([(), ["Ada"]])
SHARES = st.floats(0, 1)
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "tags": TAGS, "authors": AUTHORS, "language": st.sampled_from([None, "en", "en-GB"]),
    "date_from": DAYS, "date_to": DAYS, "explain": st.booleans(), "min_confidence": st.sampled_from([0.0, 0.3]),
}  # fmt: skip
OF_SEARCH: dict[str, st.SearchStrategy[Any]] = {
    "limit": st.integers(1, 100), "offset": st.integers(0, 3),
    "mode": st.sampled_from(["hybrid", "semantic", "lexical"]), "semantic_ratio": SHARES,
    "facets": st.lists(st.sampled_from(["tags", "authors", "language", "year"])),
    "highlight": st.booleans(), "collapse": st.booleans(), "recency_weight": st.floats(0, 10),
    "recency_scale": st.floats(1, 36_500), "recency_decay": st.floats(0.01, 0.99), "recency_origin": DAYS,
}  # fmt: skip
OF_RELATED: dict[str, st.SearchStrategy[Any]] = {
    "limit": st.integers(1, 50), "diversity": SHARES, "exclude": st.lists(st.sampled_from(IDS), max_size=3),
    "exclude_linked": st.booleans(), "newer": st.booleans(),
}  # fmt: skip
QUESTIONS = st.sampled_from(["tide tabels", "harbour -ferry", '"tide tables" + 100 % & more?', "Fähren 😀", "a/b#c"])
MANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def some(*strategies: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the keyword arguments."""
    return st.fixed_dictionaries({}, optional={name: one for each in strategies for name, one in each.items()})


@pytest.fixture(scope="module")
def client(mixed_address: str) -> Iterator[Client]:
    with Client(mixed_address, timeout=SECONDS) as client:
        yield client


@given(q=QUESTIONS, options=some(FILTERS, OF_SEARCH))
@MANY
def test_a_search_is_answered_as_by_a_searcher(client: Client, mixed: Searcher, q: str, options: Any) -> None:
    assert steady(client.search(q, **options)) == steady(mixed.search(q, **options))


@given(post_ids=st.lists(st.sampled_from(IDS), min_size=1, max_size=3), options=some(FILTERS, OF_RELATED))
@MANY
def test_posts_have_the_related_posts_that_a_searcher_lists(
    client: Client, mixed: Searcher, post_ids: list[str], options: Any
) -> None:
    assert steady(client.related(*post_ids, **options)) == steady(mixed.related(*post_ids, **options))


@given(
    texts=st.lists(st.sampled_from(["Boats at night.", "Ünïcode & “quotes”"]), min_size=1, max_size=2),
    negative=st.lists(st.sampled_from(IDS), max_size=2),
    negative_texts=st.sampled_from([[], ["Bread and butter."]]),
    options=some(FILTERS, OF_RELATED),
)
@MANY
def test_texts_and_negative_examples_are_answered_as_by_a_searcher(
    client: Client, mixed: Searcher, options: Any, **examples: Any
) -> None:
    assert steady(client.related(**examples, **options)) == steady(mixed.related(**examples, **options))


@pytest.mark.parametrize("q", ["tid", "harbour ü", "100 %", "harb", "nothing starts so"])
def test_completions_are_those_of_a_searcher(q: str, client: Client, mixed: Searcher) -> None:
    assert steady(client.suggest(q)) == steady(mixed.suggest(q))
    assert steady(client.suggest(q, limit=1)) == steady(mixed.suggest(q, limit=1))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("post_id", IDS)
def test_a_post_is_had_by_the_very_id(post_id: str, way: Way, mixed_address: str, mixed: Searcher) -> None:
    post = way(mixed_address, lambda client: client.post(post_id))
    assert isinstance(post, Post)
    assert post == mixed.post(post_id)
    related = way(mixed_address, lambda client: client.related(post_id))
    assert related.post_id == post_id
    assert steady(related) == steady(mixed.related(post_id))


def test_an_answer_is_made_of_the_classes_of_a_searcher(client: Client) -> None:
    [hit] = client.search("tide tables", explain=True, limit=1, mode="hybrid").hits
    assert isinstance(hit, Hit)
    assert isinstance(hit.explanation, Explanation)
    assert hit.explanation.score == pytest.approx(hit.score, rel=1e-5)
    assert [copy.id for copy in hit.duplicates] == ["old"]
    assert hit.highlights["title"] == ((0, 11),)
    related = client.related("ferry", explain=True).hits[0]
    assert isinstance(related.explanation, Parts)
    assert related.reasons
    assert client.post("ferry 2").extra["größe"] == [1, None]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("method", "arguments", "options"),
    [
        ("search", [""], {}),
        ("search", [None], {}),
        ("search", ["a" * 513], {}),
        ("search", ["-harbour"], {}),
        ("search", ["a"], {"limit": 0}),
        ("search", ["a"], {"limit": "ten"}),
        ("search", ["a"], {"offset": 1_001}),
        ("search", ["a"], {"mode": "fast"}),
        ("search", ["a"], {"semantic_ratio": float("nan")}),
        ("search", ["a"], {"tags": "sea"}),
        ("search", ["a"], {"language": "not a language"}),
        ("search", ["a"], {"date_from": "yesterday"}),
        ("search", ["a"], {"facets": ["colour"]}),
        ("search", ["a"], {"recency_decay": 1}),
        ("related", [], {}),
        ("related", [7], {}),
        ("related", ["nobody"], {}),
        ("related", [""], {}),
        ("related", ["ferry", "no/body\n", "old"], {}),
        ("related", ["ferry"], {"negative": ['nobody\'s \\ "id"']}),
        ("related", ["ferry"], {"texts": [" "]}),
        ("related", ["ferry"], {"limit": 51}),
        ("suggest", ["a"], {"limit": 21}),
        ("suggest", [" "], {}),
        ("post", ["nobody"], {}),
        ("post", [""], {}),
        ("post", [3], {}),
    ],
)
def test_what_is_wrong_is_the_same_error(
    method: str, arguments: list[Any], options: dict[str, Any], way: Way, mixed_address: str, mixed: Searcher
) -> None:
    with pytest.raises((InvalidRequest, PostNotFound)) as expected:
        getattr(mixed, method)(*arguments, **options)
    with pytest.raises((InvalidRequest, PostNotFound)) as raised:
        way(mixed_address, lambda client: getattr(client, method)(*arguments, **options))
    assert type(raised.value) is type(expected.value)
    assert str(raised.value) == str(expected.value)
    assert vars(raised.value) == vars(expected.value)
