"""Hostile posts and queries cannot run scripts in the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from semsearch.api.pages import related, rows, search
from semsearch.search import Hit
from semsearch.search.results import NearDuplicate, Passage, PassageSection, Reason
from tests.builders import raw_post, service
from tests.client.servers import running
from tests.web import hostile
from tests.web.hostile import needs_payloads

pytestmark = needs_payloads


@pytest.fixture(scope="module")
def payloads() -> list[str]:
    return hostile.payloads()


@pytest.fixture
def ran(page: Page) -> list[str]:
    """Collects dialogs that payloads opened, and URLs on other sites that they loaded."""
    return hostile.dialogs(page)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], None]:
    """Return a function that makes every list of hits consist of payloads."""

    def list_them(payloads: list[str]) -> None:
        found = rows.rows_of(tuple(hostile_hit(payload) for payload in payloads))
        for module in (search, related):
            monkeypatch.setattr(module, "rows_of", lambda _: found)

    return list_them


def hostile_hit(payload: str) -> Hit:
    """Build a hit whose fields are all the payload."""
    mark = ((0, 1),)
    return Hit(
        id=payload,
        title=payload,
        teaser=payload,
        url=payload,
        date=payload,
        tags=(payload,),
        authors=(payload,),
        score=1.0,
        confidence=0.9,
        passage=Passage("body", 0, len(payload), payload),
        highlights={"title": mark, "teaser": mark, "passage": mark},
        section=PassageSection(payload, payload),
        duplicates=(NearDuplicate(f"{payload} again", f"{payload} again", payload, payload),),
        reasons=(Reason("words", (payload,)), Reason("series", (payload,))),
    )


@pytest.mark.parametrize("path", ["/search?q=maths", "/related?post=vpt"])
def test_no_payload_runs_in_a_list_of_hits(
    path: str, listed: Callable[[list[str]], None], payloads: list[str], page: Page, ran: list[str], site: str
) -> None:
    assert len(payloads) > 1_000
    page.on("request", lambda request: ran.extend([request.url][: not request.url.startswith(site)]))
    for start in range(0, len(payloads), 1_000):
        batch = payloads[start : start + 1_000]
        listed(batch)
        page.goto(f"{site}{path}&batch={start}")
        titles = page.locator(".hit :is(h2, h3)").evaluate_all("all => all.map((one) => one.textContent.trim())")
        assert titles == page.evaluate("all => all.map((one) => one.trim())", batch)
        links = page.locator("main a").evaluate_all("all => [...new Set(all.map((one) => one.protocol))]")
        assert set(links) <= {"http:", "https:", ":"}, "with a host that cannot be one, a link leads nowhere"
        made = page.locator("main *").evaluate_all("all => [...new Set(all.map((one) => one.localName))]")
        assert set(made).isdisjoint({"img", "svg", "iframe", "script", "style", "object", "embed", "math", "video"})
    assert ran == []


@pytest.fixture(scope="module")
def attacked(build: Callable[..., Path], payloads: list[str]) -> Iterator[tuple[str, list[str]]]:
    """A service whose posts are payloads, and the payloads."""
    chosen = [payload[:200] for payload in payloads[::120]]
    posts = [
        raw_post(
            f"p{number} {payload}",
            title=f"tide {payload}",
            teaser=f"tide {payload}",
            tags=[payload],
            authors=[payload],
            url=payload,
        )
        for number, payload in enumerate(chosen)
    ]
    with running(service(index=build(posts))) as site:
        yield site, chosen


def test_payloads_in_posts_and_queries_do_not_run(attacked: tuple[str, list[str]], page: Page, ran: list[str]) -> None:
    site, payloads = attacked
    assert len(payloads) > 10
    page.on("request", lambda request: ran.extend([request.url][: not request.url.startswith(site)]))
    asked = [("/search", {"q": "tide", "page": str(number)}) for number in range(1, 2 + len(payloads) // 10)]
    asked += [
        ("/search", {"q": f"tide {payload}"[:500], "tag": payload * (place % 2)})
        for place, payload in enumerate(payloads)
    ]
    for number in range(0, len(payloads), 4):
        payload, post_id = payloads[number], f"p{number} {payloads[number]}"
        asked += [
            ("/related", {"post": post_id}),
            ("/playground", {"q": payload, "ticked": payload, "pin": post_id}),
        ]
    for path, parameters in asked:
        page.goto(f"{site}{path}?{urlencode(parameters)}", wait_until="load")
        assert ran == [], parameters
        assert page.locator("main img, main svg, main iframe, main script, main style, main object").count() == 0
