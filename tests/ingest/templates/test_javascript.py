from __future__ import annotations

from typing import Any

import pytest

from semsearch.ingest.templates.javascript import (
    UNKNOWN,
    end_of_brackets,
    properties,
    string_of,
    value_at,
    without_comments,
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'a\\n\\u00e9\\x41\\u{1F600}'", "a\né" + "A😀"),
        ("`a ${b}`", UNKNOWN),
        ("[1, -2.5, 1_000]", ["1", "-2.5", "1000"]),
        ("({a: (true)})", {"a": True}),
        ("{a: [b, {c: undefined}], 'd-e': 'f',}", {"a": [{"c": None}], "d-e": "f"}),
        ("{a: x ? '1' : '2', b: '3'}", {"b": "3"}),
        ("{a: f({b: ')'}), c: 'd'}", {"c": "d"}),
        ("{a: '1', a: '2'}", {"a": "1"}),
        ("{a: 'b' satisfies X.Y, c}", {"a": "b"}),
        ("[", UNKNOWN),
        ("[" * 10_000, UNKNOWN),
    ],
)
def test_literals_are_read_and_the_rest_is_left_out(source: str, expected: Any) -> None:
    assert value_at(source, 0)[0] == expected


@pytest.mark.parametrize(
    ("source", "rest"),
    [
        ("{a: '}'} rest", " rest"),
        ("{`}${ {b: '`'} }`} rest", " rest"),
        ("{/* } */} rest", " rest"),
        ("{a // }\n} rest", " rest"),
        ("{don't} rest", " rest"),
        ("{'https://x'} rest", " rest"),
    ],
)
def test_brackets_end_where_the_language_says(source: str, rest: str) -> None:
    end = end_of_brackets(source, 0)
    assert end is not None
    assert source[end:] == rest


@pytest.mark.parametrize("source", ["{", "{(}", "{'", "{`}"])
def test_brackets_without_end(source: str) -> None:
    assert end_of_brackets(source, 0) is None


def test_properties_and_variables_are_found_by_name_outside_of_comments() -> None:
    source = (
        "// url: 'no'\nconst url = 'a';\n/* url: 'no' */ x = {url: 'b', 'url': 'c', baseUrl: 'no', url: f(), url() {}}"
    )
    assert list(properties(source, "url")) == ["a", "b", "c"]


def test_comments_are_taken_out_and_texts_like_comments_stay() -> None:
    assert without_comments("a('//b') // c\n'/* d */' /* e */").split() == ["a('//b')", "'/*", "d", "*/'"]


@pytest.mark.parametrize(("source", "expected"), [(" 'a' ", "a"), ("`a`", "a"), ("'a' + 'b'", None), ("a", None)])
def test_a_whole_expression_may_be_a_text(source: str, expected: str | None) -> None:
    assert string_of(source) == expected
