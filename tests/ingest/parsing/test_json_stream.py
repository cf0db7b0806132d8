from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.parsing import json_stream
from semsearch.ingest.parsing.json_stream import array_elements
from semsearch.ingest.parsing.json_values import InvalidJson

CONTAINERS = frozenset(("db", "data"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


def read(text: str) -> list[tuple[str, Any]]:
    return list(array_elements(io.BytesIO(text.encode()), CONTAINERS))


def test_yields_the_elements_of_arrays_in_containers() -> None:
    text = '{"db": [{"meta": {"a": [1]}, "data": {"posts": [{"id": 1}, 2], "tags": [], "n": 3}}]}'
    assert read(text) == [("posts", {"id": 1}), ("posts", 2)]


@given(st.dictionaries(st.text(max_size=4), st.lists(JSON, max_size=3), max_size=3), st.sampled_from([None, 1]))
def test_yields_what_the_json_library_reads(tables: dict[str, list[Any]], indent: int | None) -> None:
    tables = {name: rows for name, rows in tables.items() if name not in CONTAINERS}
    found = read(json.dumps({"data": tables}, indent=indent))
    assert found == [(name, row) for name, rows in tables.items() for row in rows]


def test_elements_before_the_end_of_a_file_cut_off_are_yielded() -> None:
    elements = array_elements(io.BytesIO(b'{"data": {"posts": [{"id": 1}, {"id": '), CONTAINERS)
    assert next(elements) == ("posts", {"id": 1})
    with pytest.raises(InvalidJson, match="cut off"):
        next(elements)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a" 1}', '{"data": [{}', '{"a": [1 2]}', "{}{}", '{"a": ' + "[" * 200_000]
)
def test_what_is_no_json_is_invalid(text: str) -> None:
    with pytest.raises(InvalidJson):
        read(text)


def test_an_element_above_the_limit_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_ELEMENT_CHARACTERS", 1_000_000)
    with pytest.raises(InvalidJson, match="one value is longer than 1,000,000 characters"):
        read('{"data": {"posts": ["' + "a" * 5_000_000 + '"]}}')


def test_memory_holds_one_element_at_a_time() -> None:
    row = json.dumps({"html": "word " * 2_000})
    stream = io.BytesIO(('{"data": {"posts": [' + ",".join([row] * 1_000) + "]}}").encode())
    tracemalloc.start()
    assert sum(1 for _ in array_elements(stream, CONTAINERS)) == 1_000
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()
