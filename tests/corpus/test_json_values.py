from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given

from semsearch.corpus.json_values import MAX_CHARACTERS, MAX_DEPTH, json_problem
from tests.corpus.builders import ANY_JSON


def doubled(value: Any, times: int) -> Any:
    for _ in range(times):
        value = [value, value]
    return value


@given(ANY_JSON)
def test_what_passes_can_be_written_as_strict_json(value: Any) -> None:
    if json_problem({"a": value}) is None:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def test_shared_values_pass_while_they_are_small() -> None:
    assert json_problem({"a": doubled({"b": "c"}, 10)}) is None


@pytest.mark.parametrize("times", [30, 90])
def test_shared_values_count_for_each_use(times: int) -> None:
    assert (
        json_problem({"a": doubled("x", times)})
        == f"'a' and the keys before it have more than {MAX_CHARACTERS:,} characters as JSON"
    )


def test_the_size_of_all_fields_is_limited_together() -> None:
    large = "x" * (MAX_CHARACTERS // 2)
    assert json_problem({"a": large}) is None
    assert "'b' and the keys before it" in (json_problem({"a": large, "b": large}) or "")


def test_a_shared_value_counts_for_the_depth_at_each_place() -> None:
    tall: Any = 1
    for _ in range(MAX_DEPTH // 2 + 1):
        tall = [tall]
    deep = tall
    for _ in range(MAX_DEPTH // 2):
        deep = [deep]
    assert json_problem({"a": [tall]}) is None
    assert json_problem({"a": [tall, deep]}) == f"'a' is nested more than {MAX_DEPTH} levels deep"


def test_a_value_that_contains_itself_is_refused() -> None:
    around: list[Any] = []
    around += [around, around]
    assert json_problem({"a": around}) == f"'a' is nested more than {MAX_DEPTH} levels deep"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (dt.date(2024, 1, 1), "'a' has a value of the type date, which JSON does not have"),
        ([b"x"], "'a' has a value of the type bytes, which JSON does not have"),
        ({1: 2}, "'a' has a key that is not text, but int"),
    ],
)
def test_values_that_json_does_not_have_are_refused(value: Any, expected: str) -> None:
    assert json_problem({"a": value}) == expected
