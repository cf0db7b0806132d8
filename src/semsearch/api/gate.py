"""Which requests come in? Those for this host, from who may ask, and not too often; the others are answered here."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from semsearch.api import keys, problems
from semsearch.api.access import Doorkeeper
from semsearch.errors import SemsearchError

_ALWAYS = ("/healthz", "/readyz")
"""Asked by what watches over the service, by whatever name or address it knows."""
_BEARER = "bearer "


class WrongHost(SemsearchError):
    """A request is for another host: it went astray, or a page made a browser send it here under a name of its own."""

    def __init__(self, host: str) -> None:
        super().__init__(f"this service is not known as {host[:100]!r}; if it should be, add it to SEMSEARCH_HOSTS")


class Gate:
    """ASGI middleware. What it lets in has an :class:`~semsearch.api.access.Access` in its state."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, hosts: frozenset[str]) -> None:
        """``hosts``: names, in lower case, that the service is asked by; any, where there are none."""
        self._app, self._doorkeeper, self._hosts = app, doorkeeper, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, host, secret = scope["path"], "", None
        for name, value in scope["headers"]:
            if name == b"host":
                host = _without_port(value.decode("latin-1").lower())
            elif name == b"authorization":
                text = value.decode("utf-8", "surrogateescape")
                secret = text[len(_BEARER) :].strip() if text[: len(_BEARER)].lower() == _BEARER else None
        try:
            if self._hosts and host not in self._hosts and path not in _ALWAYS:
                raise WrongHost(host)
            address = scope["client"][0] if scope.get("client") else None
            access = self._doorkeeper.admit(secret, _needed(path), address, time.monotonic())
        except SemsearchError as error:
            await problems.refused(error, scope["state"]["request_id"])(scope, receive, send)
            return
        scope["state"].update(access=access, key_name=access.key_name)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(access.headers)
            await send(message)

        await self._app(scope, receive, send_with_limits if access.headers else send)


def _needed(path: str) -> keys.Scope | None:
    if path.startswith("/v1/") or path in ("/", "/search"):
        return "search"
    return "admin" if path == "/metrics" else None


def _without_port(host: str) -> str:
    """``[::1]:8000`` is ``::1``."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
