from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.encoding import key_table
from semsearch.encoding.key_table import KeyTable, Prefixes, prefixes

LARGEST = 2**64 - 1
keys = st.integers(0, 20) | st.sampled_from([2**63 - 1, 2**63, LARGEST - 1, LARGEST])
"""Few, so that many are put twice; and some that no signed integer or float holds."""
puts = st.lists(st.lists(st.tuples(keys, st.integers(0, 2**40)), max_size=8), max_size=8)


@pytest.fixture(scope="module", autouse=True)
def _merged_early() -> Iterator[None]:
    """A table of a handful of keys goes through all that one of a million goes through."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(key_table, "_MERGED_AT", 5)
        yield


def uint64(numbers: Sequence[int]) -> Prefixes:
    return np.array(numbers, dtype=np.uint64)


def put(table: KeyTable, rows: Sequence[tuple[int, int]]) -> None:
    table.put(uint64([key for key, _ in rows]), np.array([row for _, row in rows], dtype=np.int64))


@given(puts, st.booleans())
def test_a_table_holds_what_a_dict_holds(batches: list[list[tuple[int, int]]], listed: bool) -> None:
    table, expected = KeyTable(), dict[int, int]()
    asked = [LARGEST, *range(22), 2**63, LARGEST - 1, 2**63 - 1, 3, 3]
    for rows in batches:
        put(table, rows)
        expected |= dict(rows)
        found = table.find(uint64(asked))
        assert found.dtype == np.int64
        assert found.tolist() == [expected.get(key, -1) for key in asked]
        if listed:  # which merges what is recent at other moments
            all_keys, all_rows = table.items()
            assert list(zip(all_keys.tolist(), all_rows.tolist(), strict=True)) == sorted(expected.items())
    assert [column.tolist() for column in table.items()] == [
        sorted(expected),
        [expected[key] for key in sorted(expected)],
    ]


@pytest.mark.parametrize("between", [[], [(number, number) for number in range(10, 20)]])
def test_the_last_row_of_a_key_counts(between: list[tuple[int, int]]) -> None:
    """Within a call, from call to call, and where the first was merged already."""
    table = KeyTable()
    put(table, [(7, 1), (7, 0)])
    assert table.find(uint64([7])).tolist() == [0]
    put(table, between)
    put(table, [(7, 5)])
    assert table.find(uint64([7, 7])).tolist() == [5, 5]
    keys, rows = table.items()
    assert rows[keys == 7].tolist() == [5]


def test_an_empty_table_knows_nothing() -> None:
    table = KeyTable()
    assert table.find(uint64([0, LARGEST])).tolist() == [-1, -1]
    assert table.find(uint64([])).tolist() == []
    assert [(len(column), str(column.dtype)) for column in table.items()] == [(0, "uint64"), (0, "int64")]
    put(table, [])
    assert table.find(uint64([0])).tolist() == [-1]


def test_what_is_recent_is_merged_once_there_is_enough() -> None:
    """A dictionary needs ten times the memory of the arrays."""
    table = KeyTable()
    for number in range(100):
        put(table, [(number, number)])
        assert len(table._recent) < 5
    assert table.find(uint64(range(100))).tolist() == list(range(100))


def test_keys_and_rows_of_unlike_number_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        KeyTable().put(uint64([1, 2]), np.array([1]))


def test_a_prefix_is_the_first_eight_bytes() -> None:
    first, second = bytes(range(32)), bytes([255] * 8 + [0] * 24)
    assert prefixes([first, second]).tobytes() == first[:8] + second[:8]
    assert prefixes([first]).dtype == np.uint64
    assert prefixes([]).tolist() == []


def test_prefixes_tell_keys_apart() -> None:
    assert len(set(prefixes(hashlib.sha256(bytes([number])).digest() for number in range(256)).tolist())) == 256
