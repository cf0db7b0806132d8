from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.errors import InvalidRequest, PostNotFound
from semsearch.index import Filter
from semsearch.index.filters import make_filter
from semsearch.ranking.syntax import parse
from semsearch.search import Example, RelatedRequest, Searcher, SearchRequest, SuggestRequest
from semsearch.search.requests import Recency, make_recency
from semsearch.text import clean

NAN, INFINITY = float("nan"), float("inf")
POST = (Example(id="a"),)

# Values that are wrong for whole numbers from ``least`` to ``most``, and for numbers from 0 to 1.
_NO_NUMBER: tuple[Any, ...] = ("5", None, True, False, [5], NAN, INFINITY, -INFINITY, 1j)
_NO_SHARE = (*_NO_NUMBER, -0.001, 1.001, -1, 2)
_NO_MODE: tuple[Any, ...] = ("", "HYBRID", "vector", None, 1, [], ("hybrid",))
_NO_FACETS: tuple[Any, ...] = (("tag",), ("tags", "day"), ("",), (None,), (5,), ([],), "tags")
_NO_TEXT: tuple[Any, ...] = (None, 5, b"maths", ["maths"], {"q": "maths"})


def _no_count(least: int, most: int) -> tuple[Any, ...]:
    return (*_NO_NUMBER, 2.5, 5.0, np.float32(5), least - 1, most + 1, -(10**30), 10**30)


def _refused(make: Callable[[], object]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        make()
    assert str(caught.value) == f"{caught.value.param}: {caught.value.reason}"
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
    return caught.value


# --- search -----------------------------------------------------------------------------------------------------------


def test_defaults_match_the_contract() -> None:
    request = SearchRequest(q="x")
    assert (request.limit, request.offset, request.mode, request.semantic_ratio) == (10, 0, "hybrid", 0.5)
    assert (request.filter, request.min_confidence, request.facets) == (Filter(), 0.0, ())
    assert (request.highlight, request.explain, request.collapse) == (True, False, True)
    assert request.recency == Recency(weight=0.0, scale=365.0, decay=0.5, origin=None)
    related = RelatedRequest(positive=POST)
    assert (related.limit, related.diversity, related.min_confidence, related.explain) == (5, 0.3, 0.3, False)
    assert SuggestRequest(q="x").limit == 5


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("limit", value) for value in _no_count(1, 100)),
        *(("offset", value) for value in _no_count(0, 1_000)),
        *(("semantic_ratio", value) for value in _NO_SHARE),
        *(("min_confidence", value) for value in _NO_SHARE),
        *(("mode", value) for value in _NO_MODE),
        *(("facets", value) for value in _NO_FACETS),
        *(("q", value) for value in _NO_TEXT),
    ],
)
def test_invalid_search_names_the_parameter(name: str, wrong: Any) -> None:
    parameters = {"q": "maths", name: wrong}
    assert _refused(lambda: SearchRequest(**parameters)).param == name


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": 1},
        {"limit": 100},
        {"offset": 0},
        {"offset": 1_000},
        {"semantic_ratio": 0},
        {"semantic_ratio": 1.0},
        {"min_confidence": 1},
        {"min_confidence": np.float64(0.5)},
        {"facets": ("tags", "authors", "language", "year")},
    ],
)
def test_bounds_are_inclusive(parameters: Mapping[str, Any]) -> None:
    request = SearchRequest(q="maths", **parameters)
    for name, value in parameters.items():
        assert getattr(request, name) == value


# --- the question -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("a" * 2_000, "a" * 2_000),
        ("😀" * 2_000, "😀" * 2_000),
        (f"  {'a' * 2_000}\n", "a" * 2_000),
        ("a" + "\x00" * 10_000, "a"),
        ("e\u0301" * 2_000, "\u00e9" * 2_000),  # counted as composed
        ("a\r\nb\tc", "a\nb\tc"),
        ("\ud800maths\udfff", "maths"),
        ("\u200b", "\u200b"),  # not white space, not a control character
    ],
)
def test_query_is_cleaned_before_its_length_is_checked(typed: str, asked: str) -> None:
    assert SearchRequest(q=typed).q == asked
    assert SuggestRequest(q=typed).q == asked


@pytest.mark.parametrize("q", ["", " ", "\t\r\n", "\x00", "\x1b\x07\x7f\x9f", "\ud800", "\u3000\u2003\u00a0"])
def test_blank_query_is_empty(q: str) -> None:
    error = _refused(lambda: SearchRequest(q=q))
    assert (error.param, error.reason) == ("q", "the query is empty; write a few words")


@pytest.mark.parametrize(
    ("q", "length"), [("a" * 2_001, 2_001), ("a" * 10_000, 10_000), ("😀" * 2_001, 2_001), ("\u0958" * 1_001, 2_002)]
)
def test_too_long_query_is_refused_with_its_length(q: str, length: int) -> None:
    error = _refused(lambda: SearchRequest(q=q))
    assert (error.param, error.reason) == ("q", f"the query has {length} characters, the limit is 2000")


