from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.index.grouping.addresses import address_key
from semsearch.search.links import links
from tests.index.builders import plain_text

BASE = "https://example.org/blog/walrus"
LONG = 20_000
"""Characters that an example may have."""


@pytest.mark.parametrize(
    "text",
    [
        "See [this](https://example.org/ice).",
        "See [this]( <https://example.org/ice> ).",
        'See [this](https://example.org/ice "a title").',
        "See [this](/ice), or not.",
        "See [this](../ice) and ![that](../ice).",
        "See [this][1].\n\n[1]: https://example.org/ice",
        "See [this][1].\n\n  [1]: <https://example.org/ice> 'a title'",
        '<p>See <a class="x" href="https://example.org/ice">this</a>.</p>',
        "<A HREF='/ice'>this</A>",
        "<a href = /ice>this</a>",
        "See https://example.org/ice.",
        "See <https://example.org/ice>!",
        "(https://example.org/ice)",
        "Is it https://example.org/ice?",
        "HTTPS://example.org/ice",
        "海:https://example.org/ice 🚀",
        "[//example.org/ice](//example.org/ice)",
    ],
)
def test_a_link_is_found_however_it_is_written(text: str) -> None:
    assert links(text, BASE) == {"https://example.org/ice"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A walrus (on ice) [of the sea]: see below.",
        "[this]()",
        "[this] (https)",
        "example.org/ice",
        "href",
        "https://",
        "İ 🚀 海",
    ],
)
def test_a_text_without_links_has_none(text: str) -> None:
    assert links(text, BASE) == set()


def test_all_links_of_a_text_are_found_each_once() -> None:
    text = "https://a.org [b](https://b.org/) https://a.org, <a href='c'>https://d.org/x</a> [https://e.org](https://f.org)"
    pages = ["a.org", "b.org/", "d.org/x", "e.org", "f.org"]
    assert links(text, BASE) == {f"https://{page}" for page in pages} | {"https://example.org/blog/c"}


@pytest.mark.parametrize(
    ("base", "found"),
    [
        ("https://example.org/blog/", "https://example.org/blog/ice"),
        ("https://example.org/blog", "https://example.org/ice"),
        ("/blog/walrus", "/blog/ice"),
        ("", "ice"),
        (None, "ice"),
        ("https://[bad]", "ice"),
    ],
)
def test_relative_link_is_resolved_against_the_base(base: str | None, found: str) -> None:
    assert links("[this](ice)", base) == {found}


@pytest.mark.parametrize("link", ["https://[bad", "https://[::1", "//[x/", "https://example\u2100.org/a"])
def test_malformed_address_is_kept_and_matches_no_post(link: str) -> None:
    (found,) = links(f"<a href='{link}'>this</a>", BASE)
    assert address_key(found) == address_key(link)


@given(
    plain_text
    | st.lists(st.sampled_from(["[", "]", "(", ")", "<", ":", "href=", "//", "https://", "a", "\n", " ", "İ"])).map(
        "".join
    )
)
def test_links_of_any_text_can_be_looked_up(text: str) -> None:
    for found in links(text, BASE):
        assert not any(char.isspace() for char in found)
        assert 0 <= address_key(found) < 2**64


@given(st.lists(st.text("abcz019-_/", min_size=1, max_size=10), max_size=5), plain_text)
def test_links_among_other_text_are_all_found(paths: list[str], between: str) -> None:
    wanted = {f"https://example.org/{path}" for path in paths}
    text = "".join(f"{between} <{one}> " for one in sorted(wanted))
    assert wanted - {"https://example.org/"} <= links(text)


MANY_TIMES = [
    "\n",
    " ",
    "[",
    "]",
    "](",
    "]( ",
    "](\n",
    "[a\n",
    "\n[",
    "[a]:",
    "[a]: ",
    "href",
    "href ",
    "href=",
    "href =\n",
]


@pytest.mark.parametrize("text", [*MANY_TIMES, "http://", "https://a", ".", "İ"])
def test_hostile_text_does_not_hang(text: str) -> None:
    for start in ("", "](", "[", "href"):
        links(f"{start}{text * LONG}"[:LONG], BASE)
