from __future__ import annotations

import gzip
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from filelock import FileLock

from semsearch.errors import CacheNotWritable, FetchFailed, InvalidAddress, NothingListed, SourceBusy
from semsearch.ingest.network import FetchedSource, Limits, Progress, fetch_source
from semsearch.ingest.network.sources import source_folder
from semsearch.ingest.network.urls import parse_url
from tests.ingest.network.loopback import Reply, Site, rss, sitemap, sitemap_index

Fetch = Callable[..., FetchedSource]
RSS = '<link rel="alternate" type="application/rss+xml" href="{}">'


def home(site: Site, *links: str, path: str = "/") -> None:
    site.replies[path] = Reply(f"<!doctype html><head>{''.join(links)}</head><p>Hello".encode())


def urls(fetched: FetchedSource) -> list[str]:
    return [document.url.removeprefix("http://127.0.0.1:").partition("/")[2] for document in fetched.documents]


def test_the_address_of_a_feed_gives_the_feed(fetch: Fetch, site: Site) -> None:
    site.feed("/1", path="/feed")
    site.sitemap("/1", "/2")

    fetched = fetch("/feed")

    assert (fetched.kind, fetched.url, fetched.because) == ("feed", site.url + "/feed", "the address is a feed")
    assert [document.file.read_text() for document in fetched.documents] == [rss(site.url + "/1")]
    assert fetched.documents[0].file.parent == fetched.folder
    assert site.paths == ["/feed"]


@pytest.mark.parametrize("is_compressed", [False, True])
def test_the_address_of_a_sitemap_gives_its_pages(fetch: Fetch, site: Site, is_compressed: bool) -> None:
    body = sitemap(site.url + "/1", site.url + "/a/2", lastmod="2024-05-06").encode()
    site.replies["/my.xml"] = Reply(gzip.compress(body) if is_compressed else body, media_type="application/x-gzip")
    site.page("/1")
    site.page("/a/2", "second")

    fetched = fetch("/my.xml")

    assert (fetched.kind, fetched.because) == ("html", "the address is a sitemap")
    assert urls(fetched) == ["1", "a/2"]
    assert [str(document.lastmod) for document in fetched.documents] == ["2024-05-06"] * 2
    assert b"second" in fetched.documents[1].file.read_bytes()
    assert fetched.documents[1].file.name.startswith("a-2-")
    assert fetched.documents[1].file.suffix == ".html"


@pytest.mark.parametrize("href", ["/x/feed.xml", "x/feed.xml", "//127.0.0.1:{port}/x/feed.xml"])
def test_a_feed_that_the_page_links_is_found(fetch: Fetch, site: Site, href: str) -> None:
    home(site, RSS.format(href.format(port=site.url.rpartition(":")[2])))
    site.feed("/1", path="/x/feed.xml")

    fetched = fetch("/")

    assert (fetched.kind, fetched.url) == ("feed", site.url + "/x/feed.xml")
    assert fetched.because == "a feed was found, and no sitemap"


@pytest.mark.parametrize(
    "media_type", ["application/atom+xml", "Application/RSS+XML; charset=utf-8", "application/feed+json"]
)
def test_links_of_any_kind_of_feed_count(fetch: Fetch, site: Site, media_type: str) -> None:
    home(site, f'<link href="/x" type="{media_type}" REL="Alternate Home">')
    site.feed("/1", path="/x")

    assert fetch("/").url == site.url + "/x"


def test_the_base_of_a_page_counts_for_its_links(fetch: Fetch, site: Site) -> None:
    home(site, '<base href="/sub/">', RSS.format("feed"))
    site.feed("/1", path="/sub/feed")

    assert fetch("/").url == site.url + "/sub/feed"