@settings(max_examples=100)
@given(st.text(max_size=700) | st.integers(1_990, 2_010).map("é".__mul__))
@example("\ud800\x00\r")
def test_any_text_is_a_clean_query_or_refused(text: str) -> None:
    if not 1 <= len(clean(text)) <= 2_000:
        assert _refused(lambda: SearchRequest(q=text)).param == "q"
        return
    if not parse(clean(text)).text:  # it only excludes
        assert "only exclusions" in _refused(lambda: SearchRequest(q=text)).reason
        return
    request = SearchRequest(q=text)
    assert request.q == request.q.strip() == unicodedata.normalize("NFC", request.q)
    assert request.q.encode()
    assert SearchRequest(q=request.q) == request


@pytest.mark.parametrize(
    "q", ["-maths", "-maths -proofs", '-"word problems"', "-“word problems”", '  -a -"b c"  ', '"  "']
)
def test_query_of_exclusions_only_is_refused(q: str) -> None:
    error = _refused(lambda: SearchRequest(q=q))
    assert (error.param, error.reason) == ("q", "the query has only exclusions; add a word to search for")
    assert SearchRequest(q=f"{q} lean").q == f"{q} lean".strip()
    assert SuggestRequest(q=q).q == q.strip()  # in a title, a minus is a minus


# --- recency ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "param", "wrong"),
    [
        *(("weight", "recency_weight", value) for value in (*_NO_NUMBER, -0.1, 10.1)),
        *(("scale", "recency_scale", value) for value in (*_NO_NUMBER, 0, 0.99, 36_501)),
        *(("decay", "recency_decay", value) for value in (*_NO_NUMBER, 0, 1, 0.009, 0.991)),
        *(("origin", "recency_origin", value) for value in ("", "today", "2024-02-30", 5, b"2024-01-01", ["a"])),
    ],
)
def test_invalid_recency_names_the_parameter(name: str, param: str, wrong: Any) -> None:
    assert _refused(lambda: make_recency(**{name: wrong})).param == param


def test_recency_accepts_plain_values_and_bounds() -> None:
    assert make_recency() == Recency()
    assert make_recency(10, 1, 0.01, "2024-02-29") == Recency(10, 1, 0.01, dt.date(2024, 2, 29))
    assert make_recency(0, 36_500, 0.99, dt.datetime(2024, 2, 29, 23, tzinfo=dt.UTC)).origin == dt.date(2024, 2, 29)


def test_recency_is_checked_through_the_searcher(demo: Searcher) -> None:
    for param in ("recency_weight", "recency_scale", "recency_decay", "recency_origin"):
        wrong: dict[str, Any] = {param: "much"}
        assert _refused(lambda wrong=wrong: demo.search("maths", **wrong)).param == param  # type: ignore[misc]


# --- related posts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("positive", ()),
        ("positive", POST * 51),
        *(("limit", value) for value in _no_count(1, 50)),
        *(("diversity", value) for value in _NO_SHARE),
        *(("min_confidence", value) for value in _NO_SHARE),
    ],
)
def test_invalid_related_request_names_the_parameter(name: str, wrong: Any) -> None:
    parameters = {"positive": POST, name: wrong}
    assert _refused(lambda: RelatedRequest(**parameters)).param == name


def test_the_characters_of_all_texts_are_counted_together() -> None:
    half = (Example(text="a" * 10_000),)
    assert RelatedRequest(positive=half, negative=half).is_expensive
    refused = _refused(lambda: RelatedRequest(positive=half * 2, negative=(Example(text="a"),)))
    assert refused.param == "positive"
    assert "20,001 characters together" in str(refused)


@pytest.mark.parametrize(
    ("examples", "cost"),
    [
        (POST, 1),
        (POST * 4, 1),
        (POST * 50, 11),
        ((Example(text="a" * 399),), 1),
        ((Example(text="a" * 20_000),), 51),
        ((Example(text="a" * 300),) * 4, 4),
    ],
)
def test_many_examples_and_long_texts_cost_more(examples: tuple[Example, ...], cost: int) -> None:
    assert RelatedRequest(positive=examples).cost == cost
    assert RelatedRequest(positive=examples[:1], negative=examples[1:]).cost == cost


def test_texts_and_requests_of_a_high_cost_are_expensive() -> None:
    requests: list[RelatedRequest | SearchRequest] = [
        RelatedRequest(positive=POST),
        RelatedRequest(positive=POST * 19),
        RelatedRequest(positive=POST * 20),
        RelatedRequest(positive=POST, negative=(Example(text="a"),)),
        SearchRequest("models", limit=100),
        SearchRequest("models", limit=100, explain=True),
    ]
    assert [request.is_expensive for request in requests] == [False, False, True, True, False, True]


