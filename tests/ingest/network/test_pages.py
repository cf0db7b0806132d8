from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from semsearch.errors import ServerFailed
from semsearch.ingest.network import FetchedSource, Limits
from tests.ingest.network.loopback import FakeClock, Reply, Site, sitemap_index

Fetch = Callable[..., FetchedSource]


def contents(fetched: FetchedSource) -> dict[str, str]:
    """Path → text of each document."""
    return {
        "/" + document.url.split("/", 3)[3]: document.file.read_text().rpartition("<p>")[2].removesuffix("</p>")
        for document in fetched.documents
    }


@pytest.fixture
def blog(site: Site) -> Site:
    """A site with a sitemap of three pages, whose ETags change with them."""
    site.sitemap("/1", "/2", "/3")
    for number in (1, 2, 3):
        site.page(f"/{number}", f"text {number}", ETag=f'"{number}"')
    return site


def test_pages_that_did_not_change_are_not_sent_again(fetch: Fetch, blog: Site) -> None:
    first = fetch("/sitemap.xml")
    blog.page("/2", "new text", ETag='"2b"')
    blog.seen.clear()

    second = fetch("/sitemap.xml")

    assert contents(second) == {"/1": "text 1", "/2": "new text", "/3": "text 3"}
    assert (first.changed, second.changed) == (3, 1)
    sent = {request.path: request.headers.get("if-none-match") for request in blog.seen}
    assert (sent["/1"], sent["/2"], sent["/3"]) == ('"1"', '"2"', '"3"')
    assert [document.file for document in first.documents] == [document.file for document in second.documents]


def test_the_date_of_a_page_is_sent_where_there_is_no_etag(fetch: Fetch, blog: Site) -> None:
    date = "Mon, 06 May 2024 10:00:00 GMT"
    blog.page("/1", **{"Last-Modified": date})
    fetch("/sitemap.xml")
    blog.replies["/1"] = lambda request: Reply(status=304 if request.headers["If-Modified-Since"] == date else 500)

    assert contents(fetch("/sitemap.xml"))["/1"] == "/1"


def test_the_same_content_without_validators_is_no_change(fetch: Fetch, site: Site) -> None:
    site.sitemap("/1")
    site.page("/1")

    assert [fetch("/sitemap.xml").changed for _ in range(2)] == [1, 0]


def test_validators_are_those_of_the_address_that_sent_them(fetch: Fetch, blog: Site) -> None:
    blog.replies["/1"] = Reply(status=301, headers={"Location": "/new"})
    blog.page("/new", "moved", ETag='"n"')
    fetch("/sitemap.xml")
    blog.seen.clear()

    fetched = fetch("/sitemap.xml")

    assert contents(fetched)["/new"] == "moved"
    assert [request.headers.get("if-none-match") for request in blog.seen if request.path in ("/1", "/new")] == [
        None, '"n"',
    ]  # fmt: skip


@pytest.mark.parametrize("status", [404, 410])
def test_a_removed_page_disappears(fetch: Fetch, blog: Site, status: int) -> None:
    before = fetch("/sitemap.xml")
    blog.replies["/2"] = Reply(status=status)

    fetched = fetch("/sitemap.xml")

    assert list(contents(fetched)) == ["/1", "/3"]
    assert (fetched.removed, fetched.failures) == (1, ())
    assert not before.documents[1].file.exists()
    blog.page("/2", "back", ETag='"2"')
    assert contents(fetch("/sitemap.xml"))["/2"] == "back"


def test_a_page_that_the_sitemap_does_not_name_any_more_disappears(fetch: Fetch, blog: Site) -> None:
    before = fetch("/sitemap.xml")
    blog.sitemap("/1", "/3")

    fetched = fetch("/sitemap.xml")

    assert list(contents(fetched)) == ["/1", "/3"]
    assert fetched.removed == 1
    assert sorted(fetched.folder.iterdir()) == sorted(before.documents[number].file for number in (0, 2))


