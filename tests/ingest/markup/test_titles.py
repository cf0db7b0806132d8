"""Titles without markup."""

from __future__ import annotations

import pytest

from semsearch.ingest.entries import HOLE, Format
from semsearch.ingest.markup import plain_title


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A **b** & `c` &amp; <i>d</i>", "A b & c & d"),
        ("[link](x) and _so_ on", "link and so on"),
        ("1. Intro", "1. Intro"),
        ("# 5 of them", "# 5 of them"),
        ("- a > b", "- a > b"),
        ("C# and F#", "C# and F#"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("What is __init__.py?", "What is __init__.py?"),
        ("snake_case_names", "snake_case_names"),
        ("Vec<u8> and the <video> element", "Vec<u8> and the <video> element"),
        (r"\<video\> \_\_init\_\_ \*", "<video> __init__ *"),
        ("&amp;amp; &#8217;", "& ’"),
        ("from $5 to $10", "from $5 to $10"),
        ("two\nlines", "two lines"),
        (f"Ruby {HOLE} Released", "Ruby Released"),
        ("a | b {#c}", "a | b {#c}"),
        ("", ""),
    ],
)
def test_title_of_markdown_is_plain(title: str, expected: str) -> None:
    assert plain_title(title, Format.MARKDOWN) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A <b>b</b><br>c &amp;amp; d", "A b c & d"),
        ("**no** _markdown_ `here`", "**no** _markdown_ `here`"),
        ("a < b <script>", "a < b <script>"),
    ],
)
def test_title_of_html_is_plain(title: str, expected: str) -> None:
    assert plain_title(title, Format.HTML) == expected


@pytest.mark.parametrize(("title", "expected"), [("a <b> *c* &amp; d", "a <b> *c* & d"), (f"{HOLE}", "")])
def test_plain_title_stays(title: str, expected: str) -> None:
    assert plain_title(title, Format.PLAIN) == expected


def test_title_of_rst_is_plain() -> None:
    assert plain_title("A *b* ``c`` of ``d``", Format.RST) == "A b c of d"
