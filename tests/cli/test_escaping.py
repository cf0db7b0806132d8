from __future__ import annotations

import io
import json

import pytest

from semsearch.cli.escaping import EscapedStream, escaped
from semsearch.errors import SemsearchError
from tests.builders import Command


@pytest.mark.parametrize("char", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\x9b", "\x07"])
def test_characters_that_control_the_terminal_are_shown_and_mean_the_same_in_json(char: str) -> None:
    text = f"a{char}b"
    assert escaped(text) == f"a\\u{ord(char):04x}b"
    if ord(char) > 0x1F:  # JSON escapes the others itself
        assert json.loads(escaped(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize("text", ["a\tb\r\n", "\x1b[1mbold\x1b[0m", "\u05d0\u200f, \u200e", "é 漢字 🪁\u200d", ""])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text


def test_a_stream_escapes_all_that_is_written() -> None:
    stream = io.StringIO()
    shown = EscapedStream(stream)
    shown.write("\u202e1")
    shown.writelines(["\u2066", "2"])
    print("\u202d3", file=shown)
    assert stream.getvalue() == "\\u202e1\\u20662\\u202d3\n"


def test_no_command_prints_bidirectional_controls(command: Command) -> None:
    for words in (("versions", "--index", "a\u202eb"), ("rebuild", "--corpus", "a\u2067b"), ("no\u202acommand",)):
        result = command(*words)
        assert result.code != 0
        assert not set("\u202a\u202e\u2067").intersection(result.out + result.err)
        assert "\\u20" in result.err


def test_an_error_has_no_control_characters_of_a_terminal() -> None:
    assert str(SemsearchError("a\x1b[2Jb\x9bc\x00d")) == "a [2Jb c d"
