"""Which requests come in? Those for this host, from who may ask, and not too often; the others are answered here."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from semsearch.api.auth import keys
from semsearch.api.auth.authenticator import Doorkeeper, WrongHost
from semsearch.api.auth.credentials import secret_of
from semsearch.api.errors import problems
from semsearch.api.errors.readers import PLAYGROUND, has_password, path_of
from semsearch.errors import SemsearchError

_ALWAYS = ("/healthz", "/readyz")
"""Asked by what watches over the service, by whatever name or address it knows."""
_OPEN = (*_ALWAYS, "/openapi.json")
_OF_THE_OWNER = ("/metrics", PLAYGROUND)


class Gate:
    """ASGI middleware. What it lets in has an :class:`~semsearch.api.auth.authenticator.Access` in its state."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, hosts: frozenset[str]) -> None:
        """``hosts``: names, in lower case, that the service is asked by; any, where there are none."""
        self._app, self._doorkeeper, self._hosts = app, doorkeeper, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, host, secret = path_of(scope), "", None
        for name, value in scope["headers"]:
            if name == b"host":
                host = _without_port(value.decode("latin-1").lower())
            elif name == b"authorization":
                secret = secret_of(value.decode("utf-8", "surrogateescape"), password=has_password(scope))
        try:
            if self._hosts and host not in self._hosts and path not in _ALWAYS:
                raise WrongHost(host)
            address = scope["client"][0] if scope.get("client") else None
            access = self._doorkeeper.admit(secret, _needed(path), address, time.monotonic())
        except SemsearchError as error:
            await problems.refused(scope, error, has_keys=self._doorkeeper.has_keys)(scope, receive, send)
            return
        scope["state"]["access"] = access

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(access.headers)
            await send(message)

        await self._app(scope, receive, send_with_limits if access.headers else send)


def _needed(path: str) -> keys.Scope | None:
    """What is not open to all needs a key, where there are keys."""
    if path in _OPEN or path.startswith("/web/"):
        return None
    return "admin" if path in _OF_THE_OWNER else "search"


def _without_port(host: str) -> str:
    """``[::1]:8000`` is ``::1``."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