def test_the_feed_of_comments_and_feeds_without_entries_come_last(fetch: Fetch, site: Site) -> None:
    home(site, RSS.format("/comments/feed"), RSS.format("/empty"), RSS.format("/gone"), RSS.format("/posts"))
    site.feed("/c", path="/comments/feed")
    site.feed(path="/empty")
    site.feed("/1", path="/posts")

    assert fetch("/").url == site.url + "/posts"


@pytest.mark.parametrize(
    "path", ["/feed", "/feed/", "/rss.xml", "/atom.xml", "/index.xml", "/feed.json", "/feeds/posts/default"]
)
def test_a_feed_at_a_common_place_is_found_without_a_link(fetch: Fetch, site: Site, path: str) -> None:
    home(site)
    site.feed("/1", path=path)

    fetched = fetch("/")

    assert fetched.url == site.url + path
    assert fetched.failures == ()


def test_the_common_places_of_the_folder_come_before_those_at_the_top(fetch: Fetch, site: Site) -> None:
    home(site, path="/blog/")
    site.feed("/other", path="/feed.xml")
    site.feed("/blog/1", path="/blog/feed.xml")

    assert fetch("/blog/").url == site.url + "/blog/feed.xml"


def test_pages_that_answer_any_address_are_no_feeds(fetch: Fetch, site: Site) -> None:
    home(site)
    for path in ("/feed", "/rss.xml", "/sitemap.xml"):
        site.page(path, "Page not found")
    site.feed("/1", path="/index.xml")

    fetched = fetch("/")

    assert (fetched.url, fetched.failures) == (site.url + "/index.xml", ())


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml", "/sitemap.xml.gz"])
def test_a_sitemap_at_a_common_place_is_found(fetch: Fetch, site: Site, path: str) -> None:
    home(site)
    site.page("/1")
    site.sitemap("/1", path=path)

    fetched = fetch("/")

    assert (fetched.kind, urls(fetched)) == ("html", ["1"])
    assert fetched.because == f"the sitemap {site.url}{path} names 1 page; no feed was found"
    assert fetched.failures == ()


def test_the_sitemaps_of_robots_txt_and_of_the_page_are_read(fetch: Fetch, site: Site) -> None:
    home(site, '<link rel="sitemap" href="/linked.xml">')
    site.replies["/robots.txt"] = Reply(f"Sitemap: {site.url}/one.xml\nSitemap: /two.xml\nSitemap: ftp://x/".encode())
    for name in ("linked", "one", "two"):
        site.page(f"/{name}")
        site.sitemap(f"/{name}", path=f"/{name}.xml")

    fetched = fetch("/")

    assert urls(fetched) == ["linked", "one", "two"]
    assert [failure.url for failure in fetched.failures] == ["ftp://x/"]
    assert "/sitemap.xml" not in site.paths


def test_a_sitemap_that_names_more_than_the_feed_is_used(fetch: Fetch, site: Site) -> None:
    home(site, RSS.format("/feed"))
    site.feed("/1", path="/feed")
    site.sitemap("/1", "/2")
    site.page("/1")
    site.page("/2")

    fetched = fetch("/")

    assert (fetched.kind, urls(fetched)) == ("html", ["1", "2"])
    assert fetched.because == (
        f"the sitemap {site.url}/sitemap.xml names 2 pages; the feed {site.url}/feed has 1 entry"
    )


def test_a_feed_that_has_as_much_as_the_sitemap_is_used(fetch: Fetch, site: Site) -> None:
    home(site, RSS.format("/feed"))
    site.feed("/1", "/2", path="/feed")
    site.sitemap("/1", "/2")

    fetched = fetch("/")

    assert (fetched.kind, fetched.url) == ("feed", site.url + "/feed")


def test_a_feed_with_more_pages_gives_way_to_a_sitemap(fetch: Fetch, site: Site) -> None:
    home(site, RSS.format("/feed"))
    site.feed("/1", "/2", path="/feed", channel='<atom:link rel="next" href="/feed2"/>')
    site.sitemap("/1", "/2")
    site.page("/1")

    fetched = fetch("/")

    assert fetched.kind == "html"
    assert "has 2 entries on its first page" in fetched.because


