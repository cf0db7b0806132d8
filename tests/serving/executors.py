"""Runs a coroutine with a request executor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from semsearch.serving.executor import RequestExecutor

T = TypeVar("T")


def run(main: Callable[[RequestExecutor], Awaitable[T]], **options: Any) -> T:
    """Run a coroutine with an executor whose threads end with it."""

    async def whole() -> T:
        executor = RequestExecutor(**{"concurrency_limit": 64, "deadline_seconds": 60.0} | options)
        try:
            return await main(executor)
        finally:
            executor.stop()

    return asyncio.run(whole())
