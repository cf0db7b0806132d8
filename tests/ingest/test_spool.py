from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.spool import Spool

_VALUES = st.dictionaries(st.text(max_size=3), st.none() | st.text(max_size=9) | st.lists(st.integers()), max_size=3)


@given(st.lists(_VALUES, max_size=5), st.randoms())
def test_objects_are_read_as_they_were_added_in_any_order(values: list[dict[str, Any]], chance: Any) -> None:
    with Spool() as spool:
        numbered = [(spool.add(value), value) for value in values]
        chance.shuffle(numbered)
        assert [spool.get(number) for number, _ in numbered] == [value for _, value in numbered]


def test_objects_may_be_added_after_some_were_read(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        first = spool.add({"a": "x" * 1_000_000})
        assert len(spool.get(first)["a"]) == 1_000_000
        second = spool.add({"b": 1})
        assert (spool.get(second), len(spool)) == ({"b": 1}, 2)
