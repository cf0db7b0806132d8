from __future__ import annotations

from typing import Any

import pytest

import semsearch
from semsearch.errors import InvalidRequest
from semsearch.plain_values import MAX_SHOWN_CHARACTERS, day_of, shown, text_of, texts_of
from semsearch.search import SearchRequest


def doubled(times: int) -> Any:
    """A value whose repr has two to the power of ``times`` parts."""
    value: Any = "x"
    for _ in range(times):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\n", "'a\\n'"),
        (7, "7"),
        (None, "None"),
        (["a", 1], "['a', 1]"),
        ({"a": [1]}, "{'a': [1]}"),
        ("x" * 99, "'" + "x" * (MAX_SHOWN_CHARACTERS - 1)),
    ],
)
def test_a_value_is_shown_as_python_writes_it_and_short(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize("value", [doubled(60), {"a": doubled(60)}, (doubled(60),)])
def test_values_that_share_parts_are_shown_without_following_every_use(value: Any) -> None:
    assert "..." in shown(value)
    for refused in (
        lambda: text_of("q", value),
        lambda: texts_of("tag", [value]),
        lambda: day_of("date_from", value),
        lambda: SearchRequest("q", mode=value),
        lambda: SearchRequest("q", limit=value),
        lambda: SearchRequest("q", semantic_ratio=value),
        lambda: SearchRequest("q", facets=(value,)),
        lambda: semsearch.Client("http://localhost:1", timeout=value),
    ):
        with pytest.raises(InvalidRequest):
            refused()