@pytest.mark.parametrize(
    ("options", "cost"),
    [
        ({}, 1),
        ({"limit": 50}, 2),
        ({"limit": 100, "explain": True}, 5),
        ({"q": "a" * 399}, 1),
        ({"q": "a" * 2_000}, 6),
        ({"q": "a" * 2_000, "limit": 100, "explain": True}, 15),
    ],
)
def test_long_queries_many_hits_and_explanations_cost_more(options: dict[str, Any], cost: int) -> None:
    assert SearchRequest(**{"q": "models"} | options).cost == cost


def test_positive_and_negative_examples_are_counted_together() -> None:
    assert RelatedRequest(positive=POST * 25, negative=POST * 25).limit == 5
    assert _refused(lambda: RelatedRequest(positive=POST * 25, negative=POST * 26)).param == "positive"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"id": "a", "text": "a"},
        {"text": ""},
        {"text": " \x00 "},
        {"text": "a" * 20_001},
        {"text": 5},
        {"text": ["a"]},
        {"id": 5},
        {"id": b"a"},
    ],
)
def test_an_example_is_one_id_or_one_text(wrong: dict[str, Any]) -> None:
    assert _refused(lambda: Example(**wrong)).param in ("id", "text")


def test_examples_are_cleaned_as_posts_are() -> None:
    assert Example(text=" cafe\u0301\x00 ").text == "caf\u00e9"
    assert Example(text="a" * 20_000).text == "a" * 20_000
    assert Example(id="cafe\u0301").id == "caf\u00e9"


# --- completions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", _no_count(1, 20))
def test_invalid_limit_of_completions_is_named(limit: Any) -> None:
    assert _refused(lambda: SuggestRequest(q="a", limit=limit)).param == "limit"


# --- filters ----------------------------------------------------------------------------------------------------------


def test_filter_is_made_from_plain_values() -> None:
    made = make_filter(
        tags=[" cafe\u0301 ", "b"],
        authors=(name for name in ("Ann",)),
        language="en",
        date_from="2024-02-29",
        date_to=dt.date(2025, 1, 1),
    )
    assert made == Filter(("caf\u00e9", "b"), ("Ann",), "en", dt.date(2024, 2, 29), dt.date(2025, 1, 1))
    assert make_filter() == Filter()


def test_datetime_counts_as_its_day() -> None:
    made = make_filter(date_from=dt.datetime(2024, 2, 29, 23, 59, tzinfo=dt.UTC))
    assert type(made.date_from) is dt.date
    assert made.date_from == dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("name", "param", "wrong"),
    [
        *(("tags", "tag", value) for value in ("abc", None, 5, [5], [None], b"abc", [["a"]], ["a"] * 101)),
        *(("authors", "author", value) for value in ("abc", 5, ["a", 5], ["a"] * 101)),
        *(("language", "language", value) for value in (5, ["en"], b"en")),
        *(("date_from", "date_from", value) for value in ("", "2024", "2024-02-30", "tomorrow", 5, 1.5, ["a"])),
        *(("date_to", "date_to", value) for value in ("31.01.2026", "9" * 10_000, "2024-01-01T00:00", b"2024-01-01")),
    ],
)
def test_invalid_filter_names_the_parameter(name: str, param: str, wrong: Any) -> None:
    assert _refused(lambda: make_filter(**{name: wrong})).param == param


# --- through the searcher ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("param", "parameters"),
    [
        ("tag", {"tags": "alignment"}),
        ("author", {"authors": "Ann"}),
        ("facets", {"facets": "tags"}),
        ("facets", {"facets": [None]}),
        ("limit", {"limit": "ten"}),
        ("q", {"q": None}),
    ],
)
def test_str_in_place_of_a_list_is_refused(demo: Searcher, param: str, parameters: dict[str, Any]) -> None:
    assert _refused(lambda: demo.search(**{"q": "maths"} | parameters)).param == param


@pytest.mark.parametrize(
    ("param", "parameters"),
    [
        ("positive", {"texts": "vpt"}),
        ("negative", {"negative": "vpt"}),
        ("negative", {"negative_texts": "vpt"}),
        ("exclude", {"exclude": "critiques"}),
        ("exclude", {"exclude": [5]}),
        ("tag", {"tags": "alignment"}),
    ],
)
def test_str_in_place_of_a_list_of_examples_is_refused(demo: Searcher, param: str, parameters: dict[str, Any]) -> None:
    assert _refused(lambda: demo.related("vpt", **parameters)).param == param


@pytest.mark.parametrize("post_id", [None, 5, b"vpt", ["vpt"]])
def test_id_must_be_text(demo: Searcher, post_id: Any) -> None:
    assert _refused(lambda: demo.related(post_id)).param == "positive"
    assert _refused(lambda: demo.post(post_id)).param == "id"


def test_lone_surrogate_matches_no_post(demo: Searcher) -> None:
    with pytest.raises(PostNotFound):
        demo.related("\ud800")
    everything = demo.related("vpt", limit=50).hits
    assert demo.related("vpt", limit=50, exclude=["\ud800"]).hits == everything
