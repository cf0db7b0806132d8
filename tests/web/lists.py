"""Helpers for pages with <semsearch-related>, and for responses set by the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Sized
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.web.pages import wait_until

MAX_BYTES = 3_200
"""Compressed size of the scripts of the element."""
FAR = "<p>A long text.</p>" * 200
"""Higher than the margin at which the element starts loading."""
LIGHT = (
    '<nav aria-labelledby="related"><h3 id="related">Read on</h3><ul><li><a href="/old">An old post</a>'
    "<p>Which was there when the page was made, and has a teaser of some length, as the others have, for the room.</p>"
    "<p>2020-01-01</p><p>Both write of tides</p></li></ul></nav>"
)
STYLE = (
    "body { background: light-dark(#fff, #15181c); color: light-dark(#1c2024, #e7eaee); font: 1.1rem/1.6 serif; }"
    "a { color: light-dark(#0b57c2, #8ab8ff); }"
)


Opened = Callable[..., Locator]


def hit(post_id: str = "new", **fields: Any) -> dict[str, Any]:
    usual = {"title": f"Title of {post_id}", "teaser": "What it is about.", "url": f"/{post_id}", "date": "2024-05-17"}
    return {"id": post_id, "reasons": []} | usual | fields


def answers(page: Page, *hits: dict[str, Any], status: int = 200) -> list[str]:
    """Make the service respond with these hits. Return a list that collects the requested URLs."""
    asked: list[str] = []
    body = json.dumps({"hits": hits} if status == 200 else {"detail": 'no post has the id "x"'})

    def reply(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=status, body=body, headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/v1/**", reply)
    return asked


def fail_requests(page: Page) -> None:
    page.route("**/v1/**", lambda route: route.abort())


def hold_responses(page: Page) -> list[Route]:
    """Make the service hold all responses. Return a list that collects the waiting requests."""
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    page.route("**/v1/**", keep)
    return waiting


def respond(route: Route, *hits: dict[str, Any]) -> None:
    route.fulfill(body=json.dumps({"hits": hits}), headers={"Access-Control-Allow-Origin": "*"})


def wait_for(page: Page, events: Sized, count: int) -> None:
    """Wait until there are as many requests, failures or messages in the list."""
    wait_until(page, lambda: len(events) >= count)


def settled(related: Locator, shown: bool) -> None:
    """Wait until the element shows a list, or is hidden."""
    if shown:
        expect(related.locator("nav").last).to_be_visible()
    else:
        expect(related).to_have_attribute("hidden", "")
        assert related.bounding_box() is None


def titles(related: Locator) -> list[str]:
    """Return the titles of the visible list."""
    return [link.inner_text() for link in related.locator("li a").all() if link.is_visible()]


def shift(page: Page) -> float:
    """Return the cumulative layout shift."""
    return float(
        page.evaluate(
            """() => new Promise((done) => {
              let sum = 0;
              new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
                .observe({ type: "layout-shift", buffered: true });
              requestAnimationFrame(() => setTimeout(() => done(sum), 50));
            })"""
        )
    )
