"""How long may a client take, and how much may it send? What is slow or too much is told so where that helps, and cut
off: no client takes memory or a connection from the others."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from semsearch.api.auth.limits import identity_of_address
from semsearch.api.errors.problems import MEDIA_TYPE, problem
from semsearch.api.errors.security_headers import SECURITY_HEADERS

MOST_CONNECTIONS = 1_000
"""Open at once; one more is answered 503 and closed."""
MOST_OF_PEER = 100
"""Of them from one address, or of IPv6 one network, other than this machine."""
MOST_ADDRESS = 16 * 1024
"""Bytes of path and query."""
MOST_HEADERS = 32 * 1024
"""Bytes of all headers together."""
MOST_WAITING = 100
"""Requests sent ahead on one connection, before the first of them was answered; a browser sends none."""
HEADERS_SECONDS = 10.0
"""From the opening of a connection, or the first byte of a later request, to the end of its headers."""
BODY_SECONDS = 30.0
"""From then to the end of its body."""
UNREAD_SECONDS = 10.0
"""In which a client must have read something of an answer that waits for it."""
FAREWELL_SECONDS = 1.0
"""How long a client that was refused is still listened to: closed at once, what it sends would be answered by a reset,
and that may overtake the refusal."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a connection is not served."""

    status: HTTPStatus
    code: str
    detail: str
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self, common: Iterable[tuple[bytes, bytes]]) -> bytes:
        """All bytes of an answer that says so, with the common headers of the server."""
        name = uuid.uuid4().hex
        body = problem(name, self.status, self.code, self.detail).model_dump_json(exclude_none=True).encode()
        about = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Connection": "close"}
        own = {**about, **SECURITY_HEADERS, "X-Request-Id": name, **dict(self.headers)}
        lines = [*common, *((key.lower().encode(), value.encode()) for key, value in own.items())]
        head = b"".join(b"%b: %b\r\n" % line for line in lines)
        return STATUS_LINE[self.status] + head + b"\r\n" + body


ADDRESS_TOO_LONG = Refusal(
    HTTPStatus.REQUEST_URI_TOO_LONG,
    "address_too_long",
    f"the address has more than {MOST_ADDRESS} bytes; a long question may be sent as the body of a POST",
)
HEADERS_TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "headers_too_large",
    f"the headers have more than {MOST_HEADERS} bytes; send fewer, or fewer cookies",
)
MALFORMED = Refusal(HTTPStatus.BAD_REQUEST, "malformed_request", "this is no HTTP/1.1 request; see RFC 9112")
TOO_MANY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "too_many_connections",
    "too many connections are open, of all or from this address; try again in a second",
    (("Retry-After", "1"),),
)


_OPEN: Counter[str] = Counter()
"""Connections by peer."""


def _is_local(peer: str) -> bool:
    """Whether all who come through a web server on this machine come from there."""
    return peer == "" or peer.startswith("127.") or peer == identity_of_address("::1")


class _Refused(Exception):
    """Ends the parsing of a request."""


