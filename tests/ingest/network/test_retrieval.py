from __future__ import annotations

import email.utils
import gzip
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from semsearch.errors import DisallowedByRobots, FetchFailed, InvalidAddress, ServerFailed
from semsearch.ingest.network import FetchedSource, Limits
from tests.ingest.network.loopback import FakeClock, Reply, Site, rss

Fetch = Callable[..., FetchedSource]


def in_turn(*replies: Reply) -> Callable[[BaseHTTPRequestHandler], Reply]:
    """Each reply once, the last one for all further requests."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def feed(site: Site) -> Reply:
    site.feed("/1", path="/feed")
    found = site.replies["/feed"]
    assert isinstance(found, Reply)
    return found


def test_requests_say_who_asks_and_for_what(fetch: Fetch, site: Site, feed: Reply) -> None:
    fetch("/feed")

    headers = site.seen[-1].headers
    assert headers["user-agent"].startswith("semsearch/")
    assert headers["accept-encoding"] == "gzip"
    assert "application/rss+xml" in headers["accept"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_may_pass_is_tried_again_after_growing_pauses(
    fetch: Fetch, site: Site, feed: Reply, clock: FakeClock, status: int
) -> None:
    site.replies["/feed"] = in_turn(Reply(status=status), Reply(status=status), feed)

    assert len(fetch("/feed", limits=Limits(pause=0)).documents) == 1
    assert clock.sleeps == [1.0, 2.0]


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(
    fetch: Fetch, site: Site, feed: Reply, clock: FakeClock
) -> None:
    date = email.utils.formatdate(clock.seconds + 7 + 20, usegmt=True)
    site.replies["/feed"] = in_turn(
        Reply(status=503, headers={"Retry-After": "7"}), Reply(status=429, headers={"Retry-After": date}), feed
    )

    fetch("/feed", limits=Limits(pause=0))

    assert clock.sleeps == [7.0, 20.0]


def test_a_long_retry_after_is_reported_instead_of_waited_for(fetch: Fetch, site: Site, clock: FakeClock) -> None:
    site.replies["/feed"] = Reply(status=503, headers={"Retry-After": "3600"})

    with pytest.raises(ServerFailed, match="responds 503 Service Unavailable; it asks to wait: 3600"):
        fetch("/feed")
    assert max(clock.sleeps) < 1


def test_retries_end(fetch: Fetch, site: Site) -> None:
    site.replies["/feed"] = Reply(status=500)

    with pytest.raises(ServerFailed, match="500 Internal Server Error"):
        fetch("/feed")
    assert site.paths == ["/feed"] * 4


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "404"), (410, "410"), (403, "403 Forbidden"), (418, "418"), (999, "999")]
)
def test_an_address_without_a_document_is_an_error_at_once(fetch: Fetch, site: Site, status: int, reason: str) -> None:
    site.replies["/feed"] = Reply(status=status)

    with pytest.raises(FetchFailed, match=reason):
        fetch("/feed")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(fetch: Fetch, site: Site, feed: Reply, status: int) -> None:
    site.replies["/old"] = Reply(status=status, headers={"Location": "feed#x"})

    [document] = fetch("/old").documents

    assert document.url == site.url + "/feed"


def test_ten_redirects_are_followed_and_no_more(fetch: Fetch, site: Site, feed: Reply) -> None:
    for number in range(1, 12):
        target = "/feed" if number == 1 else f"/{number - 1}"
        site.replies[f"/{number}"] = Reply(status=301, headers={"Location": target})

    assert len(fetch("/10").documents) == 1
    with pytest.raises(FetchFailed, match="more than 10 redirects"):
        fetch("/11")


def test_a_circle_of_redirects_is_an_error(fetch: Fetch, site: Site) -> None:
    site.replies["/a"] = Reply(status=301, headers={"Location": "/b"})
    site.replies["/b"] = Reply(status=301, headers={"Location": "/a"})

    with pytest.raises(FetchFailed, match="circle"):
        fetch("/a")


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://0x7f.1/", "http://a:b@c.example/"]
)
def test_a_redirect_to_another_scheme_or_a_strange_host_is_refused(fetch: Fetch, site: Site, target: str) -> None:
    site.replies["/a"] = Reply(status=302, headers={"Location": target})

    with pytest.raises(InvalidAddress):
        fetch("/a")


def test_compressed_responses_are_decompressed(fetch: Fetch, site: Site, feed: Reply) -> None:
    site.replies["/feed"] = Reply(gzip.compress(feed.body), headers={"Content-Encoding": "gzip"})

    [document] = fetch("/feed").documents

    assert document.file.read_bytes() == feed.body


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_refused(fetch: Fetch, site: Site, layers: int) -> None:
    body = bytes(30_000_000)
    for _ in range(layers):
        body = gzip.compress(body)
    site.replies["/feed"] = Reply(body, headers={"Content-Encoding": "gzip"})

    with pytest.raises(FetchFailed, match="larger than 1 MiB"):
        fetch("/feed", limits=Limits(listing_bytes=1024**2))


def test_a_response_without_end_is_refused(fetch: Fetch, site: Site) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        for _ in range(1_000):
            request.wfile.write(bytes(10_000))

    site.replies["/feed"] = endless

    with pytest.raises(FetchFailed, match="larger than 1 MiB"):
        fetch("/feed", limits=Limits(listing_bytes=1024**2))


@pytest.mark.parametrize(("encoding", "reason"), [("br", "compresses with br"), ("gzip", "cannot be decompressed")])
def test_a_compression_that_was_not_asked_for_is_an_error(fetch: Fetch, site: Site, encoding: str, reason: str) -> None:
    site.replies["/feed"] = Reply(b"abc", headers={"Content-Encoding": encoding})

    with pytest.raises(FetchFailed, match=reason):
        fetch("/feed")


def test_the_encoding_that_the_server_says_is_kept(fetch: Fetch, site: Site, feed: Reply) -> None:
    site.replies["/feed"] = Reply(feed.body, media_type='Text/XML; Charset="ISO-8859-1"')

    [document] = fetch("/feed").documents

    assert (document.media_type, document.charset) == ("text/xml", "iso-8859-1")


@pytest.mark.parametrize("etag", ['"a\xe9"', ' "x" ', '"' + "y" * 5_000 + '"'])
def test_any_validator_of_a_server_can_be_sent_back_or_is_left_out(
    fetch: Fetch, site: Site, feed: Reply, etag: str
) -> None:
    site.replies["/feed"] = Reply(feed.body, headers={"ETag": etag})

    fetch("/feed")

    assert len(fetch("/feed").documents) == 1


def test_a_304_that_nobody_asked_for_is_an_error(fetch: Fetch, site: Site) -> None:
    site.replies["/feed"] = Reply(status=304)

    with pytest.raises(FetchFailed, match="304"):
        fetch("/feed")


def test_requests_to_a_host_have_pauses_between_them(fetch: Fetch, site: Site, clock: FakeClock) -> None:
    site.feed("/1", path="/feed", channel='<atom:link rel="next" href="/feed2"/>')
    site.feed("/2", path="/feed2")

    fetch("/feed")

    assert clock.sleeps == [0.25, 0.25]  # after robots.txt, and after the first page


@pytest.mark.parametrize(("delay", "pause"), [("2", 2.0), ("0.1", 0.25), ("86400", 60.0)])
def test_a_crawl_delay_makes_the_pauses_longer(
    fetch: Fetch, site: Site, clock: FakeClock, delay: str, pause: float
) -> None:
    site.replies["/robots.txt"] = Reply(f"User-agent: *\nCrawl-delay: {delay}".encode())
    site.feed("/1", path="/feed", channel='<atom:link rel="next" href="/feed2"/>')
    site.feed("/2", path="/feed2")

    fetch("/feed")

    assert clock.sleeps == [0.25, pause]


def test_what_robots_txt_disallows_is_not_fetched(fetch: Fetch, site: Site, feed: Reply) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /feed")

    with pytest.raises(DisallowedByRobots, match="allow it there for the user agent semsearch"):
        fetch("/feed")
    assert site.paths == []


def test_a_redirect_to_a_disallowed_address_is_not_followed(fetch: Fetch, site: Site, feed: Reply) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: semsearch\nDisallow: /feed")
    site.replies["/a"] = Reply(status=302, headers={"Location": "/feed"})

    with pytest.raises(DisallowedByRobots):
        fetch("/a")
    assert site.paths == ["/a"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_without_a_robots_txt_all_is_allowed(fetch: Fetch, site: Site, feed: Reply, status: int) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /", status=status)

    assert len(fetch("/feed").documents) == 1


def test_nothing_is_fetched_while_robots_txt_cannot_be_read(fetch: Fetch, site: Site, feed: Reply) -> None:
    site.replies["/robots.txt"] = Reply(status=503)

    with pytest.raises(ServerFailed, match=r"robots\.txt: the server responds 503"):
        fetch("/feed")
    assert site.paths == []


def test_a_robots_txt_that_cannot_be_read_is_asked_for_once(fetch: Fetch, site: Site) -> None:
    sitemaps = "".join(f"Sitemap: {site.other_url}/{number}.xml\n" for number in range(3))

    def robots(request: BaseHTTPRequestHandler) -> Reply:
        is_other = request.headers["Host"].startswith("localhost")
        return Reply(status=503) if is_other else Reply(sitemaps.encode())

    site.replies["/robots.txt"] = robots
    site.page("/")
    site.feed("/1", path="/feed")

    fetched = fetch("/")

    assert [failure.url for failure in fetched.failures] == [f"{site.other_url}/{number}.xml" for number in range(3)]
    other = [request.path for request in site.seen if request.headers["host"].startswith("localhost")]
    assert other == ["/robots.txt"] * 4  # with three retries


def test_the_earlier_robots_txt_counts_while_it_cannot_be_read(fetch: Fetch, site: Site, feed: Reply) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /secret")
    fetch("/feed")
    site.replies["/robots.txt"] = Reply(status=503)

    assert len(fetch("/feed").documents) == 1


def test_redirects_of_robots_txt_are_followed(fetch: Fetch, site: Site, feed: Reply) -> None:
    site.replies["/robots.txt"] = Reply(status=301, headers={"Location": "/rules/robots.txt"})
    site.replies["/rules/robots.txt"] = Reply(b"User-agent: *\nDisallow: /feed")

    with pytest.raises(DisallowedByRobots):
        fetch("/feed")


def test_a_long_robots_txt_is_read_at_its_beginning(fetch: Fetch, site: Site, feed: Reply) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /feed\n" + b"# long\n" * 200_000)

    with pytest.raises(DisallowedByRobots):
        fetch("/feed")


def test_each_host_has_its_own_robots_txt(fetch: Fetch, site: Site) -> None:
    def robots(request: BaseHTTPRequestHandler) -> Reply:
        is_other = request.headers["Host"].startswith("localhost")
        return Reply(b"User-agent: *\nDisallow: /2" if is_other else b"")

    site.replies["/robots.txt"] = robots
    site.xml("/feed", rss("http://x.example/1", channel=f'<atom:link rel="next" href="{site.other_url}/2"/>'))

    fetched = fetch("/feed")

    assert [failure.url for failure in fetched.failures] == [site.other_url + "/2"]
    assert "robots.txt disallows" in fetched.failures[0].reason
