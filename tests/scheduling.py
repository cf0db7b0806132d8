"""Which tests run in one process, which of them start first, and when their garbage is collected."""

from __future__ import annotations

import gc
from collections.abc import Generator
from typing import Any

import pytest

GROUPS = ("encoding", "web")
"""Folders whose tests run in one process: it loads torch, or starts a browser, only once."""
WITH_TORCH = ("tests/cli/commands/test_search_reranker.py", "tests/rebuilding/test_without_openvino.py")
"""Files outside of ``encoding/`` whose tests run in its process, since they need torch too."""
FIRST = (*GROUPS, "cli", "rebuilding", "api", "relating", "index", "search", "notebooks")
"""Folders in the order in which their tests start, and before all others. Those that take longest are first, so that
all processes end at about the same time."""


def folder_of(nodeid: str) -> str:
    """Return the folder in ``tests/`` that a test lies in, or the name of its file if there is none."""
    return nodeid.partition("::")[0].removeprefix("tests/").partition("/")[0]


def group_of(nodeid: str) -> str:
    """Return the name of the tests that run in one process: those of a folder or of a file."""
    folder, file = folder_of(nodeid), nodeid.partition("::")[0]
    if file in WITH_TORCH:
        return "encoding"
    return folder if folder in GROUPS else file


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Exclude what is imported and collected from garbage collection, which takes a fifth of the time of collecting
    and would then go through all of it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(5_000, 50, 100)


@pytest.hookimpl
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the folders that take longest first."""
    order = {folder: number for number, folder in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(folder_of(item.nodeid), len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distribute tests by group instead of by file."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  (the plugin may be absent)

    class GroupScheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return GroupScheduling(config, log)