def test_the_kind_may_be_chosen(fetch: Fetch, site: Site) -> None:
    home(site, RSS.format("/feed"))
    site.feed("/1", "/2", "/3", path="/feed")
    site.sitemap("/1")
    site.page("/1")

    assert fetch("/", kind="html").kind == "html"
    assert fetch("/", kind="feed").kind == "feed"
    assert fetch("/sitemap.xml", kind="feed").url == site.url + "/feed"


def test_the_pages_that_a_feed_links_are_its_html(fetch: Fetch, site: Site) -> None:
    site.feed("/1", "/2", "http://elsewhere.example/3", path="/feed")
    site.page("/1")
    site.page("/2")

    fetched = fetch("/feed", kind="html")

    assert urls(fetched) == ["1", "2"]
    assert fetched.because == "the address is a feed, and its entries link 2 pages"
    assert [(skipped.reason, skipped.first) for skipped in fetched.skipped] == [
        ("on another site", "http://elsewhere.example/3")
    ]


@pytest.mark.parametrize("kind", [None, "feed", "html"])
def test_a_site_without_feed_and_sitemap_is_an_error_that_says_what_to_do(
    fetch: Fetch, site: Site, kind: str | None
) -> None:
    home(site)

    with pytest.raises(NothingListed, match="give the address of a feed or sitemap"):
        fetch("/", kind=kind)


def test_a_sitemap_without_pages_is_an_error(fetch: Fetch, site: Site) -> None:
    site.sitemap(path="/sitemap.xml")

    with pytest.raises(NothingListed, match="no page in the sitemap was found"):
        fetch("/sitemap.xml")


def test_an_image_is_an_error(fetch: Fetch, site: Site) -> None:
    site.replies["/a.png"] = Reply(b"PNG", media_type="image/png")

    with pytest.raises(FetchFailed, match="image/png is no feed, sitemap or HTML page"):
        fetch("/a.png")


