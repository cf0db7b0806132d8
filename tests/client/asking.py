"""Two ways to ask: with each client, what a test asks is the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from semsearch import AsyncClient, Client

SECONDS = 60.0
"""Tests run beside each other."""


def by_thread(address: str, ask: Callable[[Any], Any], **options: Any) -> Any:
    with Client(address, **{"timeout": SECONDS} | options) as client:
        return ask(client)


def on_loop(address: str, ask: Callable[[Any], Any], **options: Any) -> Any:
    async def main() -> Any:
        async with AsyncClient(address, **{"timeout": SECONDS} | options) as client:
            return await ask(client)

    return asyncio.run(main())


Way = Callable[..., Any]
WAYS: list[Way] = [by_thread, on_loop]


def steady(answer: Any) -> Any:
    """An answer without what differs each time."""
    return replace(answer, processing_time_ms=0.0, request_id="")
