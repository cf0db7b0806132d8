"""Decompress gzip without exceeding a number of bytes, however small the input is."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

GZIP_START = b"\x1f\x8b"
_PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class TooManyBytes(Exception):
    """There are more bytes than the limit."""


def read_limited(chunks: Iterable[bytes], limit: int, *, is_cut: bool = False) -> bytes:
    """Join chunks until they exceed ``limit`` bytes. Then it raises TooManyBytes, or cuts them off."""
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > limit:
            if is_cut:
                return bytes(content[:limit])
            raise TooManyBytes
    return bytes(content)


def decompress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip in pieces of at most 64 KiB. Raises zlib.error for damaged or truncated data.

    Joined gzip files are one stream. What follows the last one is ignored, as gzip does.
    """
    stream = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        data = chunk
        while True:
            if stream.eof:
                if not data.startswith(GZIP_START[:1]):
                    break
                stream = zlib.decompressobj(_GZIP)
            piece = stream.decompress(data, _PIECE)
            yield piece
            data = stream.unconsumed_tail or stream.unused_data
            if not data and len(piece) < _PIECE:  # a full piece may leave output inside the stream
                break
    if not stream.eof:
        raise zlib.error("the data is truncated")
