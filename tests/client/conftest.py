from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import semsearch
from semsearch.search import Searcher
from tests.builders import raw_post, service
from tests.client.servers import running

TIDES = "The tide tables for the harbour were printed again this spring, with corrected times for every day."
HOSTILE_IDS = [
    "a/b",
    "über uns",
    "100 %",
    "%41",
    "a?b#c",
    "a+b&c=d",
    "😀",
    "related",
    "..",
    ".",
    "a/../b",
    "//",
    "/a/",
    "x" * 200,
]
"""Ids that must be percent-encoded in a URL."""


@pytest.fixture(scope="session")
def address(demo_index: Path) -> Iterator[str]:
    """The URL of the service over the demo index."""
    with running(service(index=demo_index)) as address:
        yield address


@pytest.fixture(scope="session")
def mixed_index(build: Callable[..., Path]) -> Path:
    """An index of posts that together use every field, and of posts with unusual ids."""
    harbour = [
        raw_post("old", title="Tide tables", teaser=TIDES, date="2024-05-01", tags=["sea"], language="en-GB"),
        raw_post("new", title="Tide tables", teaser=TIDES, date="2024-05-02", tags=["sea", "a&b"], url="/new"),
        raw_post("ferry", title="Ferries of the harbour", authors=["Ada"], tags=["sea"], series="Harbour", body="Two."),
        raw_post(
            "ferry 2", title="Ferries, again", authors=["Ada"], date="2024-06-01", series="Harbour", größe=[1, None]
        ),
    ]
    return build([*harbour, *(raw_post(post_id, title=f"Harbour {post_id}") for post_id in HOSTILE_IDS)])


@pytest.fixture(scope="session")
def mixed_address(mixed_index: Path) -> Iterator[str]:
    with running(service(index=mixed_index)) as address:
        yield address


@pytest.fixture(scope="session")
def mixed(mixed_index: Path) -> Iterator[Searcher]:
    searcher = semsearch.open(mixed_index)
    yield searcher
    searcher.snapshot.close()