@pytest.mark.parametrize("reply", [Reply(status=500), Reply(status=403), Reply(b"  "), Reply(b"x" * 2_000)])
def test_a_page_that_fails_keeps_its_earlier_copy(fetch: Fetch, blog: Site, reply: Reply) -> None:
    limits = Limits(page_bytes=1_000)
    fetch("/sitemap.xml", limits=limits)
    blog.replies["/2"] = reply

    fetched = fetch("/sitemap.xml", limits=limits)

    assert contents(fetched) == {"/1": "text 1", "/2": "text 2", "/3": "text 3"}
    assert [(failure.url, failure.is_kept) for failure in fetched.failures] == [(blog.url + "/2", True)]
    assert (fetched.removed, fetched.is_complete) == (0, True)


def test_a_page_that_fails_at_first_is_reported_and_the_others_are_there(fetch: Fetch, blog: Site) -> None:
    blog.replies["/2"] = Reply(status=500)

    fetched = fetch("/sitemap.xml")

    assert list(contents(fetched)) == ["/1", "/3"]
    assert [(failure.url, failure.is_kept) for failure in fetched.failures] == [(blog.url + "/2", False)]


def test_a_sitemap_that_fails_keeps_its_earlier_copy(fetch: Fetch, blog: Site) -> None:
    fetch("/sitemap.xml")
    blog.replies["/sitemap.xml"] = Reply(status=500)
    blog.page("/1", "newer", ETag='"1b"')

    fetched = fetch("/sitemap.xml")

    assert contents(fetched) == {"/1": "newer", "/2": "text 2", "/3": "text 3"}
    assert blog.url + "/sitemap.xml" in [failure.url for failure in fetched.failures]


def test_pages_stay_while_a_sitemap_that_may_name_them_cannot_be_read(fetch: Fetch, blog: Site) -> None:
    blog.xml("/i.xml", sitemap_index(f"{blog.url}/sitemap.xml"))
    fetch("/i.xml")
    blog.xml("/i.xml", sitemap_index(f"{blog.url}/new1.xml", f"{blog.url}/new2.xml"))
    blog.sitemap("/1", path="/new1.xml")
    blog.replies["/new2.xml"] = Reply(status=500)
    del blog.replies["/3"]

    fetched = fetch("/i.xml")

    assert list(contents(fetched)) == ["/1", "/2"]  # the server says that there is no /3
    assert [(failure.url, failure.is_kept) for failure in fetched.failures] == [(blog.url + "/new2.xml", False)]


def test_a_page_that_robots_txt_disallows_is_skipped_and_its_copy_removed(fetch: Fetch, blog: Site) -> None:
    before = fetch("/sitemap.xml")
    blog.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /2")

    fetched = fetch("/sitemap.xml")

    assert list(contents(fetched)) == ["/1", "/3"]
    assert [(skipped.reason, skipped.first) for skipped in fetched.skipped] == [
        ("robots.txt disallows it", blog.url + "/2")
    ]
    assert not before.documents[1].file.exists()
    assert fetched.removed == 1


def test_what_is_no_html_is_skipped_without_its_body(fetch: Fetch, blog: Site) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n")
        while True:
            request.wfile.write(bytes(100_000))

    blog.replies["/1"] = Reply(b"PNG", media_type="image/png")
    blog.replies["/2"] = endless

    fetched = fetch("/sitemap.xml")

    assert list(contents(fetched)) == ["/3"]
    assert [skipped.reason for skipped in fetched.skipped] == [
        "no HTML page but image/png", "no HTML page but application/pdf",
    ]  # fmt: skip


@pytest.mark.parametrize("media_type", ["application/xhtml+xml", "TEXT/HTML;charset=utf-8", None])
def test_any_media_type_of_html_counts_and_a_missing_one(fetch: Fetch, site: Site, media_type: str | None) -> None:
    site.sitemap("/1")
    site.replies["/1"] = Reply(b"<p>x</p>", media_type=media_type)

    assert contents(fetch("/sitemap.xml")) == {"/1": "x"}


def test_pages_that_lead_to_the_same_address_are_one_document(fetch: Fetch, blog: Site) -> None:
    blog.replies["/2"] = Reply(status=301, headers={"Location": "/1"})

    assert list(contents(fetch("/sitemap.xml"))) == ["/1", "/3"]


