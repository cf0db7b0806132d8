"""HTTP connections with limits: how long a client may take, how much it may send, and how many connections it may open.

A client that is too slow, or sends too much, is refused or disconnected before it takes memory or connections from
others. A connection answers one request at a time, and reads no further meanwhile. Extends the protocol of uvicorn, of
which it uses as little as possible: tests/api/middleware/test_uvicorn.py lists the names.
"""

from __future__ import annotations

import asyncio
import math
import re
from typing import Any
from weakref import WeakKeyDictionary

import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from semsearch.api.auth.limits import identity_of_address
from semsearch.api.middleware.open_connections import Activity, OpenConnections
from semsearch.api.middleware.refusals import (
    HEADERS_TOO_LARGE,
    MALFORMED,
    MAX_HEADER_BYTES,
    MAX_URL_BYTES,
    OTHER_HOST,
    TOO_MANY_CONNECTIONS,
    UNSUPPORTED_CODING,
    UNSUPPORTED_VERSION,
    URL_TOO_LONG,
    Refusal,
)

MAX_CONNECTIONS = 1_000
"""Open connections. One more takes the place of the one that is idle longest."""
MAX_CONNECTIONS_PER_PEER = 100
"""Open connections from one address, for IPv6 one /64 network. Does not apply to this machine."""
MAX_SURPLUS_CONNECTIONS = 100
"""Open connections above these limits, if none can be closed to make room. They get health checks, and refusals."""
HEALTH_CHECKS = (b"/healthz", b"/readyz")
"""Paths that surplus connections may request."""
PARSED_BYTES = 512
"""Parsed at once, and of headers no more than those of one request. Nothing is parsed while a request waits for its
response, so hardly any requests wait with it."""
_AUTHORITY_END = re.compile(rb"[/?#]")
_END_OF_HEADERS = b"\r\n\r\n"
HEADERS_SECONDS = 10.0
"""Time limit for receiving all headers of a request. It starts when the connection opens, or at the first byte of a
later request on the same connection."""
BODY_SECONDS = 30.0
"""Time limit for receiving a whole request with its body. It starts as above."""
UNREAD_SECONDS = 10.0
"""Time limit for a client to read at least one byte of a response that waits in the send buffer."""
LINGER_SECONDS = 1.0
"""How long the input of a refused client is still read and discarded. If the connection were closed at once, further
input would be answered with a reset, which may overtake the refusal."""


_SERVERS: WeakKeyDictionary[ServerState, OpenConnections] = WeakKeyDictionary()
"""The open connections of each server in this process."""


def _is_local(peer: str) -> bool:
    """True for this machine: a web server on it forwards the requests of all clients."""
    return peer == "" or peer.startswith("127.") or peer == identity_of_address("::1")


class _RequestRefused(Exception):
    """Stops the parser."""


class _HeldFlowControl(FlowControl):
    """Does not resume reading as long as there is unparsed input."""

    is_held = False

    def resume_reading(self) -> None:
        if not self.is_held:
            super().resume_reading()

    def hold(self, *, is_held: bool) -> None:
        """Stop reading, or go on."""
        was_held, self.is_held = self.is_held, is_held
        if is_held:
            self.pause_reading()
        elif was_held:
            self.resume_reading()