class GuardedProtocol(HttpToolsProtocol):
    """A connection. One timer looks after it, every few seconds at most; a request only writes down times."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._read_by = self._sent_by = math.inf
        self._unsent = 0
        self.url = b""
        self._in_body = self._deaf = False
        self._pending = 0
        """Bytes since the parser last told of anything whole: a part of the headers, or what stands around a body."""
        self._refusal = MALFORMED

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = "" if self.client is None else identity_of_address(self.client[0])
        _OPEN[self._peer] += 1
        too_many_of_peer = _OPEN[self._peer] > MOST_OF_PEER and not _is_local(self._peer)
        if len(self.connections) > MOST_CONNECTIONS or too_many_of_peer:
            self._deaf = True
            self._count(TOO_MANY.code)
            transport.write(TOO_MANY.answer(self.server_state.default_headers))
            transport.close()  # without a farewell: it is connections that are scarce
            return
        self._read_by = self.loop.time() + HEADERS_SECONDS
        self._timer = self.loop.call_at(self._read_by, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        _OPEN[self._peer] -= 1
        if not _OPEN[self._peer]:
            del _OPEN[self._peer]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._read_by == math.inf:
            self._read_by = self.loop.time() + HEADERS_SECONDS
        self._pending += len(data)
        super().data_received(data)
        if self._pending > MOST_ADDRESS and not self._deaf:
            self._weigh()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._unset_keepalive_if_required()
        if self._read_by == math.inf:  # it came together with the end of another
            self._read_by = self.loop.time() + HEADERS_SECONDS

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_body:  # what comes behind a body must not say who asks
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._pending > MOST_ADDRESS and len(self.url) > MOST_ADDRESS:
            self._refusal = ADDRESS_TOO_LONG
            raise _Refused
        if self._pending > MOST_HEADERS and sum(len(name) + len(value) + 4 for name, value in self.headers) > (
            MOST_HEADERS
        ):
            self._refusal = HEADERS_TOO_LARGE
            raise _Refused
        if len(self.pipeline) >= MOST_WAITING:
            raise _Refused
        super().on_headers_complete()
        self._in_body, self._pending = True, 0
        self._read_by += BODY_SECONDS - HEADERS_SECONDS

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body, self._pending, self._read_by = False, 0, math.inf
        if self.cycle.response_complete and not self.transport.is_closing():
            # It was answered before it was read to its end, and what came since has stopped the clock of keep-alive.
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unsent = self.transport.get_write_buffer_size()
        self._sent_by = self.loop.time() + UNREAD_SECONDS

    def resume_writing(self) -> None:
        super().resume_writing()
        self._sent_by = math.inf

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (what uvicorn calls where parsing fails)
        """Refuses what was sent, and listens no more."""
        self._deaf, self._read_by = True, math.inf
        self._count(self._refusal.code)
        unanswered = self.cycle is not None and not self.cycle.response_complete
        if not self._in_body and unanswered:
            self.cycle.keep_alive = False  # what came before is answered first, and then the connection is closed
        elif self._in_body and (self.pipeline or self.cycle.response_started):
            self.transport.close()  # nothing that is said now would be taken for an answer to this
        else:
            self._farewell(self._refusal.answer(self.server_state.default_headers))

    def _count(self, reason: str) -> None:
        if (metrics := self.app_state.get("metrics")) is not None:
            metrics.refused(reason)

    def _unsupported_upgrade_warning(self) -> None:
        """Answers as if there were no upgrade; the parser has stopped there, so what follows it cannot be read."""
        self._deaf = True
        self.cycle.keep_alive = False

    def _weigh(self) -> None:
        """Refuses headers that have no end."""
        if not self._in_body and len(self.url) > MOST_ADDRESS:
            self._refusal = ADDRESS_TOO_LONG
        elif self._pending > MOST_ADDRESS + MOST_HEADERS:
            self._refusal = HEADERS_TOO_LARGE
        else:
            return
        self.send_400_response("")

    def _farewell(self, answer: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_body:
            self.cycle.disconnected = True  # its app has nothing more to say
            self.cycle.message_event.set()
        self.flow.resume_reading()
        self.transport.write(answer)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._read_by = self.loop.time() + FAREWELL_SECONDS
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_at(self._read_by, self._look)

    def _look(self) -> None:
        """Cuts the connection off if the client is late, else looks again when it may be. No time is set to less than
        these seconds ahead, but for the farewell, which sets the timer itself; so this is never late."""
        now = self.loop.time()
        ahead = min(HEADERS_SECONDS, UNREAD_SECONDS)
        if self.transport.is_closing():
            self._read_by = math.inf
            if self._sent_by == math.inf:
                self._unsent, self._sent_by = self.transport.get_write_buffer_size(), now + UNREAD_SECONDS
        elif self.flow.read_paused and not self._deaf:
            self._read_by = max(self._read_by, now + ahead)  # it is we who take our time
        if self._sent_by <= now and (unsent := self.transport.get_write_buffer_size()) < self._unsent:
            self._unsent, self._sent_by = unsent, now + UNREAD_SECONDS  # it is slow, but it reads
        due = min(self._read_by, self._sent_by)
        if due <= now:
            if self._sent_by <= now or ((self._pending or self._in_body) and not self._deaf):  # else it was idle
                self._count("too_slow")
            self.transport.abort()
        else:
            self._timer = self.loop.call_at(min(due, now + ahead), self._look)
