"""A page that one test after another uses, and waiting on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

SIZE = {"width": 1280, "height": 720}
MEDIA = ("media", "color_scheme", "reduced_motion", "forced_colors", "contrast")


def wait_until(page: Page, condition: Callable[[], object]) -> None:
    """Let the page go on until the condition holds.

    Raises:
        AssertionError: It does not hold after ten seconds.
    """
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it was waited for in vain"
        page.wait_for_timeout(5)


@contextmanager
def cleared(page: Page) -> Iterator[None]:
    """Remove from a page and its browser context, at the end, what a test left there."""
    listeners: list[tuple[Any, Callable[..., Any]]] = []
    origins: set[str] = set()
    listen = page.on

    def on(event: Any, listener: Callable[..., Any]) -> None:
        listeners.append((event, listener))
        listen(event, listener)

    def visited(frame: Frame) -> None:
        origins.add("/".join(frame.url.split("/")[:3]))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(page, "on", on)
        page.on("framenavigated", visited)
        yield
    for event, listener in listeners:
        page.remove_listener(event, listener)
    page.unroute_all(behavior="ignoreErrors")
    for other in page.context.pages:
        if other != page:
            other.close()
    page.goto("about:blank")
    page.emulate_media(**dict.fromkeys(MEDIA, "null"))  # type: ignore[arg-type]
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    page.context.clear_cookies()
    session = page.context.new_cdp_session(page)
    for origin in origins:
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    session.detach()
