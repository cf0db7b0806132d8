"""How large may a body be? What is larger is refused before it is read, or as soon as that is seen."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from semsearch.api.errors.body_refused import BodyRefused

MOST = 16 * 1024 * 1024
"""Bytes of a body. The longest text that is valid passes, even if every character is written as two JSON escapes, which
is 12 bytes: 50 examples of 20,000 characters, 1,000 ids of 200, and 200 tags and authors of 200 are 1,240,000
characters, so 14,880,000 bytes, and some for what stands between them (search/requests.py, api/v1/parameters.py)."""
MOST_TOGETHER = 8 * MOST
"""Bytes of the bodies of all requests under way."""
SMALL = 64 * 1024
"""Bytes of a body that is let in even then: who sends large ones must not keep out who asks a question."""


MOST_AROUND = 64 * 1024
"""Bytes of a body outside of its texts. Where all is valid it has some 1,300 values, so a fifth of this even where each
stands on a line of its own; to parse millions of empty lists would hold up the event loop for seconds."""


def _too_large() -> BodyRefused:
    detail = f"the body has more than {MOST} bytes; send fewer or shorter texts"
    return BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)


def _too_many_values() -> BodyRefused:
    detail = f"the body has more than {MOST_AROUND} bytes outside of its texts; send fewer values"
    return BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)


def _too_much() -> BodyRefused:
    detail = "too many large bodies are being read; try again in a second"
    return BodyRefused(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", detail, {"Retry-After": "1"})


class Around:
    """Counts the bytes of JSON that stand outside of its texts, as it comes in, in whatever pieces."""

    def __init__(self) -> None:
        self.count = 0
        self._inside, self._rest = False, b""

    def add(self, piece: bytes) -> None:
        piece = self._rest + piece
        backslashes = len(piece) - len(piece.rstrip(b"\\"))
        self._rest = piece[len(piece) - backslashes % 2 :]  # what it escapes comes next
        plain = piece[: len(piece) - backslashes % 2].replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = plain.split(b'"')
        self.count += sum(map(len, parts[self._inside :: 2]))
        self._inside ^= len(parts) % 2 == 0


class BodyLimit:
    """ASGI middleware. The connection is kept: the server reads on and throws away, within the time that a body has
    (api/middleware/connections.py). To close it would reset it, and most clients would lose the answer."""

    def __init__(self, app: ASGIApp, refused: Callable[[Request, BodyRefused], Response]) -> None:
        self._app, self._refused = app, refused
        self._together = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declared(scope) > MOST:
            await self._refused(Request(scope), _too_large())(scope, receive, send)
            return
        size, around = 0, Around()

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            if came := len(message.get("body", b"")):
                size += came
                self._together += came
                if size > MOST:
                    raise _too_large()
                around.add(message["body"])
                if around.count > MOST_AROUND:
                    raise _too_many_values()
                if size > SMALL and self._together > MOST_TOGETHER:
                    raise _too_much()
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._together -= size


def _declared(scope: Scope) -> int:
    """Bytes that the client says will come; 0 where it does not say."""
    values = (value for name, value in scope["headers"] if name == b"content-length")
    value = next(values, b"")
    return int(value) if value.isdigit() else 0
