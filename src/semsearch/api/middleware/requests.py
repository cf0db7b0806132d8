"""ASGI middleware that gives each request an id, adds the common response headers, and records metrics and log."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from semsearch.api.errors.security_headers import SECURITY_HEADERS
from semsearch.api.operations.logs import RequestLog
from semsearch.search.results import new_request_id
from semsearch.serving.metrics import Metrics

_KNOWN_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class RequestMiddleware:
    """The outermost middleware, so that refusals and failures have an id and are recorded too.

    Sets ``request_id`` and ``started`` (``time.perf_counter``) in the state of each request.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, request_log: RequestLog | None = None) -> None:
        self._app, self._metrics, self._request_log = app, metrics, request_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = new_request_id()
        scope.setdefault("state", {}).update(request_id=request_id, started=started)
        status, sent_bytes = 500, 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_RAW_HEADERS, (b"x-request-id", request_id.encode())]
            sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _KNOWN_METHODS else "other"
            seconds = time.perf_counter() - started
            self._metrics.observe_request(route, method, status, seconds)
            if self._request_log is not None:
                sent_bytes = 0 if method == "HEAD" else sent_bytes  # the server sends no body to HEAD
                self._request_log.write(
                    scope["state"], route=route, method=method, status=status, seconds=seconds, sent_bytes=sent_bytes
                )
