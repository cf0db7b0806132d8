"""ASGI middleware that admits a request by its host, API key and rate limit, or answers it with an error."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from semsearch.api.auth import keys
from semsearch.api.auth.authenticator import Authenticator, InvalidHeader, RateLimitExceeded, WrongHost
from semsearch.api.auth.credentials import secret_of
from semsearch.api.errors import problems
from semsearch.api.errors.negotiation import PLAYGROUND, accepts_basic_auth, path_of
from semsearch.errors import SemsearchError
from semsearch.serving.executor import REFUSAL_DELAY_SECONDS

_ANY_HOST = ("/healthz", "/readyz")
"""Requested by monitoring, under whatever name or address it knows."""
_PUBLIC = (*_ANY_HOST, "/openapi.json")
_ADMIN = ("/metrics", PLAYGROUND)
_SINGLE = {
    name.lower().encode(): name
    for name in ("Host", "Authorization", "Content-Length", "Content-Type", "Origin", "Sec-Fetch-Site")
}
"""Headers that access control or parsing depends on, by lower-case name. A request may have each of them once."""
_HOST = re.compile(rb"(\[[\da-fA-F:.]+\]|[\w.~!$&'()*+,;=%-]*)(:\d*)?")
"""RFC 3986, 3.2.2. No user name, path or query: a URL made of it would lead elsewhere."""


class AccessMiddleware:
    """Sets ``access`` in the state of an admitted request: an :class:`~semsearch.api.auth.authenticator.Access`."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator, hosts: frozenset[str]) -> None:
        """``hosts``: allowed host names, in lower case; empty allows any."""
        self._app, self._authenticator, self._hosts = app, authenticator, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = path_of(scope)
        try:
            headers = _single_headers(scope)
            host, secret = _host(headers), None
            if b"host" not in headers and scope["http_version"] == "1.1" and path not in _ANY_HOST:
                raise InvalidHeader("Host", "is missing; send the name of this service")
            if (header := headers.get(b"authorization")) is not None:
                secret = secret_of(header.decode("utf-8", "surrogateescape"), accepts_basic=accepts_basic_auth(scope))
            if self._hosts and host not in self._hosts and path not in _ANY_HOST:
                raise WrongHost(host)
            address = scope["client"][0] if scope.get("client") else None
            access = self._authenticator.authorize(secret, _required_scope(path), address, time.monotonic())
        except SemsearchError as error:
            response = problems.access_denied_response(scope, error, has_keys=self._authenticator.has_keys)
            if isinstance(error, RateLimitExceeded):
                await asyncio.sleep(REFUSAL_DELAY_SECONDS)
            await response(scope, receive, send)
            return
        scope["state"]["access"] = access

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(access.headers)
            await send(message)

        await self._app(scope, receive, send_with_limits if access.headers else send)


def _required_scope(path: str) -> keys.Scope | None:
    """The scope that requests for a path need; None if anybody may send them."""
    if path in _PUBLIC or path.startswith("/web/"):
        return None
    return "admin" if path in _ADMIN else "search"


def _single_headers(scope: Scope) -> dict[bytes, bytes]:
    """The headers of ``_SINGLE`` that the request has. Raises InvalidHeader if one is there twice (RFC 9112, 3.2)."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _SINGLE:
            if name in headers:
                raise InvalidHeader(_SINGLE[name], "is there more than once; send it once")
            headers[name] = value
    return headers


def _host(headers: Mapping[bytes, bytes]) -> str:
    """The host that the request names, in lower case; empty without one. Raises InvalidHeader."""
    value = headers.get(b"host", b"").strip()
    if not _HOST.fullmatch(value):
        raise InvalidHeader("Host", "is not a host name with or without a port; send the name of this service")
    return _without_port(value.decode("ascii").lower())


def _without_port(host: str) -> str:
    """The host of a ``Host`` header: ``::1`` for ``[::1]:8000``."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
