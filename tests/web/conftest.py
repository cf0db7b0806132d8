"""Fixtures: a real browser, the service over the demo index, and sites that use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, sync_playwright

from tests.browsers import CHROMIUM, NO_CHROMIUM
from tests.builders import service
from tests.client.servers import running
from tests.web.boxes import Blog, blog_on
from tests.web.lists import STYLE, Opened
from tests.web.pages import cleared
from tests.web.sites import POLICY, Site, site_elsewhere


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def only_page(browser: Browser) -> Iterator[Page]:
    """One page for all tests that need no browser context of their own: opening one takes longer than most of them."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(only_page: Page) -> Iterator[Page]:
    """A blank page without listeners, routes, media features, cookies and stored items of other tests."""
    with cleared(only_page):
        yield only_page


@pytest.fixture(scope="package")
def site(demo_index: Path) -> Iterator[str]:
    """The URL of the service over the demo index. Tests only read it."""
    with running(service(index=demo_index)) as address:
        yield address


@pytest.fixture(scope="package")
def tab(browser: Browser) -> Iterator[Page]:
    """One tab for all tests of the box: opening a tab takes longer than most of them."""
    context = browser.new_context()
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def blog(tab: Page) -> Iterator[Blog]:
    """A page with a search box on another site, and a service with responses set by the test."""
    tab.set_viewport_size({"width": 1000, "height": 700})
    with blog_on(tab) as blog:
        yield blog


@pytest.fixture(scope="module")
def world(demo_index: Path) -> Iterator[tuple[Site, str]]:
    """A site, and the URL of a service that allows its origin."""
    with site_elsewhere() as site, running(service(index=demo_index, origins=(site.address,))) as address:
        yield site, address


@pytest.fixture
def opened(page: Page, world: tuple[Site, str]) -> Iterator[Opened]:
    """Return a function that opens a page with the element under a strict policy. Script errors fail the test."""
    site, address = world
    errors: list[object] = []

    def failed(error: object) -> None:
        errors.append(error)

    page.on("pageerror", failed)
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)

    def open_page(
        inside: str = "",
        before: str = "",
        after: str = "<footer>The end</footer>",
        page_is: str = "",
        origin: str = "",
        **attributes: Any,
    ) -> Locator:
        given = {"post": "formal-math", "service": address} | attributes
        written = " ".join(f"{name}='{value}'" for name, value in given.items() if value is not None)
        site.policy = POLICY.format(service=f"{address} {given['service']}")
        site.files["/page.css"] = STYLE
        site.files["/"] = (
            f"<!doctype html><html lang=en {page_is}><meta charset=utf-8><meta name=color-scheme content='light dark'>"
            "<link rel=stylesheet href=/page.css>"
            f"<title>A page</title><script type=module src='{address}/web/related.js'></script><main><h1>A post</h1>"
            f"{before}<semsearch-related {written}>{inside}</semsearch-related>{after}</main>"
        )
        page.goto(origin or site.address)
        return page.locator("semsearch-related")

    yield open_page
    assert errors == []
