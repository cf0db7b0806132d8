"""Load JSON Lines files (UTF-8). Each line is a post; an invalid line is rejected without affecting the others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from semsearch.corpus.fields import InvalidField, post_from
from semsearch.corpus.rejection import Rejection
from semsearch.posts import Post

MAX_LINE_BYTES = 8 * 1024 * 1024
"""A longer line is rejected without being read into memory; such a file has probably lost its line ends."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_jsonl(stream: BinaryIO, file: Path) -> Iterator[tuple[int, Post | Rejection]]:
    """Yield ``(line number, post or rejection)``, numbered from 1.

    Blank lines are skipped, and a byte order mark at the start of the file is ignored.
    """
    for number, line in enumerate(_lines(stream), start=1):
        if line is None:
            yield number, Rejection(file, number, f"the line is longer than {MAX_LINE_BYTES} bytes")
            continue
        content = line.rstrip(b"\r\n")
        if number == 1:
            content = content.removeprefix(_BYTE_ORDER_MARK)
        if content.strip():
            try:
                yield number, post_from(_object(content))
            except InvalidField as error:
                yield number, Rejection(file, number, str(error))


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines of a stream; None for a line that is too long."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
        yield None


def _object(line: bytes) -> dict[str, Any]:
    if line.startswith(_BYTE_ORDER_MARK):
        raise InvalidField("not JSON: a byte order mark is allowed at the start of a file only")
    try:
        value = _DECODER.decode(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidField(f"not UTF-8: byte {error.start + 1} of the line") from error
    except json.JSONDecodeError as error:
        raise InvalidField(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise InvalidField("JSON is nested too deeply") from error
    except ValueError as error:  # int() refuses numbers of more than 4,300 digits
        raise InvalidField("JSON has a number with too many digits") from error
    if not isinstance(value, dict):
        raise InvalidField(f"a post is a JSON object, not {type(value).__name__}")
    return value


def _refuse_constant(name: str) -> Any:
    raise InvalidField(f"not JSON: {name} is not a JSON number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        [(duplicate, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise InvalidField(f"duplicate key {duplicate[:40]!r}")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
