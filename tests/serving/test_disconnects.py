"""A request whose client disconnected does not run."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from semsearch.api.errors.body_refused import BodyRefused
from semsearch.api.middleware.connections import LimitedHttpProtocol
from semsearch.search import Searcher
from semsearch.serving.executor import ClientDisconnected, DeadlineExceeded, RequestExecutor
from tests.api.middleware.sockets import connect, read_response
from tests.builders import service
from tests.client.servers import running
from tests.serving.executors import run


def test_a_request_whose_client_disconnected_is_never_begun() -> None:
    hold, begun = threading.Event(), threading.Event()

    async def disconnected() -> None:
        await asyncio.sleep(0.05)

    async def main(executor: RequestExecutor) -> None:
        first = asyncio.create_task(executor.run(lambda: hold.wait(10)))
        await asyncio.sleep(0)
        with pytest.raises(ClientDisconnected):
            await executor.run(begun.set, until_disconnected=disconnected)
        assert executor.in_flight == 1
        hold.set()
        assert await first
        assert await executor.run(lambda: "next", until_disconnected=disconnected) == "next"
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "no task waits for a disconnect any longer"

    run(main)
    assert not begun.is_set()


def test_a_request_whose_body_is_refused_meanwhile_is_never_begun() -> None:
    hold, begun = threading.Event(), threading.Event()

    async def sends_too_much() -> None:
        raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", "send less")

    async def main(executor: RequestExecutor) -> None:
        first = asyncio.create_task(executor.run(lambda: hold.wait(10)))
        await asyncio.sleep(0)
        with pytest.raises(BodyRefused, match="send less"):
            await executor.run(begun.set, until_disconnected=sends_too_much)
        hold.set()
        assert await first
        assert await executor.run(lambda: "next") == "next"

    run(main)
    assert not begun.is_set()


def test_a_connected_client_gets_the_deadline_error() -> None:
    hold = threading.Event()

    async def still_there() -> None:
        await asyncio.sleep(60)

    async def main(executor: RequestExecutor) -> None:
        with pytest.raises(DeadlineExceeded):
            await executor.run(lambda: hold.wait(10), until_disconnected=still_there)
        hold.set()

    run(main, deadline_seconds=0.2)


def test_nothing_is_computed_for_disconnected_clients(demo_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, hold = service(index=demo_index), threading.Event()
    begun: list[Any] = []

    def recording(method: Callable[..., Any]) -> Callable[..., Any]:
        def record(searcher: Searcher, request: Any, *arguments: Any) -> Any:
            begun.append(request)
            return method(searcher, request, *arguments)

        return record

    for method in (Searcher.begin, Searcher.run_suggest, Searcher.visible_post, Searcher.run_related):
        monkeypatch.setattr(Searcher, method.__name__, recording(method))
    body = b'{"q":"maths"}'
    paths = ["/v1/search?q=a", "/search?q=a", "/v1/suggest?q=a", "/v1/posts/vpt", "/v1/posts/vpt/related"]
    requests = [
        *(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths),
        b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % len(body)
        + body,
    ]
    with running(app, http=LimitedHttpProtocol, ws="none") as address, ExitStack() as clients:
        app.state.executor._ranking.submit(lambda: hold.wait(10))
        disconnecting = [clients.enter_context(connect(address)) for _ in range(2 * len(requests))]
        for client, data in zip(disconnecting, requests * 2, strict=True):
            client.sendall(data)
        connected = clients.enter_context(connect(address))
        connected.sendall(requests[0].replace(b"q=a", b"q=maths"))
        while app.state.executor.in_flight <= len(disconnecting):
            time.sleep(0.01)
        for client in disconnecting:
            client.close()
        while app.state.executor.in_flight > 1:
            time.sleep(0.01)
        hold.set()
        assert read_response(connected).startswith(b"HTTP/1.1 200 ")
    assert [request.q for request in begun] == ["maths"]
    counted = generate_latest(app.state.metrics.registry).decode()
    assert sum(float(value) for value in re.findall(r'requests_total{.*status="499"} (\S+)', counted)) == len(
        disconnecting
    )
