from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.corpus import Rejection
from semsearch.corpus.jsonl import MAX_LINE_BYTES, read_jsonl
from semsearch.posts import Post
from semsearch.text import clean, has_control_characters
from tests.builders import SHARED, raw_post
from tests.corpus.builders import LIKELY_POSTS

Read = Callable[[bytes], list[tuple[int, Post | Rejection]]]

BAD_INPUTS = SHARED / "bad_inputs"
needs_bad_inputs = pytest.mark.skipif(not BAD_INPUTS.is_dir(), reason="the shared folder of hostile inputs is absent")

LINES = st.one_of(
    LIKELY_POSTS.map(lambda raw: json.dumps(raw).encode()),
    st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")),
    st.sampled_from([b"", b" ", b"{}", b"[]", b"null", b"NaN", b'{"id":"a","id":"b"}', b"\xff", b"\r", b'{"a":1}{']),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jsonl") / "posts.jsonl"


@pytest.fixture(scope="module")
def read(file: Path) -> Read:
    """A function that reads a file with these bytes."""

    def read_bytes(content: bytes) -> list[tuple[int, Post | Rejection]]:
        return list(read_jsonl(io.BytesIO(content), file))

    return read_bytes


def line(post_id: str, **fields: Any) -> bytes:
    return json.dumps(raw_post(post_id, **fields), ensure_ascii=False).encode()


def shown(records: list[tuple[int, Post | Rejection]]) -> list[tuple[int, str]]:
    """Line numbers with the id of the post or the reason of the rejection."""
    return [(number, record.id if isinstance(record, Post) else record.reason) for number, record in records]


def reason(read: Read, content: bytes) -> str:
    [(number, record)] = read(content)
    assert isinstance(record, Rejection)
    assert record.line == number
    return record.reason


def test_a_line_is_a_post(read: Read) -> None:
    assert read(b'{"id": "a", "title": "A", "tags": ["x"], "rating": 5}\n') == [
        (1, Post("a", "A", tags=("x",), extra={"rating": 5}))
    ]


def test_bad_line_does_not_affect_other_lines(read: Read, file: Path) -> None:
    records = read(line("a") + b'\n{"id": "b", "title": \n' + line("c") + b"\n")

    assert shown(records) == [(1, "a"), (2, "not JSON: Expecting value at character 22"), (3, "c")]
    assert str(records[1][1]) == f"{file}:2: not JSON: Expecting value at character 22"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "not JSON: Expecting property name enclosed in double quotes at character 2"),
        (b'{"id": "a" "title": "A"}', "not JSON: Expecting ',' delimiter at character 12"),
        (b'{"id": "a"} {"id": "b"}', "not JSON: Extra data at character 13"),
        (b'{"id": "a\r\n', "not JSON: Unterminated string starting at at character 8"),
        (b"{'id': 'a'}", "not JSON: Expecting property name enclosed in double quotes at character 2"),
        (b'{"id": "a\tb", "title": "A"}', "not JSON: Invalid control character at at character 10"),
        (b'{"id": "a", "title": "A", "n": NaN}', "not JSON: NaN is not a JSON number"),
        (b'{"id": "a", "title": "A", "n": [-Infinity]}', "not JSON: -Infinity is not a JSON number"),
        (b'{"id": "a", "title": "A", "n": 1e999}', "'n' has a number that is too large"),
        (
            b'{"id": "a", "title": "A", "n": 1' + b"0" * 5_000 + b"}",
            "JSON has a number with too many digits",
        ),
        (b'{"id": "a", "title": "A", "id": "b"}', "duplicate key 'id'"),
        (b'{"id": "a", "title": "A", "x": {"k": 1, "k": 1}}', "duplicate key 'k'"),
        (b'{"id": "a", "title": "A", "tags": ["' + b"\xe9" + b'"]}', "not UTF-8: byte 37 of the line"),
        ('{"id": "a"}'.encode("utf-16"), "not UTF-8: byte 1 of the line"),
        (b'{"id": "\xed\xa0\x80", "title": "A"}', "not UTF-8: byte 9 of the line"),
        (b'{"id": "\\ud800", "title": "A"}', "id has control characters"),
        (b'{"id": "a", "title": "A", "x": "\\ud800"}', "'x' has a lone surrogate"),
        (b"null", "a post is a JSON object, not NoneType"),
        (b'["a"]', "a post is a JSON object, not list"),
        (b"{}", "title is missing or empty"),
        (b'{"id": "a"}', "title is missing or empty"),
        (b'{"title": "A"}', "id is missing"),
        (b'{"ID": "a", "title": "A"}', "id is missing"),
        (b"\x00", "not JSON: Expecting value at character 1"),
        (b"\xef\xbb", "not UTF-8: byte 1 of the line"),
    ],
)
def test_invalid_line_is_rejected_with_a_reason(read: Read, content: bytes, expected: str) -> None:
    assert reason(read, content) == expected


