"""Runs the same call with the synchronous and the asynchronous client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from semsearch import AsyncClient, Client

TIMEOUT_SECONDS = 60.0
"""Long, since tests run in parallel."""


def call_sync(address: str, method: Callable[[Any], Any], **options: Any) -> Any:
    with Client(address, **{"timeout": TIMEOUT_SECONDS} | options) as client:
        return method(client)


def call_async(address: str, method: Callable[[Any], Any], **options: Any) -> Any:
    async def main() -> Any:
        async with AsyncClient(address, **{"timeout": TIMEOUT_SECONDS} | options) as client:
            return await method(client)

    return asyncio.run(main())


Caller = Callable[..., Any]
CALLERS: list[Caller] = [call_sync, call_async]


def comparable(result: Any) -> Any:
    """Return a result without the fields that differ between calls."""
    return replace(result, processing_time_ms=0.0, request_id="")
