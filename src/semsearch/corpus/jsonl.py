"""How does a line of JSON become a post? One object a line, UTF-8; a bad line costs only itself."""

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
"""A longer line is not a post but a file that lost its line ends; it is skipped without being held in memory."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_jsonl(stream: BinaryIO, file: Path) -> Iterator[tuple[int, Post | Rejection]]:
    """Yields ``(line number from 1, post or rejection)``; blank lines are passed over, a byte order mark is ignored."""
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
    """Lines of a stream; None in the place of one that is too long."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
        yield None


def _object(line: bytes) -> dict[str, Any]:
    if line.startswith(_BYTE_ORDER_MARK):
        raise InvalidField("not JSON: a byte order mark stands at the start of a file, if at all")
    try:
        value = _DECODER.decode(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidField(f"not UTF-8: byte {error.start + 1} of the line") from error
    except json.JSONDecodeError as error:
        raise InvalidField(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise InvalidField("not JSON that can be read: nested too deeply") from error
    except ValueError as error:  # int() refuses numbers of more than 4,300 digits
        raise InvalidField("not JSON that can be read: a number has too many digits") from error
    if not isinstance(value, dict):
        raise InvalidField(f"a post is a JSON object, not {type(value).__name__}")
    return value


def _refuse_constant(name: str) -> Any:
    raise InvalidField(f"not JSON: {name} is not a JSON number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise InvalidField(f"the key {twice[:40]!r} occurs twice")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
