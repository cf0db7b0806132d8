from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.index.grouping.addresses import NO_ADDRESS, address_key, normalized_address
from tests.index.builders import plain_text

words = st.text("abzAZ09-_~é中ßİ", min_size=1, max_size=8)
paths = st.lists(words, max_size=4).map(lambda parts: "".join(f"/{part}" for part in parts))
hosts = st.lists(st.text("abz09", min_size=1, max_size=6), min_size=2, max_size=3).map(".".join)


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://example.org/a", "example.org/a"),
        ("HTTP://WWW.Example.ORG/a/", "example.org/a"),
        ("//example.org/a", "example.org/a"),
        ("example.org/a", "example.org/a"),
        ("https://example.org/a?page=2#top", "example.org/a"),
        ("https://example.org/a/index.html", "example.org/a"),
        ("https://example.org/index.php?p=2", "example.org?p=2"),  # the query is kept if there is no path
        ("https://example.org/", "example.org"),
        ("https://example.org", "example.org"),
        ("https://me:secret@example.org/a", "example.org/a"),
        ("https://[2001:DB8::1]/a", "2001:db8::1/a"),
        ("https://münchen.de/stra%C3%9Fe", "münchen.de/straße"),
        ("https://example.org/🚀", "example.org/🚀"),
        ("https://example.org/博客/", "example.org/博客"),
        ("https://example.org/İ/", "example.org/İ"),
        ("/a/b/", "/a/b"),
        ("a.html", "a.html"),
    ],
)
def test_parts_that_seldom_distinguish_pages_are_removed(url: str, page: str) -> None:
    assert normalized_address(url) == page
    assert address_key(url) == address_key(page if "?" not in page else f"//{page}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/a", "https://example.org/a/b"),
        ("https://example.org/a", "https://example.com/a"),
        ("https://example.org/a", "https://blog.example.org/a"),
        ("https://example.org/a", "https://example.org/a.html"),
        ("https://example.org/a", "/a"),
        ("https://example.org/index", "https://example.org/"),
    ],
)
def test_different_pages_have_different_keys(one: str, other: str) -> None:
    assert normalized_address(one) != normalized_address(other)
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "#top",
        "?page=2",
        "/",
        "mailto:ada@example.org",
        "javascript:alert(1)",
        "ftp://example.org/a",
        "data:text/plain,a",
        "tel:+123",
        "https://[bad]/a",
        "https://[::1/a",
        "https://example\u2100.org/a",  # NFKC normalization would make it a slash
    ],
)
def test_what_is_no_address_of_a_page_has_no_key(url: str | None) -> None:
    assert normalized_address(url or "") == ""
    assert address_key(url) == NO_ADDRESS


@given(plain_text | st.text("htps:/.[]@#?%w\\ 0:").map("https://".__add__))
def test_any_text_has_a_key_of_64_bits_or_none(text: str) -> None:
    number = address_key(text)
    assert 0 <= number < 2**64
    assert (number == NO_ADDRESS) is (normalized_address(text) == "")


@given(
    hosts,
    paths,
    st.sampled_from(["https://", "http://", "HTTPS://www.", "//", "https://me@"]),
    st.sampled_from(["", "/", "/index.html", "/?q=/x", "#a/b", "?", "/index.en#top"]),
)
def test_all_addresses_of_a_page_have_one_key(host: str, path: str, start: str, end: str) -> None:
    page = normalized_address(f"{start}{host}{path}{end}")
    assert page == host + path + ("?q=/x" if not path and "?q" in end else "")
    whole = page if "?" not in page else f"//{page}"  # without slashes a host would be read as a path
    assert normalized_address(whole) == page
    assert address_key(f"{start}{host}{path}{end}") == address_key(whole) != NO_ADDRESS
