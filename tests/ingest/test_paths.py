from __future__ import annotations

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.paths import folder_of, name_of, split_name, stem_of, suffix_of

_NAMES = st.text(alphabet=".aB-é ", min_size=1, max_size=6).filter(lambda name: name not in (".", ".."))


@given(st.lists(_NAMES, min_size=1, max_size=3).map("/".join))
def test_a_path_has_the_parts_that_pathlib_finds(path: str) -> None:
    expected = PurePosixPath(path)
    assert (folder_of(path) or ".") == expected.parent.as_posix()
    assert name_of(path) == expected.name
    assert (stem_of(path), suffix_of(path)) == split_name(path) == (expected.stem, expected.suffix)