class LimitedHttpProtocol(HttpToolsProtocol):
    """One connection.

    One timer per connection checks its deadlines every few seconds; a request only writes down times.
    """

    def __init__(
        self, *, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, Any], **rest: Any
    ) -> None:
        super().__init__(config=config, server_state=server_state, app_state=app_state, **rest)
        self._open_connections = _SERVERS.setdefault(server_state, OpenConnections())
        self._keep_alive_seconds, self._lifespan_state = config.timeout_keep_alive, app_state
        self._deadline_timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._read_deadline = self._write_deadline = math.inf
        self._unsent_bytes = 0
        self._url_bytes = 0
        """Of the URL of the request being read."""
        self._header_bytes = 0
        """Of its headers."""
        self._transfer_codings: list[bytes] = []
        """Values of its headers Transfer-Encoding."""
        self._hosts: list[bytes] = []
        """Values of its headers Host."""
        self._is_in_body = False
        self._ignores_input = False
        self._unparsed_bytes = 0
        """Bytes that the parser got since it last completed headers or a part of a body."""
        self._unparsed = bytearray()
        """Input that the parser has not got yet."""
        self._unanswered = 0
        """Requests whose headers are complete and whose response is not."""
        self._refusal = MALFORMED
        """What is sent if parsing fails."""

    # --- asyncio.Protocol ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._loop, self._transport = asyncio.get_running_loop(), transport
        name = transport.get_extra_info("peername")
        self._flow = self.flow = _HeldFlowControl(transport)
        peer = identity_of_address(str(name[0])) if name and isinstance(name, tuple) else ""
        has_room = self._open_connections.add(
            self,
            peer,
            limit=MAX_CONNECTIONS,
            limit_of_peer=None if _is_local(peer) else MAX_CONNECTIONS_PER_PEER,
            max_surplus=MAX_SURPLUS_CONNECTIONS,
        )
        if not has_room:
            self._ignores_input = True
            self._count_refusal(TOO_MANY_CONNECTIONS.code)
            transport.write(TOO_MANY_CONNECTIONS.to_response())
            transport.close()  # without lingering: connections are what is scarce
            return
        self._read_deadline = self._loop.time() + HEADERS_SECONDS
        self._deadline_timer = self._loop.call_at(self._read_deadline, self._check_deadlines)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline_timer is not None:
            self._deadline_timer.cancel()
        self._cancel_idle_timer()
        self._open_connections.remove(self)
        self._ignores_input = True
        self._unparsed.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._ignores_input:
            self._unparsed += data
            self._parse()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unsent_bytes = self._transport.get_write_buffer_size()
        self._write_deadline = self._loop.time() + UNREAD_SECONDS

    def resume_writing(self) -> None:
        super().resume_writing()
        self._write_deadline = math.inf

    # --- callbacks of the httptools parser ----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._cancel_idle_timer()
        self._url_bytes = self._header_bytes = 0
        self._transfer_codings, self._hosts = [], []
        if self._read_deadline == math.inf:  # it came together with the end of another request
            self._read_deadline = self._loop.time() + HEADERS_SECONDS

    def on_url(self, url: bytes) -> None:
        self._url_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_body:  # trailers are ignored: they must not replace the headers
            self._header_bytes += len(name) + len(value) + len(b": \r\n")
            match name.lower():
                case b"transfer-encoding":
                    self._transfer_codings.append(value.strip().lower())
                case b"host":
                    self._hosts.append(value.strip().lower())
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._open_connections.is_surplus(self) and self.url.partition(b"?")[0] not in HEALTH_CHECKS:
            self._refusal = TOO_MANY_CONNECTIONS
            raise _RequestRefused
        if self._url_bytes > MAX_URL_BYTES:
            self._refusal = URL_TOO_LONG
            raise _RequestRefused
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refusal = HEADERS_TOO_LARGE
            raise _RequestRefused
        if (refusal := self._ambiguity()) is not None:
            self._refusal = refusal
            raise _RequestRefused
        super().on_headers_complete()  # raises if the URL is invalid
        self._is_in_body, self._unparsed_bytes = True, 0
        self._unanswered += 1
        self._read_deadline += BODY_SECONDS - HEADERS_SECONDS

    def on_body(self, body: bytes) -> None:
        self._unparsed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_body, self._unparsed_bytes, self._read_deadline = False, 0, math.inf
        if not self._unanswered:
            # The response was sent before the end of the body, whose arrival then stopped the keep-alive timer of
            # uvicorn.
            self._cancel_idle_timer()
            self._idle_timer = self._loop.call_later(self._keep_alive_seconds, self._transport.close)

    def _ambiguity(self) -> Refusal | None:
        """Why a web server in front may understand the request differently; None if it cannot (RFC 9112)."""
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            return UNSUPPORTED_VERSION
        if self._transfer_codings and (self._transfer_codings != [b"chunked"] or version == "1.0"):
            return UNSUPPORTED_CODING
        _, separator, rest = self.url.partition(b"://")
        if self.url.startswith(b"/") or not separator:
            return None
        return OTHER_HOST if self._hosts != [_AUTHORITY_END.split(rest, maxsplit=1)[0].lower()] else None

    # --- hooks of uvicorn ---------------------------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        self._unanswered -= 1
        super().on_response_complete()
        if self._unparsed and not self._unanswered and not self._transport.is_closing():
            self._open_connections.wait_for_turn(self._parse)
        else:
            self._note_activity()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse the request that cannot be parsed, and read no more requests."""
        self._ignores_input, self._read_deadline = True, math.inf
        self._count_refusal(self._refusal.code)
        if self._unanswered and not self._is_in_body:
            self.shutdown()  # closes the connection after the responses to the requests before
        elif self._is_in_body and (self._unanswered > 1 or self.cycle.response_started):
            self._transport.close()  # a refusal would be taken for the response to another request, or a part of it
        else:
            self._refuse()

    def _unsupported_upgrade_warning(self) -> None:
        """Ignore the upgrade, and close the connection after the response: the parser stops here."""
        self._ignores_input = True
        self.shutdown()

    # --- input --------------------------------------------------------------------------------------------------------

    def _parse(self) -> None:
        """Parse the input up to a request that waits for its response, and read no more until then."""
        while self._unparsed and not self._ignores_input and (self._is_in_body or not self._unanswered):
            piece = self._next_piece()
            self._cancel_idle_timer()
            if self._read_deadline == math.inf:
                self._read_deadline = self._loop.time() + HEADERS_SECONDS
            self._unparsed_bytes += len(piece)
            super().data_received(piece)
            if self._unparsed_bytes > MAX_URL_BYTES and not self._ignores_input:
                self._check_incomplete_headers()
        if self._ignores_input:
            self._unparsed.clear()
        if not self._transport.is_closing():
            self._flow.hold(is_held=bool(self._unparsed))
            self._note_activity()

    def _next_piece(self) -> bytes:
        """Take the input that is to be parsed next. Outside of a body, it contains the end of at most one request."""
        size = PARSED_BYTES
        if not self._is_in_body and (end := self._unparsed.find(_END_OF_HEADERS, 0, PARSED_BYTES)) >= 0:
            size = end + len(_END_OF_HEADERS)
        piece = bytes(self._unparsed[:size])
        del self._unparsed[:size]
        return piece

    def _note_activity(self) -> None:
        if self._unanswered and not self._is_in_body:
            activity = Activity.WORKING
        elif self._is_in_body or self._unparsed_bytes:
            activity = Activity.RECEIVING
        else:
            activity = Activity.IDLE
        self._open_connections.set_activity(self, activity)

    # --- limits -------------------------------------------------------------------------------------------------------

    def _count_refusal(self, reason: str) -> None:
        if (metrics := self._lifespan_state.get("metrics")) is not None:
            metrics.count_refusal(reason)

    def close_to_make_room(self) -> None:
        """Close the connection, which waits for its client, since another needs its place."""
        self._count_refusal(TOO_MANY_CONNECTIONS.code)
        self._ignores_input = True
        self._transport.abort()

    def _cancel_idle_timer(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _check_incomplete_headers(self) -> None:
        """Refuse headers that are too large before they are complete."""
        if not self._is_in_body and self._url_bytes > MAX_URL_BYTES:
            self._refusal = URL_TOO_LONG
        elif self._unparsed_bytes > MAX_URL_BYTES + MAX_HEADER_BYTES:
            self._refusal = HEADERS_TOO_LARGE
        else:
            return
        self.send_400_response("")

    def _refuse(self) -> None:
        """Send the refusal, and close the connection once the client has had time to read it."""
        if self._transport.is_closing():
            return
        if self._is_in_body:  # the application must not send anything after the refusal
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not self._transport.is_reading():
            self._transport.resume_reading()
        self._transport.write(self._refusal.to_response())
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._read_deadline = self._loop.time() + LINGER_SECONDS
        if self._deadline_timer is not None:
            self._deadline_timer.cancel()
        self._deadline_timer = self._loop.call_at(self._read_deadline, self._check_deadlines)

    def _check_deadlines(self) -> None:
        """Disconnect a client that missed a deadline; otherwise schedule the next check.

        Checks are at most ``interval`` apart, and no deadline is set closer than that, so none is noticed late. Only
        :meth:`_refuse` sets a closer one, and the timer with it.
        """
        now = self._loop.time()
        interval = min(HEADERS_SECONDS, UNREAD_SECONDS)
        if self._transport.is_closing():
            self._read_deadline = math.inf
            if self._write_deadline == math.inf:
                self._unsent_bytes = self._transport.get_write_buffer_size()
                self._write_deadline = now + UNREAD_SECONDS
        elif not self._transport.is_reading() and not self._ignores_input:
            self._read_deadline = max(
                self._read_deadline, now + interval
            )  # reading is paused here, so the client is not late
        if self._write_deadline <= now and (unsent := self._transport.get_write_buffer_size()) < self._unsent_bytes:
            self._unsent_bytes, self._write_deadline = unsent, now + UNREAD_SECONDS  # slow, but it reads
        deadline = min(self._read_deadline, self._write_deadline)
        if deadline <= now:
            was_idle = not self._unparsed_bytes and not self._is_in_body
            if self._write_deadline <= now or not (was_idle or self._ignores_input):
                self._count_refusal("too_slow")
            self._transport.abort()
        else:
            self._deadline_timer = self._loop.call_at(min(deadline, now + interval), self._check_deadlines)
