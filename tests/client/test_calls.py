from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.client.calls import MAX_PATH_CHARACTERS, Call, post_call, related_call, search_call, suggest_call
from semsearch.index.filters import make_filter
from semsearch.search import Example, RelatedRequest, RelatedResult, SearchRequest, SuggestRequest
from semsearch.search.requests import make_recency


def body_of(call: Call[Any]) -> Any:
    return None if call.body is None else json.loads(call.body)


def test_default_values_are_left_out_of_the_url() -> None:
    assert search_call(SearchRequest("a b")).path == "/v1/search?q=a+b"
    assert search_call(SearchRequest("a", limit=10, explain=True)).path == "/v1/search?q=a&explain=true"
    assert suggest_call(SuggestRequest("ü")).path == "/v1/suggest?q=%C3%BC"
    assert related_call(RelatedRequest((Example(id="a"),))).path == "/v1/posts/a/related"


def test_parameters_have_the_names_of_the_api() -> None:
    condition = make_filter(
        tags=["x", "y"], authors=["Ada"], language="en", date_from="2024-01-01", date_to=dt.date(2024, 12, 31)
    )
    recency = make_recency(2.0, 90.0, 0.2, "2024-06-01")
    call = search_call(
        SearchRequest(
            "a", filter=condition, facets=("year", "tags", "year"), facet_confidence=0.4, recency=recency, limit=3
        )
    )
    assert parse_qs(urlsplit(call.path).query) == {
        "q": ["a"],
        "tag": ["x", "y"],
        "author": ["Ada"],
        "language": ["en"],
        "date_from": ["2024-01-01"],
        "date_to": ["2024-12-31"],
        "limit": ["3"],
        "facets": ["year", "tags"],
        "facet_confidence": ["0.4"],
        "recency_weight": ["2.0"],
        "recency_scale": ["90.0"],
        "recency_decay": ["0.2"],
        "recency_origin": ["2024-06-01"],
    }


def test_long_calls_are_sent_as_a_body() -> None:
    short, long = SearchRequest("x" * 512), SearchRequest("😀" * 512, explain=True)
    assert search_call(short).body is None
    call = search_call(long)
    assert (call.path, body_of(call)) == ("/v1/search", {"q": "😀" * 512, "explain": True})
    excluded = [f"post {number}" for number in range(400)]
    related = related_call(RelatedRequest((Example(id="a"),), exclude=excluded, filter=make_filter(tags=["x"])))
    assert related.path == "/v1/related"
    assert body_of(related) == {"positive": [{"id": "a"}], "exclude": excluded, "filter": {"tag": ["x"]}}


def test_several_examples_are_sent_as_a_body() -> None:
    request = RelatedRequest((Example(id="a"), Example(text="b")), (Example(id="c"),), limit=3)
    call = related_call(request)
    assert call.path == "/v1/related"
    assert body_of(call) == {"positive": [{"id": "a"}, {"text": "b"}], "negative": [{"id": "c"}], "limit": 3}
    assert (call.result_type, call.post_ids) == (RelatedResult, ("a", "c"))


def test_numpy_numbers_are_serialised() -> None:
    request = RelatedRequest((Example(text="a"),), diversity=np.float64(0.25))
    assert body_of(related_call(request)) == {"positive": [{"text": "a"}], "diversity": 0.25}


@given(st.text(min_size=1))
def test_an_id_is_one_path_segment_and_not_a_dot_segment(post_id: str) -> None:
    path = post_call(post_id.encode(errors="ignore").decode()).path
    segment = path.removeprefix("/v1/posts/")
    assert not {*"/?# "} & {*segment}
    assert segment not in (".", "..")
    assert unquote(segment) == post_id.encode(errors="ignore").decode()


@pytest.mark.parametrize("post_id", [".", ".."])
def test_related_posts_of_a_dot_id_are_requested_with_a_body(post_id: str) -> None:
    """A proxy may take ``/posts/%2E%2E/related`` for ``/related``."""
    call = related_call(RelatedRequest((Example(id=post_id),)))
    assert (call.path, body_of(call)) == ("/v1/related", {"positive": [{"id": post_id}]})


@given(st.text(min_size=1, max_size=512), st.lists(st.text(max_size=200), max_size=20))
def test_paths_are_never_too_long(q: str, tags: list[str]) -> None:
    request = SearchRequest(f"a {q}"[:512], filter=make_filter(tags=tags))
    assert len(search_call(request).path) <= MAX_PATH_CHARACTERS
