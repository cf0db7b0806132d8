"""Clients return the same results as a Searcher, and raise the same errors."""

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
from tests.client.callers import CALLERS, TIMEOUT_SECONDS, Caller, comparable
from tests.client.conftest import HOSTILE_IDS

IDS = ["old", "new", "ferry", "ferry 2", *HOSTILE_IDS]
DAYS = st.sampled_from(["2024-05-01", dt.date(2024, 5, 2), None])
TAGS, AUTHORS = st.sampled_from([(), ["sea"], ["sea", "a&b"]]), st.sampled_from([(), ["Ada"]])
SHARES = st.floats(0, 1)
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "tags": TAGS, "authors": AUTHORS, "language": st.sampled_from([None, "en", "en-GB"]),
    "date_from": DAYS, "date_to": DAYS, "explain": st.booleans(), "min_confidence": st.sampled_from([0.0, 0.3]),
}  # fmt: skip
SEARCH_OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "limit": st.integers(1, 100), "offset": st.integers(0, 3),
    "mode": st.sampled_from(["hybrid", "semantic", "lexical"]), "semantic_ratio": SHARES,
    "facets": st.lists(st.sampled_from(["tags", "authors", "language", "year"])),
    "highlight": st.booleans(), "collapse": st.booleans(), "recency_weight": st.floats(0, 10),
    "recency_scale": st.floats(1, 36_500), "recency_decay": st.floats(0.01, 0.99), "recency_origin": DAYS,
}  # fmt: skip
RELATED_OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "limit": st.integers(1, 50), "diversity": SHARES, "exclude": st.lists(st.sampled_from(IDS), max_size=3),
    "exclude_linked": st.booleans(), "newer": st.booleans(),
}  # fmt: skip
QUESTIONS = st.sampled_from(["tide tabels", "harbour -ferry", '"tide tables" + 100 % & more?', "Fähren 😀", "a/b#c"])
MANY = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def any_of(*strategies: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Generate any subset of the keyword arguments."""
    return st.fixed_dictionaries(
        {}, optional={name: strategy for group in strategies for name, strategy in group.items()}
    )


@pytest.fixture(scope="module")
def client(mixed_address: str) -> Iterator[Client]:
    with Client(mixed_address, timeout=TIMEOUT_SECONDS) as client:
        yield client


@given(q=QUESTIONS, options=any_of(FILTERS, SEARCH_OPTIONS))
@MANY
def test_search_returns_the_result_of_a_searcher(client: Client, mixed: Searcher, q: str, options: Any) -> None:
    assert comparable(client.search(q, **options)) == comparable(mixed.search(q, **options))


@given(post_ids=st.lists(st.sampled_from(IDS), min_size=1, max_size=3), options=any_of(FILTERS, RELATED_OPTIONS))
@MANY
def test_related_returns_the_result_of_a_searcher(
    client: Client, mixed: Searcher, post_ids: list[str], options: Any
) -> None:
    assert comparable(client.related(*post_ids, **options)) == comparable(mixed.related(*post_ids, **options))


@given(
    texts=st.lists(st.sampled_from(["Boats at night.", "Ünïcode & “quotes”"]), min_size=1, max_size=2),
    negative=st.lists(st.sampled_from(IDS), max_size=2),
    negative_texts=st.sampled_from([[], ["Bread and butter."]]),
    options=any_of(FILTERS, RELATED_OPTIONS),
)
@MANY
def test_related_to_texts_and_negative_examples_returns_the_result_of_a_searcher(
    client: Client, mixed: Searcher, options: Any, **examples: Any
) -> None:
    assert comparable(client.related(**examples, **options)) == comparable(mixed.related(**examples, **options))


@pytest.mark.parametrize("q", ["tid", "harbour ü", "100 %", "harb", "nothing starts so"])
def test_suggest_returns_the_result_of_a_searcher(q: str, client: Client, mixed: Searcher) -> None:
    assert comparable(client.suggest(q)) == comparable(mixed.suggest(q))
    assert comparable(client.suggest(q, limit=1)) == comparable(mixed.suggest(q, limit=1))


@pytest.mark.parametrize("call", CALLERS)
@pytest.mark.parametrize("post_id", IDS)
def test_ids_with_special_characters_are_passed_unchanged(
    post_id: str, call: Caller, mixed_address: str, mixed: Searcher
) -> None:
    post = call(mixed_address, lambda client: client.post(post_id))
    assert isinstance(post, Post)
    assert post == mixed.post(post_id)
    related = call(mixed_address, lambda client: client.related(post_id))
    assert related.post_id == post_id
    assert comparable(related) == comparable(mixed.related(post_id))


def test_results_have_the_classes_of_a_searcher(client: Client) -> None:
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


@pytest.mark.parametrize("call", CALLERS)
@pytest.mark.parametrize(
    ("method", "arguments", "options"),
    [
        ("search", [""], {}),
        ("search", [None], {}),
        ("search", ["a" * 2_001], {}),
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
def test_invalid_calls_raise_the_errors_of_a_searcher(
    method: str, arguments: list[Any], options: dict[str, Any], call: Caller, mixed_address: str, mixed: Searcher
) -> None:
    with pytest.raises((InvalidRequest, PostNotFound)) as expected:
        getattr(mixed, method)(*arguments, **options)
    with pytest.raises((InvalidRequest, PostNotFound)) as raised:
        call(mixed_address, lambda client: getattr(client, method)(*arguments, **options))
    assert type(raised.value) is type(expected.value)
    assert str(raised.value) == str(expected.value)
    assert vars(raised.value) == vars(expected.value)
