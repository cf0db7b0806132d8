from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from semsearch.ingest.network import FetchedSource, fetch_source
from tests.ingest.network.loopback import FakeClock, Site, serve


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site without pages."""
    with serve() as site:
        yield site


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def fetch(site: Site, clock: FakeClock, tmp_path: Path) -> Callable[..., FetchedSource]:
    """A function that fetches a path of the site, each time into the same cache."""

    def fetch_path(path: str = "/", **options: Any) -> FetchedSource:
        defaults: dict[str, Any] = {"cache": tmp_path / "cache", "allow_private": True, "clock": clock.clock()}
        return fetch_source(site.absolute(path), **(defaults | options))

    return fetch_path