@pytest.mark.parametrize("depth", [101, 500, 900, 950, 970, 990, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_rejected_at_every_depth(read: Read, depth: int, opening: bytes, closing: bytes) -> None:
    nested = opening * depth + b"1" + closing * depth

    assert "nested" in reason(read, b'{"id": "a", "title": "A", "x": ' + nested + b"}")


def test_a_whole_pair_of_surrogates_is_one_character(read: Read) -> None:
    assert read(b'{"id": "\\ud83d\\ude00", "title": "A"}') == [(1, Post("😀", "A"))]


def test_a_large_whole_number_is_kept_exactly(read: Read) -> None:
    number = 10**400 + 1

    assert read(line("a", n=number)) == [(1, Post("a", "Title of a", "What a is about.", extra={"n": number}))]


def test_a_million_keys_of_which_the_last_occurs_twice_are_rejected(read: Read) -> None:
    """Finding the duplicate key must not take quadratic time."""
    keys = ",".join(f'"{number}":0' for number in range(500_000))

    assert reason(read, f'{{{keys},"499999":0}}'.encode()) == "duplicate key '499999'"


def test_the_reason_for_a_long_key_is_short(read: Read) -> None:
    key = b'"' + b"k" * 100_000 + b'":1'

    assert reason(read, b"{" + key + b"," + key + b"}") == f"duplicate key '{'k' * 40}'"


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b" \t\n\n\x0b\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_file_without_lines_has_no_posts(read: Read, content: bytes) -> None:
    assert read(content) == []


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n", b"\n \n\t\r\n"])
def test_line_ends_and_blank_lines_do_not_matter(read: Read, end: bytes) -> None:
    records = read(end.join([line("a"), line("b"), line("c")]))
    step = end.count(b"\n")

    assert shown(records) == [(1, "a"), (1 + step, "b"), (1 + 2 * step, "c")]


def test_a_byte_order_mark_is_ignored_at_the_start_only(read: Read) -> None:
    mark = b"\xef\xbb\xbf"

    assert shown(read(mark + line("a") + b"\n" + line("b"))) == [(1, "a"), (2, "b")]
    assert shown(read(line("a") + b"\n" + mark + line("b")))[1] == (
        2,
        "not JSON: a byte order mark is allowed at the start of a file only",
    )


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_only_a_line_feed_ends_a_line(read: Read, separator: str) -> None:
    [(_, post)] = read(json.dumps(raw_post("a", teaser=f"b{separator}c"), ensure_ascii=separator < " ").encode())

    assert isinstance(post, Post)
    assert post.teaser == clean(f"b{separator}c")


def test_a_line_may_have_as_many_bytes_as_the_limit(read: Read) -> None:
    longest = line("a") + b" " * (MAX_LINE_BYTES - len(line("a")) - 1) + b"\n"

    assert shown(read(longest + line("b"))) == [(1, "a"), (2, "b")]
    assert shown(read(b" " + longest + line("b"))) == [(1, "the line is longer than 8388608 bytes"), (2, "b")]
    assert shown(read(b" " + longest.strip() + b" " * MAX_LINE_BYTES)) == [(1, "the line is longer than 8388608 bytes")]


def test_endless_line_is_skipped_without_using_memory(file: Path) -> None:
    with file.open("wb") as stream:
        stream.write(line("a") + b"\n")
        stream.seek(16 * MAX_LINE_BYTES)  # zeros, of which the disk holds none
        stream.write(b"\n" + line("b") + b"\n")
    tracemalloc.start()
    try:
        with file.open("rb") as stream:
            records = list(read_jsonl(stream, file))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert shown(records) == [(1, "a"), (2, "the line is longer than 8388608 bytes"), (3, "b")]
    assert peak < 4 * MAX_LINE_BYTES


def test_a_file_is_read_line_by_line(file: Path) -> None:
    """The first post is yielded before the rest is read, so a corpus need not fit into memory."""
    file.write_bytes(line("a") + b"\n" + (line("b", body="x" * 100_000) + b"\n") * 200)
    tracemalloc.start()
    try:
        with file.open("rb") as stream:
            number = sum(1 for _ in read_jsonl(stream, file))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert number == 201
    assert peak < 2_000_000  # of 20 million bytes


# --- any bytes --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(read: Read, content: bytes) -> None:
    for number, record in read(content):
        assert isinstance(record, Rejection)
        assert 1 <= number <= content.count(b"\n") + 1
        assert record.reason


@settings(deadline=None)
@given(lines=st.lists(LINES.filter(lambda content: not content.startswith(b"\xef")), max_size=6))
def test_line_is_read_the_same_among_any_others(read: Read, lines: list[bytes]) -> None:
    alone = [(number, entry) for number, content in enumerate(lines, 1) for _, entry in shown(read(content))]

    assert shown(read(b"\n".join(lines))) == alone


# --- hostile files ----------------------------------------------------------------------------------------------------


def suite(folder: str) -> list[Path]:
    files = sorted((BAD_INPUTS / "JSONTestSuite" / folder).glob("*.json"))
    assert files
    return files


@needs_bad_inputs
def test_every_line_of_the_json_test_suite_is_read_or_rejected(read: Read) -> None:
    """In JSONTestSuite, files named n_ are not JSON; those named y_ are, but are not posts."""
    files = [file for file in suite("test_parsing") if file.read_bytes().strip()]
    lines = [file.read_bytes().replace(b"\n", b"\r") for file in files]
    records = shown(
        read(b"\n".join(part for number, bad in enumerate(lines) for part in (bad, line(f"good-{number}"))))
    )

    assert records[1::2] == [(2 * number + 2, f"good-{number}") for number in range(len(files))]
    assert [number for number, _ in records[::2]] == [2 * number + 1 for number in range(len(files))]
    for file, (_, why) in zip(files, records[::2], strict=True):
        unreadable = why.startswith(
            ("not JSON: ", "not UTF-8: ", "JSON is nested too deeply", "a number has too many digits")
        )
        no_post = why.startswith(
            ("a post is a JSON object, not ", "title is missing", "id is missing", "duplicate key ")
        )
        expected = {"n_": unreadable, "y_": no_post, "i_": unreadable or no_post}

        assert expected[file.name[:2]], (file.name, why)


@needs_bad_inputs
@pytest.mark.parametrize("folder", ["test_parsing", "test_transform"])
def test_files_of_the_json_test_suite_do_not_affect_lines_around_them(read: Read, folder: str) -> None:
    for file in suite(folder):
        content = file.read_bytes()
        around = read(line("first") + b"\n" + content + b"\n" + line("last"))

        assert [record.id for _, record in around if isinstance(record, Post)] == ["first", "last"], file.name
        assert all(isinstance(record, Rejection) and record.reason for _, record in read(content)), file.name


@needs_bad_inputs
@pytest.mark.parametrize("field", ["id", "title"])
def test_every_naughty_string_is_accepted_or_rejected_with_a_reason(read: Read, field: str) -> None:
    strings = json.loads((BAD_INPUTS / "blns" / "blns.json").read_text(encoding="utf-8"))
    raws = [raw_post(f"post-{number}") | {field: string} for number, string in enumerate(strings)]
    records = read("\n".join(json.dumps(raw, ensure_ascii=number % 2 == 0) for number, raw in enumerate(raws)).encode())

    assert len(records) == len(strings) > 500
    for string, (_, record) in zip(strings, records, strict=True):
        if isinstance(record, Post):
            assert getattr(record, field) == clean(string) != ""
        elif field == "title":
            assert (clean(string), record.reason) == ("", "title is missing or empty")
        else:
            expected = {"id is empty": not string.strip(), "id has control characters": has_control_characters(string)}
            assert expected.get(record.reason, len(string.encode()) > 200), (string, record.reason)
