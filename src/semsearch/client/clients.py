"""How are calls sent and waited for? Over httpx: by a thread, or on an event loop."""

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
from semsearch.client.reading import Received, read
from semsearch.errors import InvalidRequest
from semsearch.posts import Post
from semsearch.search import RelatedResult, SearchResult, SuggestResult

T = TypeVar("T")
Awaited = Coroutine[Any, Any, T]


class _Service:
    """What both clients know of the service that they ask."""

    def __init__(self, address: str, key: str | None, timeout: float, retries: int) -> None:
        """Raises InvalidRequest for what cannot be used."""
        self.address = _address(address)
        self._headers = {"Accept": "application/json"} | _authorization(key)
        if not (isinstance(timeout, int | float) and 0 < timeout < math.inf):
            raise InvalidRequest("timeout", f"{timeout!r:.40} is not a number of seconds above 0")
        if not (isinstance(retries, int) and retries >= 0):
            raise InvalidRequest("retries", f"{retries!r:.40} is not a whole number from 0 on")
        self._timeout, self._retries = timeout, retries

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address!r})"

    def _attempts(self, call: Call[Any]) -> Attempts:
        return Attempts(self.address, call, self._headers, timeout=self._timeout, retries=self._retries)


class Client(_Service, ServiceMethods[SearchResult, RelatedResult, SuggestResult, Post]):
    """Asks a service as a Searcher is asked. May be used from many threads.

    ``address``: without ``/v1``. ``key`` is sent as a bearer token, to this address alone: redirects are not followed.
    ``timeout``: seconds for a whole call. ``retries``: how often it is tried again, as long as there is time, where the
    connection fails or the service has too much to do. Raises InvalidRequest for what cannot be used.

    >>> with Client("http://127.0.0.1:8000") as client:            # doctest: +SKIP
    ...     client.search("how do models do maths?").hits[0].title
    """

    def __init__(self, address: str, *, key: str | None = None, timeout: float = 5.0, retries: int = 2) -> None:
        super().__init__(address, key, timeout, retries)
        self._http = httpx.Client()

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, make: Callable[[], Call[Any]]) -> Any:
        call = make()
        attempts = self._attempts(call)
        while True:
            pause: float | None
            try:
                received = self._send(attempts)
            except httpx.RequestError as error:
                pause = attempts.pause_after_failure(error)
            else:
                if (pause := attempts.pause_after(received)) is None:
                    return read(self.address, call, received)
            time.sleep(pause)

    def _send(self, attempts: Attempts) -> Received:
        with contextlib.closing(self._http.send(attempts.request(), stream=True)) as response:
            body = b"".join(attempts.in_time(response.iter_bytes()))
        return Received(response.status_code, response.headers, body)


class AsyncClient(
    _Service, ServiceMethods[Awaited[SearchResult], Awaited[RelatedResult], Awaited[SuggestResult], Awaited[Post]]
):
    """A :class:`Client` whose answers are awaited. For one event loop of asyncio.

    >>> async with AsyncClient("http://127.0.0.1:8000") as client:            # doctest: +SKIP
    ...     (await client.search("how do models do maths?")).hits[0].title
    """

    def __init__(self, address: str, *, key: str | None = None, timeout: float = 5.0, retries: int = 2) -> None:
        super().__init__(address, key, timeout, retries)
        self._http = httpx.AsyncClient()

    async def close(self) -> None:
        """Ends its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, make: Callable[[], Call[Any]]) -> Any:
        call = make()
        attempts = self._attempts(call)
        while True:
            pause: float | None
            try:
                received = await self._send(attempts)
            except httpx.RequestError as error:
                pause = attempts.pause_after_failure(error)
            else:
                if (pause := attempts.pause_after(received)) is None:
                    return read(self.address, call, received)
            await asyncio.sleep(pause)

    async def _send(self, attempts: Attempts) -> Received:
        try:
            async with asyncio.timeout(attempts.left):
                response = await self._http.send(attempts.request())
        except TimeoutError as error:
            raise attempts.too_late() from error
        return Received(response.status_code, response.headers, response.content)


def _address(address: object) -> str:
    """Without the slash at its end."""
    try:
        url = httpx.URL(address) if isinstance(address, str) else None
    except httpx.InvalidURL as error:
        raise InvalidRequest("address", f"{address!r:.100} is no address: {error}") from error
    if url is None or url.scheme not in ("http", "https") or not url.host or {*"?#"} & {*str(url)}:
        raise InvalidRequest("address", f"{address!r:.100} is no address such as http://127.0.0.1:8000")
    if url.userinfo:
        raise InvalidRequest("address", "it holds a user name or password; give a key instead")
    return str(url).rstrip("/")


def _authorization(key: object) -> dict[str, str]:
    if key is None:
        return {}
    if not isinstance(key, str) or not key or not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidRequest("key", "it is not made of printable ASCII characters without spaces")  # never shown
    return {"Authorization": f"Bearer {key}"}
