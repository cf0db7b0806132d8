"""Bytes of an XML file → its characters, in chunks: by the byte order mark, then by the declaration, else as UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from semsearch.ingest.parsing.decoding import BYTE_ORDER_MARKS, WESTERN

CHUNK_BYTES = 256 * 1024
_STARTS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']\s*([A-Za-z0-9._-]{1,40})")
_KNOWN = re.compile(
    r"(?:iso-?8859|latin|windows|cp\d|koi8|gb|big5|shift|sjis|euc|iso-?2022|mac|tis|hz)[a-z0-9_-]*", re.IGNORECASE
)
"""Encodings of text. Python also knows encodings such as ``punycode``, which take quadratic time."""


def decoded(stream: BinaryIO) -> Iterator[str]:
    """Yield the characters of a file. Bytes that are not UTF-8 become lone surrogates (``surrogateescape``)."""
    start = stream.read(CHUNK_BYTES)
    mark, encoding = _encoding(start)
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    chunk = start[len(mark) :]
    while chunk:
        yield decoder.decode(chunk)
        chunk = stream.read(CHUNK_BYTES)
    yield decoder.decode(b"", True)


def _encoding(start: bytes) -> tuple[bytes, str]:
    """Return the byte order mark, or nothing, and the name of the encoding."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return mark, encoding
    for signature, encoding in _STARTS:
        if start.startswith(signature):
            return b"", encoding
    declared = _DECLARED.search(start[:4096])
    name = declared[1].decode("ascii") if declared else ""
    if WESTERN.fullmatch(name):
        return b"", "cp1252"
    if _KNOWN.fullmatch(name):
        try:
            return b"", codecs.lookup(name).name
        except LookupError:
            pass
    return b"", "utf-8"