@pytest.mark.parametrize("url", ["ftp://example.org/", "example.org", "http://0x7f.1/"])
def test_an_invalid_address_is_an_error_before_anything_is_written(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidAddress):
        fetch_source(url, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_corrected_site_is_read_at_the_next_run(fetch: Fetch, site: Site) -> None:
    home(site)
    with pytest.raises(NothingListed):
        fetch("/")
    site.feed("/1", path="/feed")

    assert len(fetch("/").documents) == 1


def test_only_pages_of_the_site_and_of_the_folder_count(fetch: Fetch, site: Site) -> None:
    home(site, path="/blog/")
    site.sitemap(
        "/blog/1", "/shop/1", "/shop/2", f"{site.other_url}/blog/2", "http://0x7f.1/", "mailto:x", "/blog/1#top"
    )
    site.page("/blog/1")

    fetched = fetch("/blog/", kind="html")

    assert urls(fetched) == ["blog/1"]
    assert {(skipped.reason, skipped.count) for skipped in fetched.skipped} == {
        ("not below /blog/", 2), ("on another site", 1), ("an address that is not valid", 2),
    }  # fmt: skip


def test_the_site_of_a_redirected_address_is_where_it_leads(fetch: Fetch, site: Site) -> None:
    def move(request: BaseHTTPRequestHandler) -> Reply:
        is_old = request.headers["Host"].startswith("127.")
        return Reply(status=301, headers={"Location": site.other_url + "/"}) if is_old else Reply(b"<p>Hello")

    site.replies["/"] = move
    site.sitemap(site.other_url + "/1")
    site.page("/1")

    assert [document.url for document in fetch("/").documents] == [site.other_url + "/1"]


def test_indexes_of_sitemaps_are_followed_to_a_depth(fetch: Fetch, site: Site) -> None:
    for level in range(6):
        site.xml(f"/{level}.xml", sitemap_index(f"{site.url}/{level + 1}.xml", f"{site.url}/pages{level}.xml"))
        site.page(f"/{level}")
        site.sitemap(f"/{level}", path=f"/pages{level}.xml")

    fetched = fetch("/0.xml")

    assert urls(fetched) == ["0", "1", "2"]
    assert [skipped.reason for skipped in fetched.skipped] == ["a sitemap more than 3 levels deep"]


def test_an_index_that_names_itself_or_another_site_ends(fetch: Fetch, site: Site) -> None:
    site.xml("/i.xml", sitemap_index(f"{site.url}/i.xml", "http://other.example/a.xml", f"{site.url}/a.xml"))
    site.sitemap("/1", path="/a.xml")
    site.page("/1")

    fetched = fetch("/i.xml")

    assert urls(fetched) == ["1"]
    assert [skipped.reason for skipped in fetched.skipped] == ["a sitemap on another site"]


def test_a_missing_or_damaged_sitemap_is_reported_and_the_others_are_used(fetch: Fetch, site: Site) -> None:
    site.xml("/i.xml", sitemap_index(*(f"{site.url}/{name}.xml" for name in ("gone", "page", "cut", "good"))))
    site.page("/page.xml")
    site.xml("/cut.xml", sitemap(site.url + "/1").replace("</urlset>", ""))
    site.sitemap("/2", path="/good.xml")
    site.page("/1")
    site.page("/2")

    fetched = fetch("/i.xml")

    assert urls(fetched) == ["1", "2"]
    assert [failure.url.rpartition("/")[2] for failure in fetched.failures] == ["gone.xml", "page.xml", "cut.xml"]


def test_a_feed_may_serve_as_a_sitemap(fetch: Fetch, site: Site) -> None:
    home(site)
    site.replies["/robots.txt"] = Reply(b"Sitemap: /posts.rss")
    site.feed("/1", path="/posts.rss")
    site.page("/1")

    assert urls(fetch("/", kind="html")) == ["1"]


def test_pages_beyond_the_limit_are_reported(fetch: Fetch, site: Site) -> None:
    site.sitemap("/1", "/2", "/3", "/4")
    for number in range(1, 5):
        site.page(f"/{number}")

    fetched = fetch("/sitemap.xml", limits=Limits(pages=2))

    assert urls(fetched) == ["1", "2"]
    assert [(skipped.reason, skipped.count) for skipped in fetched.skipped] == [("beyond the limit of 2 pages", 2)]


def test_sitemaps_beyond_the_limit_are_reported(fetch: Fetch, site: Site) -> None:
    site.xml("/i.xml", sitemap_index(f"{site.url}/a.xml", f"{site.url}/b.xml"))
    site.sitemap("/1", path="/a.xml")
    site.page("/1")

    fetched = fetch("/i.xml", limits=Limits(sitemaps=2))

    assert [skipped.first for skipped in fetched.skipped] == [site.url + "/b.xml"]


def test_progress_has_the_number_done_and_of_all(fetch: Fetch, site: Site) -> None:
    site.sitemap("/1", "/2")
    site.page("/1")
    site.page("/2")
    seen: list[Progress] = []

    fetch("/sitemap.xml", on_progress=seen.append)

    assert [(progress.done, progress.total) for progress in seen] == [(1, None), (2, None), (3, None), (1, 2), (2, 2)]
    sizes = [progress.received_bytes for progress in seen]
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[1] > 0


def test_two_processes_do_not_fetch_the_same_source(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    folder = source_folder(tmp_path / "cache", parse_url(site.url + "/feed"))
    folder.mkdir(parents=True)

    with FileLock(folder / ".lock"), pytest.raises(SourceBusy):
        fetch("/feed")


def test_a_cache_that_cannot_be_written_is_an_error(fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(CacheNotWritable):
        fetch("/feed")
