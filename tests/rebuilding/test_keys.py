from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semsearch.encoding.cache import KEY_BYTES
from semsearch.rebuilding.keys import KeyList


@given(st.lists(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), min_size=1, max_size=20), st.data())
def test_keys_are_read_back_by_row_in_any_order(keys: list[bytes], data: st.DataObject) -> None:
    listed = KeyList()
    for key in keys:
        listed.append(key)
    rows = data.draw(st.lists(st.integers(0, len(keys) - 1)))
    assert listed.at(np.array(rows, dtype=np.int64)) == [keys[row] for row in rows]
