"""What happens to every request? It gets a name, is timed, counted and told of, and its answer gets the common
headers."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from semsearch.api.errors.security_headers import SECURITY_HEADERS
from semsearch.api.operations.logs import RequestLog
from semsearch.search.results import new_request_id
from semsearch.serving.metrics import Metrics

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

_RAW = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class EveryRequest:
    """ASGI middleware; the outermost, so that even a failure is named, timed and counted."""

    def __init__(self, app: ASGIApp, metrics: Metrics, requests: RequestLog | None = None) -> None:
        self._app, self._metrics, self._requests = app, metrics, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = new_request_id()
        scope.setdefault("state", {}).update(request_id=request_id, started=started)
        status, sent = 500, 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_RAW, (b"x-request-id", request_id.encode())]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = time.perf_counter() - started
            self._metrics.observe(route, method, status, seconds)
            if self._requests is not None:
                sent = 0 if method == "HEAD" else sent  # the server leaves it out
                self._requests.tell(
                    scope["state"], route=route, method=method, status=status, seconds=seconds, sent=sent
                )
