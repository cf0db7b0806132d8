"""A real browser, and the service over the demo index at an address of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.builders import service
from tests.client.servers import running
from tests.web.boxes import Blog, blog_on

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here; install it, or name it in CHROMIUM")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor of their own: nothing is remembered from another test."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def site(demo_index: Path) -> Iterator[str]:
    """The address of the service over the demo index; tests only read it."""
    with running(service(index=demo_index)) as address:
        yield address


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Iterator[Page]:
    """One for all tests of the box: to open another takes longer than most of them."""
    context = browser.new_context()
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def blog(tab: Page) -> Iterator[Blog]:
    """A site of somebody else with a search box, and a service that answers what the test says."""
    tab.set_viewport_size({"width": 1000, "height": 700})
    with blog_on(tab) as blog:
        yield blog
