from __future__ import annotations

import pytest

from semsearch.ingest.addresses import absolute, id_of, url_of


@pytest.mark.parametrize(
    "address",
    [
        "/blog/a-post/", "https://example.org/blog/a-post", "http://www.example.org/blog/a-post/index.html",
        "https://example.org/blog/a-post/?utm_source=feed#top", "blog/a-post/index.md", "/blog/a%2Dpost/",
    ],
)  # fmt: skip
def test_file_feed_sitemap_and_page_of_a_post_have_one_id(address: str) -> None:
    assert id_of(address) == "blog/a-post"


def test_a_query_counts_where_the_path_names_no_page() -> None:
    assert id_of("https://example.org/?p=12") == "?p=12"
    assert id_of("https://example.org/index.php?p=12") != id_of("https://example.org/index.php?p=13")


def test_a_home_page_has_its_host_as_id() -> None:
    assert id_of("https://example.org/") == "example.org"


def test_a_long_id_is_cut_and_stays_unique() -> None:
    first, second = id_of("/" + "é" * 150 + "a"), id_of("/" + "é" * 150 + "b")
    assert first != second
    assert len(first.encode()) <= 200


@pytest.mark.parametrize("address", ["http://[", "//[x", "\x00/a\x07", "/a\ud800"])
def test_an_impossible_address_gives_an_id_without_control_characters(address: str) -> None:
    post_id = id_of(address)
    assert post_id.encode()
    assert post_id.isprintable()


def test_a_path_becomes_an_address_of_the_site() -> None:
    assert absolute("/a/", "https://example.org/base/") == "https://example.org/base/a/"
    assert absolute("/a/", "") == "/a/"
    assert absolute("https://other.org/a", "https://example.org") == "https://other.org/a"


@pytest.mark.parametrize(
    "address", ["/a/", "javascript:alert(1)", "ftp://example.org/a", "", "https://e.org/" + "a" * 3000]
)
def test_what_is_no_http_address_is_no_url(address: str) -> None:
    assert url_of(address) is None
