from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semsearch.encoding.cache import KEY_BYTES
from semsearch.rebuilding.keys import KeyList


@given(st.lists(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), max_size=20), st.integers(1, 25))
def test_chunks_are_all_keys_in_order_each_as_large_as_asked_but_the_last(keys: list[bytes], size: int) -> None:
    listed = KeyList()
    for key in keys:
        listed.append(key)
    assert len(listed) == len(keys)
    assert list(listed.chunks(size)) == [keys[start : start + size] for start in range(0, len(keys), size)]