def test_a_page_that_leads_to_another_site_is_not_followed(fetch: Fetch, blog: Site) -> None:
    blog.replies["/2"] = Reply(status=301, headers={"Location": blog.other_url + "/1"})

    fetched = fetch("/sitemap.xml")

    assert list(contents(fetched)) == ["/1", "/3"]
    assert "leads to another site" in fetched.failures[0].reason
    assert {request.headers["host"] for request in blog.seen} == {blog.url.removeprefix("http://")}


@pytest.fixture
def large(site: Site) -> Site:
    """A site with a sitemap of thirty pages."""
    site.sitemap(*(f"/{number}" for number in range(30)))
    for number in range(30):
        site.page(f"/{number}")
    return site


def test_a_server_that_fails_page_after_page_is_left_and_asked_again_next_time(fetch: Fetch, large: Site) -> None:
    limits = Limits(retries=0)
    pages = dict(large.replies)
    for number in range(5, 30):
        large.replies[f"/{number}"] = Reply(status=503)

    first = fetch("/sitemap.xml", limits=limits)
    large.replies = pages
    asked = list(large.paths)
    second = fetch("/sitemap.xml", limits=limits)

    assert (len(first.documents), first.is_complete) == (5, False)
    assert "10 pages in a row failed, so 15 were left for the next run" in first.failures[-1].reason
    assert asked == ["/sitemap.xml", *(f"/{number}" for number in range(15))]
    assert (len(second.documents), second.is_complete, second.failures) == (30, True, ())
    assert large.paths[len(asked) :] == [f"/{number}" for number in range(5, 30)]


def test_a_server_that_fails_page_after_page_loses_no_earlier_copy(fetch: Fetch, large: Site) -> None:
    fetch("/sitemap.xml")
    for number in range(30):
        large.replies[f"/{number}"] = Reply(status=503)

    fetched = fetch("/sitemap.xml", limits=Limits(retries=0))

    assert len(fetched.documents) == 30
    assert (fetched.removed, fetched.is_complete) == (0, False)


def test_missing_pages_do_not_count_as_failures_of_the_server(fetch: Fetch, large: Site) -> None:
    for number in range(29):
        large.replies[f"/{number}"] = Reply(status=404)

    fetched = fetch("/sitemap.xml")

    assert list(contents(fetched)) == ["/29"]


def test_an_interrupted_run_is_resumed_where_it_stopped(fetch: Fetch, large: Site, clock: FakeClock) -> None:
    def interrupt(progress: object) -> None:
        if len(large.paths) > 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("/sitemap.xml", on_progress=interrupt)
    large.seen.clear()

    fetched = fetch("/sitemap.xml")

    assert large.paths == [f"/{number}" for number in range(12, 30)]
    assert (len(fetched.documents), fetched.changed, fetched.is_complete) == (30, 30, True)


def test_a_run_that_was_interrupted_long_ago_starts_anew(fetch: Fetch, large: Site, clock: FakeClock) -> None:
    def interrupt(progress: object) -> None:
        if len(large.paths) > 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("/sitemap.xml", on_progress=interrupt)
    large.seen.clear()
    clock.seconds += 2 * 24 * 3600

    fetch("/sitemap.xml")

    assert len(large.paths) == 31


def test_the_first_address_that_fails_keeps_all(fetch: Fetch, blog: Site) -> None:
    blog.replies["/"] = Reply(status=500)

    with pytest.raises(ServerFailed):
        fetch("/")
    blog.page("/")
    fetch("/")
    blog.replies["/"] = Reply(status=500)

    fetched = fetch("/")

    assert list(contents(fetched)) == ["/1", "/2", "/3"]
    assert [failure.url for failure in fetched.failures] == [blog.url + "/"]


def test_a_page_that_leads_to_an_invalid_address_keeps_its_earlier_copy(fetch: Fetch, blog: Site) -> None:
    fetch("/sitemap.xml")
    blog.replies["/2"] = Reply(status=301, headers={"Location": "http://0x7f.1/"})

    fetched = fetch("/sitemap.xml")

    assert contents(fetched)["/2"] == "text 2"
    assert [(failure.url, failure.is_kept) for failure in fetched.failures] == [(blog.url + "/2", True)]
