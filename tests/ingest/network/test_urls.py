from __future__ import annotations

import pytest

from semsearch.errors import InvalidAddress
from semsearch.ingest.network.urls import is_same_site, is_under, origin_of, parse_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://Example.ORG", "https://example.org/"),
        (" https://example.org:443/a b#part ", "https://example.org/a%20b"),
        ("http://example.org:8080?q=1", "http://example.org:8080/?q=1"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://example.org./x", "https://example.org/x"),
        ("http://[2606:4700::1111]:81/", "http://[2606:4700::1111]:81/"),
        ("https://example.org/a/../b", "https://example.org/b"),
    ],
)
def test_an_address_has_one_spelling(text: str, url: str) -> None:
    assert str(parse_url(text)) == url


@pytest.mark.parametrize(
    "text",
    [
        "", "example.org", "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "https://", "https:///x",
        "http://2130706433/", "http://0177.0.0.1/", "http://0x7f.1/", "http://127.1/", "http://\uff11\uff12\uff17.0.0.1/",
        "http://exa mple.org/", "http://a..b/", "http://-a.org/", "http://[::1", "http://[fe80::1%25eth0]/",
        "http://example.org:99999/", "http://example.org:0/", "http://example.org\n/", "https://" + "a" * 64 + ".org/",
        "https://example.org/" + "a" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_document_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        parse_url(text)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidAddress) as raised:
        parse_url("https://me:secret@example.org/")

    assert "secret" not in str(raised.value)


def test_an_address_may_be_relative_to_another() -> None:
    base = parse_url("https://example.org/blog/")

    assert str(parse_url("../feed.xml", base)) == "https://example.org/feed.xml"
    assert str(parse_url("//cdn.example.org/x", base)) == "https://cdn.example.org/x"


def test_a_site_is_its_host_and_port() -> None:
    site = parse_url("https://example.org/")

    assert is_same_site(parse_url("http://www.example.org/x"), site)
    assert not is_same_site(parse_url("https://blog.example.org/"), site)
    assert not is_same_site(parse_url("https://example.org:8443/"), site)


@pytest.mark.parametrize(
    ("start", "inside", "outside"),
    [
        ("/", "/a/b", None),
        ("/blog/", "/blog/a", "/blogs/a"),
        ("/blog", "/blog/a", "/blogs/a"),
        ("/blog/index.html", "/blog/a", "/a"),
        ("/index.html", "/a/b", None),
    ],
)
def test_the_folder_of_an_address_bounds_the_pages(start: str, inside: str, outside: str | None) -> None:
    base = parse_url(f"https://example.org{start}")

    assert is_under(parse_url(f"https://example.org{inside}"), base)
    assert outside is None or not is_under(parse_url(f"https://example.org{outside}"), base)


def test_an_origin_keeps_an_unusual_port() -> None:
    assert origin_of(parse_url("https://example.org:8443/a")) == "https://example.org:8443"
    assert origin_of(parse_url("https://example.org:443/a")) == "https://example.org"
