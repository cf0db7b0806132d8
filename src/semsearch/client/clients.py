"""The synchronous and the asynchronous client, over httpx."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from semsearch.client.attempts import Attempts
from semsearch.client.calls import Call
from semsearch.client.methods import ServiceMethods
from semsearch.client.responses import RawResponse, parse
from semsearch.errors import InvalidRequest
from semsearch.plain_values import shown
from semsearch.posts import Post
from semsearch.search import RelatedResult, SearchResult, SuggestResult

T = TypeVar("T")
Awaited = Coroutine[Any, Any, T]


class _BaseClient:
    """The configuration that both clients share."""

    def __init__(self, address: str, key: str | None, timeout: float, retries: int) -> None:
        """Check the configuration. Raises InvalidRequest for an invalid value."""
        self.address = _address(address)
        self._headers = {"Accept": "application/json"} | _authorization(key)
        if not (isinstance(timeout, int | float) and 0 < timeout < math.inf):
            raise InvalidRequest("timeout", f"{shown(timeout)} is not a number of seconds above 0")
        if not (isinstance(retries, int) and retries >= 0):
            raise InvalidRequest("retries", f"{shown(retries)} is not a whole number of at least 0")
        self._timeout, self._retries = timeout, retries

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address!r})"

    def _attempts(self, call: Call[Any]) -> Attempts:
        return Attempts(self.address, call, self._headers, timeout=self._timeout, retries=self._retries)


class Client(_BaseClient, ServiceMethods[SearchResult, RelatedResult, SuggestResult, Post]):
    """A client with the methods of a ``Searcher``. Thread-safe.

    ``address``: the URL of the service, without ``/v1``. ``key``: an API key, sent as a bearer token to this address
    only; redirects are not followed. ``timeout``: seconds for a whole call, including retries. ``retries``: how often a
    call is repeated after a failed connection or while the service is overloaded. Raises InvalidRequest for an invalid
    value.

    >>> with Client("http://127.0.0.1:8000") as client:            # doctest: +SKIP
    ...     client.search("how do models do maths?").hits[0].title
    """

    def __init__(self, address: str, *, key: str | None = None, timeout: float = 5.0, retries: int = 2) -> None:
        super().__init__(address, key, timeout, retries)
        self._http = httpx.Client()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, make_call: Callable[[], Call[Any]]) -> Any:
        call = make_call()
        attempts = self._attempts(call)
        while True:
            pause: float | None
            try:
                response = self._attempt(attempts)
            except httpx.RequestError as error:
                pause = attempts.pause_after_failure(error)
            else:
                if (pause := attempts.pause_after(response)) is None:
                    return parse(self.address, call, response)
            time.sleep(pause)

    def _attempt(self, attempts: Attempts) -> RawResponse:
        with contextlib.closing(self._http.send(attempts.request(), stream=True)) as response:
            body = b"".join(attempts.within_timeout(response.iter_bytes()))
        return RawResponse(response.status_code, response.headers, body)


class AsyncClient(
    _BaseClient, ServiceMethods[Awaited[SearchResult], Awaited[RelatedResult], Awaited[SuggestResult], Awaited[Post]]
):
    """The asynchronous form of :class:`Client`. For use in one asyncio event loop.

    >>> async with AsyncClient("http://127.0.0.1:8000") as client:            # doctest: +SKIP
    ...     (await client.search("how do models do maths?")).hits[0].title
    """

    def __init__(self, address: str, *, key: str | None = None, timeout: float = 5.0, retries: int = 2) -> None:
        super().__init__(address, key, timeout, retries)
        self._http = httpx.AsyncClient()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(self, make_call: Callable[[], Call[Any]]) -> Any:
        call = make_call()
        attempts = self._attempts(call)
        while True:
            pause: float | None
            try:
                response = await self._attempt(attempts)
            except httpx.RequestError as error:
                pause = attempts.pause_after_failure(error)
            else:
                if (pause := attempts.pause_after(response)) is None:
                    return parse(self.address, call, response)
            await asyncio.sleep(pause)

    async def _attempt(self, attempts: Attempts) -> RawResponse:
        try:
            async with asyncio.timeout(attempts.seconds_left):
                response = await self._http.send(attempts.request())
        except TimeoutError as error:
            raise attempts.timeout_error() from error
        return RawResponse(response.status_code, response.headers, response.content)


def _address(address: object) -> str:
    """Check an address and remove trailing slashes."""
    try:
        url = httpx.URL(address) if isinstance(address, str) else None
    except httpx.InvalidURL as error:
        raise InvalidRequest("address", f"{shown(address)} is not a URL: {error}") from error
    if url is None or url.scheme not in ("http", "https") or not url.host or {*"?#"} & {*str(url)}:
        raise InvalidRequest("address", f"{shown(address)} is not a URL such as http://127.0.0.1:8000")
    if url.userinfo:
        raise InvalidRequest("address", "it contains a user name or password; give a key instead")
    return str(url).rstrip("/")


def _authorization(key: object) -> dict[str, str]:
    if key is None:
        return {}
    if not isinstance(key, str) or not key or not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidRequest(
            "key", "it is not made of printable ASCII characters without spaces"
        )  # the message never contains the key
    return {"Authorization": f"Bearer {key}"}
