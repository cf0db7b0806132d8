"""ASGI middleware that limits the size of request bodies, of each one and of all together."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from semsearch.api.errors.body_refused import BodyRefused

MAX_BODY_BYTES = 4 * 1024 * 1024
"""The largest valid body is smaller, even with every character written as two JSON escapes of 6 bytes: texts of
20,000 characters, 1,050 ids of 200, and 200 tags and authors of 200 are 270,000 characters, so 3,240,000 bytes, plus
the JSON around them (search/requests.py, api/v1/parameters.py)."""
MAX_TOTAL_BYTES = 8 * MAX_BODY_BYTES
"""Of the bodies of all requests in flight."""
SMALL_BODY_BYTES = 64 * 1024
"""A body up to this size is read even if the total is reached: large bodies must not block searches."""
MAX_JSON_OVERHEAD_BYTES = 64 * 1024
"""Bytes of a body outside of JSON strings. The largest valid body has some 1,300 values, which need a fifth of this
even with one value per line. Without this limit, parsing millions of empty lists would block the event loop for
seconds."""


def _body_too_large() -> BodyRefused:
    detail = f"the body has more than {MAX_BODY_BYTES} bytes; send fewer or shorter texts"
    return BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)


def _too_many_values() -> BodyRefused:
    detail = f"the body has more than {MAX_JSON_OVERHEAD_BYTES} bytes outside of its strings; send fewer values"
    return BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)


def _compressed() -> BodyRefused:
    detail = "the body is compressed; send it without Content-Encoding"
    return BodyRefused(HTTPStatus.BAD_REQUEST, "compressed_body", detail)


def _not_utf_8() -> BodyRefused:
    # A raw NUL is in no JSON of UTF-8, but in that of UTF-16, whose quotation marks JsonOverheadCounter does not know.
    return BodyRefused(HTTPStatus.BAD_REQUEST, "invalid_json", "the body is not JSON in UTF-8")


def _total_too_large() -> BodyRefused:
    detail = "too many large bodies are being read; try again in a second"
    return BodyRefused(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", detail, {"Retry-After": "1"})


class JsonOverheadCounter:
    """Counts the bytes of JSON outside of strings, while the JSON arrives in chunks of any size."""

    def __init__(self) -> None:
        self.count = 0
        self._is_in_string, self._rest = False, b""

    def add(self, chunk: bytes) -> None:
        chunk = self._rest + chunk
        backslashes = len(chunk) - len(chunk.rstrip(b"\\"))
        self._rest = chunk[len(chunk) - backslashes % 2 :]  # the character that it escapes is in the next chunk
        unescaped = chunk[: len(chunk) - backslashes % 2].replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = unescaped.split(b'"')
        self.count += sum(map(len, parts[self._is_in_string :: 2]))
        self._is_in_string ^= len(parts) % 2 == 0


class BodyLimitMiddleware:
    """Refuses bodies that are compressed or not in UTF-8, and those that are too large, by their Content-Length or as
    soon as too many bytes have arrived.

    The connection stays open: the server reads and discards the rest, within the time limit for bodies
    (api/middleware/connections.py). Closing it would reset it, and most clients would lose the response.
    """

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, BodyRefused], Response]) -> None:
        """``refuse`` creates the response to a request whose Content-Length is too large."""
        self._app, self._refuse = app, refuse
        self._total_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _content_length(scope) > MAX_BODY_BYTES:
            await self._refuse(Request(scope), _body_too_large())(scope, receive, send)
            return
        if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in scope["headers"]):
            await self._refuse(Request(scope), _compressed())(scope, receive, send)
            return
        size, overhead = 0, JsonOverheadCounter()

        async def receive_within_limits() -> Message:
            nonlocal size
            message = await receive()
            if chunk_size := len(message.get("body", b"")):
                size += chunk_size
                self._total_bytes += chunk_size
                if size > MAX_BODY_BYTES:
                    raise _body_too_large()
                if b"\0" in message["body"]:
                    raise _not_utf_8()
                overhead.add(message["body"])
                if overhead.count > MAX_JSON_OVERHEAD_BYTES:
                    raise _too_many_values()
                if size > SMALL_BODY_BYTES and self._total_bytes > MAX_TOTAL_BYTES:
                    raise _total_too_large()
            return message

        try:
            await self._app(scope, receive_within_limits, send)
        finally:
            self._total_bytes -= size


def _content_length(scope: Scope) -> int:
    """The Content-Length of a request; 0 if it has none."""
    values = (value for name, value in scope["headers"] if name == b"content-length")
    value = next(values, b"")
    return int(value) if value.isdigit() else 0
