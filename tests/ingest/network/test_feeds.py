from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from semsearch.ingest.network import FetchedSource, Limits
from tests.ingest.network.loopback import Reply, Site

Fetch = Callable[..., FetchedSource]
NEXT = '<atom:link rel="next" href="{}"/>'
WORDPRESS = "<generator>https://wordpress.org/?v=6.6</generator>"


def queries(fetched: FetchedSource) -> list[str]:
    return [document.url.partition("/feed")[2] for document in fetched.documents]


@pytest.fixture
def paged(site: Site) -> Site:
    """A site with a feed of three pages."""
    site.feed("/5", "/6", path="/feed", channel=NEXT.format("/feed?2"))
    site.feed("/3", "/4", path="/feed?2", channel=NEXT.format("/feed?3"))
    site.feed("/1", "/2", path="/feed?3")
    return site


def test_all_pages_of_a_feed_are_fetched_newest_first(fetch: Fetch, paged: Site) -> None:
    assert queries(fetch("/feed")) == ["", "?2", "?3"]


def test_a_json_feed_has_pages_too(fetch: Fetch, site: Site) -> None:
    start = b'{"version": "https://jsonfeed.org/version/1.1", '
    site.replies["/feed"] = Reply(
        start + b'"next_url": "/feed?2", "items": [{"id": 2}]}', media_type="application/json"
    )
    site.replies["/feed?2"] = Reply(start + b'"items": [{"id": 1}]}', media_type="application/feed+json")

    fetched = fetch("/feed")

    assert queries(fetched) == ["", "?2"]
    assert {document.file.suffix for document in fetched.documents} == {".json"}


def test_a_feed_of_wordpress_is_asked_for_older_pages_until_there_are_none(fetch: Fetch, site: Site) -> None:
    site.feed("/3", path="/feed", channel=WORDPRESS)
    site.feed("/2", path="/feed?paged=2", channel=WORDPRESS)
    site.feed("/1", path="/feed?paged=3", channel=WORDPRESS)

    fetched = fetch("/feed")

    assert queries(fetched) == ["", "?paged=2", "?paged=3"]
    assert fetched.failures == ()


def test_a_feed_that_ignores_the_number_of_the_page_ends(fetch: Fetch, site: Site) -> None:
    for query in ("", "?paged=2"):
        site.feed("/1", path=f"/feed{query}", channel=WORDPRESS)

    fetched = fetch("/feed")

    assert queries(fetched) == [""]
    assert site.paths == ["/feed", "/feed?paged=2"]


def test_a_page_for_people_after_the_last_page_of_a_feed_is_no_failure(fetch: Fetch, site: Site) -> None:
    site.feed("/1", path="/feed", channel=WORDPRESS)
    site.page("/feed?paged=2")

    assert fetch("/feed").failures == ()


def test_a_feed_whose_pages_form_a_circle_ends(fetch: Fetch, paged: Site) -> None:
    paged.feed("/1", path="/feed?3", channel=NEXT.format("/feed"))

    assert queries(fetch("/feed")) == ["", "?2", "?3"]


def test_a_feed_without_end_is_limited(fetch: Fetch, site: Site) -> None:
    def reply(number: int) -> Callable[[BaseHTTPRequestHandler], Reply | None]:
        def page(_: BaseHTTPRequestHandler) -> Reply | None:
            site.replies[f"/feed?{number + 1}"] = reply(number + 1)
            site.feed(f"/{number}", path="/x", channel=NEXT.format(f"/feed?{number + 1}"))
            found = site.replies["/x"]
            return found if isinstance(found, Reply) else None

        return page

    site.replies["/feed"] = reply(0)

    fetched = fetch("/feed", limits=Limits(pages=4))

    assert len(fetched.documents) == 4
    assert [skipped.reason for skipped in fetched.skipped] == ["pages of a feed beyond 4"]


def test_a_page_that_fails_keeps_its_earlier_copy_and_the_pages_after_it(fetch: Fetch, paged: Site) -> None:
    fetch("/feed")
    paged.replies["/feed?2"] = Reply(status=500)

    fetched = fetch("/feed")

    assert queries(fetched) == ["", "?2", "?3"]
    assert [(failure.url, failure.is_kept) for failure in fetched.failures] == [(paged.url + "/feed?2", True)]


def test_a_new_page_that_fails_does_not_lose_the_pages_of_the_run_before(fetch: Fetch, paged: Site) -> None:
    fetch("/feed")
    paged.feed("/7", "/8", path="/feed", channel=NEXT.format("/feed?new"))
    paged.replies["/feed?new"] = Reply(status=500)

    for _ in range(2):
        fetched = fetch("/feed")

        assert queries(fetched) == ["", "?2", "?3"]
        assert [(failure.url, failure.is_kept) for failure in fetched.failures] == [(paged.url + "/feed?new", False)]


def test_a_page_that_does_not_exist_any_more_disappears(fetch: Fetch, paged: Site) -> None:
    before = fetch("/feed")
    del paged.replies["/feed?3"]

    fetched = fetch("/feed")

    assert queries(fetched) == ["", "?2"]
    assert not before.documents[2].file.exists()


def test_an_unchanged_feed_is_not_sent_again(fetch: Fetch, site: Site) -> None:
    site.feed("/1", path="/feed")
    found = site.replies["/feed"]
    assert isinstance(found, Reply)
    site.replies["/feed"] = Reply(found.body, headers={"ETag": '"1"'})

    assert [fetch("/feed").changed for _ in range(2)] == [1, 0]
    assert site.seen[-1].headers["if-none-match"] == '"1"'
