from __future__ import annotations

import pytest

from semsearch.ingest.parsing.decoding import decode


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_byte_order_mark_decides(encoding: str) -> None:
    assert decode("Grüße\r\naus 東京\r".encode(encoding)) == ("Grüße\naus 東京\n", None)


def test_big_endian_utf_16_with_a_mark_is_read() -> None:
    assert decode("\ufeffé".encode("utf-16-be")) == ("é", None)


def test_marks_of_files_that_were_joined_are_no_text() -> None:
    assert decode("\ufeff\ufefftext".encode()) == ("text", None)


def test_a_byte_that_is_not_utf_8_is_said_with_its_line() -> None:
    assert decode(b"one\ntwo\ncaf\xe9 \x93quoted\x94") == ("one\ntwo\ncafé “quoted”", 3)


def test_every_sequence_of_bytes_gives_a_text() -> None:
    text, line = decode(bytes(range(256)))
    assert line is not None
    assert "\ufffd" in text  # 0x81 is no character of Windows-1252
