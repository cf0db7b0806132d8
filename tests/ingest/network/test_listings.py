from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.ingest.network.listings import FeedPage, ListedPage, Sitemap, read_listing
from tests.ingest.network.loopback import rss, sitemap, sitemap_index

URL = "https://blog.example/feed"


def feed(content: str | bytes) -> FeedPage:
    found = read_listing(content.encode() if isinstance(content, str) else content, URL)
    assert isinstance(found, FeedPage)
    return found


def read_sitemap(content: str | bytes) -> Sitemap:
    found = read_listing(content.encode() if isinstance(content, str) else content, URL)
    assert isinstance(found, Sitemap)
    return found


def test_rss_has_entries_and_their_links() -> None:
    found = feed(rss("https://blog.example/1", "/2"))

    assert found.entries == ("https://blog.example/1", "/2")
    assert [link.url for link in found.links] == ["https://blog.example/1", "https://blog.example/2"]
    assert (found.next_url, found.is_wordpress) == (None, False)


def test_atom_has_entries_their_alternate_links_and_a_next_page() -> None:
    found = feed(
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/feed"/>'
        '<link rel="next" href="feed?page=2"/>'
        '<entry><id>tag:1</id><link rel="edit" href="/edit"/><link href="/1"/></entry>'
        '<entry><link rel="alternate" href="/2"/></entry><entry/></feed>'
    )

    assert found.entries == ("tag:1", "https://blog.example/2", "entry 2")
    assert [link.url for link in found.links] == ["https://blog.example/1", "https://blog.example/2"]
    assert found.next_url == "https://blog.example/feed?page=2"


def test_an_archived_feed_leads_to_the_archive_before_it() -> None:
    assert (
        feed(rss(channel='<atom:link rel="prev-archive" href="/2023.xml"/>')).next_url
        == "https://blog.example/2023.xml"
    )


def test_rdf_is_a_feed() -> None:
    found = feed(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel/><item rdf:about="x"><link>https://blog.example/1</link></item></rdf:RDF>'
    )

    assert found.entries == ("https://blog.example/1",)


def test_a_json_feed_has_entries_and_a_next_page() -> None:
    found = feed(
        json.dumps({
            "version": "https://jsonfeed.org/version/1.1",
            "next_url": "https://blog.example/2.json",
            "items": [{"id": 1, "url": "/1"}, {"url": "https://blog.example/2"}, "no item", {"url": 7}],
        })
    )  # fmt: skip

    assert found.entries == ("1", "https://blog.example/2", "entry 2")
    assert [link.url for link in found.links] == ["https://blog.example/1", "https://blog.example/2"]
    assert found.next_url == "https://blog.example/2.json"


def test_wordpress_is_known_by_its_generator() -> None:
    assert feed(rss(channel="<generator>https://wordpress.org/?v=6.6</generator>")).is_wordpress


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_it_goes() -> None:
    assert feed(rss("https://blog.example/1").replace("<title>Blog", "<title>R & B &nbsp;")).entries


def test_a_sitemap_has_pages_with_the_day_of_the_last_change() -> None:
    found = read_sitemap(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        "<url><image:image><image:loc>https://blog.example/a.png</image:loc></image:image>"
        "<loc>\n https://blog.example/?a=1&amp;b=2 </loc><lastmod>2024-05-06T10:00:00+02:00</lastmod></url>"
        "<url><loc><![CDATA[https://blog.example/2]]></loc><lastmod>May</lastmod></url><url/><!-- x --></urlset>"
    )

    assert found == Sitemap(
        (
            ListedPage("https://blog.example/?a=1&b=2", dt.date(2024, 5, 6)),
            ListedPage("https://blog.example/2", None),
        )
    )


def test_a_sitemap_may_have_any_namespace_or_none() -> None:
    assert len(read_sitemap("<urlset><url><loc>https://blog.example/</loc></url></urlset>").pages) == 1
    assert len(read_sitemap('<urlset xmlns="https://x.example"><url><loc>/</loc></url></urlset>').pages) == 1


def test_an_index_names_sitemaps() -> None:
    assert read_sitemap(sitemap_index("https://blog.example/1.xml")).sitemaps == ("https://blog.example/1.xml",)


def test_a_text_sitemap_has_an_address_per_line() -> None:
    found = read_sitemap("\ufeffhttps://blog.example/1\r\n\r\nhttps://blog.example/2\n")

    assert [page.url for page in found.pages] == ["https://blog.example/1", "https://blog.example/2"]


@pytest.mark.parametrize(
    ("change", "pages"),
    [
        (("example/2<", "example/2&b=1<"), 3),
        (("</urlset>", ""), 3),
        (("<loc>https://blog.example/2</loc></url>", "<loc>https://blog.example/2"), 1),
    ],
)
def test_a_damaged_sitemap_is_read_as_far_as_it_goes_and_says_so(change: tuple[str, str], pages: int) -> None:
    content = sitemap("https://blog.example/1", "https://blog.example/2", "https://blog.example/3").replace(*change)

    found = read_sitemap(content)

    assert len(found.pages) >= pages
    assert found.damage is not None


def test_entities_are_not_expanded_and_files_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://blog.example/secret")

    found = read_sitemap(
        f'<!DOCTYPE urlset [<!ENTITY a "xx"><!ENTITY file SYSTEM "{secret.as_uri()}">]>'
        "<urlset><url><loc>https://blog.example/&a;<!-- c -->1</loc></url><url><loc>&file;</loc></url></urlset>"
    )

    assert [page.url for page in found.pages] == ["https://blog.example/1"]


def test_entities_that_grow_end_the_sitemap() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(12))

    found = read_sitemap(
        f"<!DOCTYPE urlset [{entities}]><urlset><url><loc>https://blog.example/</loc></url>"
        "<url><loc>https://blog.example/&e11;</loc></url></urlset>"
    )

    assert [page.url for page in found.pages] == ["https://blog.example/"]
    assert found.damage is not None


@pytest.mark.parametrize(
    "content",
    [
        "", " ", "<!doctype html><title>urlset</title><p>feed", "<html xmlns='http://www.w3.org/1999/xhtml'/>", "{",
        "{}", '{"version": 1}', "[1]", "hello", "https://blog.example/ is my blog", "<xml/>", "\x00\x01",
        "https://blog.example/1\nhello",
    ],
)  # fmt: skip
def test_anything_else_is_no_listing(content: str) -> None:
    assert read_listing(content.encode(), URL) is None


@given(st.binary(max_size=80), st.sampled_from([b"", b"<urlset>", b"<rss>", b'<feed xmlns="a:b">', b"{", b"<rdf>"]))
def test_any_content_is_read_without_an_error(content: bytes, start: bytes) -> None:
    read_listing(start + content, URL)
