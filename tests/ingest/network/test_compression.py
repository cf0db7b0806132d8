from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.network.compression import TooManyBytes, decompress, read_limited


@given(st.lists(st.binary(max_size=300), max_size=3), st.integers(1, 50))
def test_joined_gzip_files_are_one_stream_in_chunks_of_any_size(parts: list[bytes], size: int) -> None:
    data = b"".join(map(gzip.compress, parts)) or gzip.compress(b"")

    chunks = [data[start : start + size] for start in range(0, len(data), size)]

    assert b"".join(decompress(chunks)) == b"".join(parts)


def test_a_bomb_is_decompressed_to_the_limit_only() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    pieces = []

    def noted() -> object:
        for piece in decompress([bomb]):
            pieces.append(len(piece))
            yield piece

    with pytest.raises(TooManyBytes):
        read_limited(noted(), 1_000_000)  # type: ignore[arg-type]

    assert max(pieces) <= 64 * 1024
    assert sum(pieces) < 1_100_000


@pytest.mark.parametrize("size", [65_536, 131_072, 200_000])
def test_output_of_whole_pieces_is_complete(size: int) -> None:
    assert b"".join(decompress([gzip.compress(b"x" * size)])) == b"x" * size


def test_what_follows_the_last_file_is_ignored() -> None:
    assert b"".join(decompress([gzip.compress(b"a") + b"\0\0", b"rest"])) == b"a"


@pytest.mark.parametrize("data", [b"", b"no gzip", gzip.compress(b"abc" * 100)[:-9]], ids=["empty", "text", "cut off"])
def test_damaged_data_is_an_error(data: bytes) -> None:
    with pytest.raises(zlib.error):
        list(decompress([data]))


def test_a_long_text_may_be_cut() -> None:
    assert read_limited([b"abc", b"def"], 4, is_cut=True) == b"abcd"
    assert read_limited([b"abc"], 3) == b"abc"
