"""When is a call tried again, and when is it given up? The state of one call, which sends nothing itself."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import httpx

from semsearch.client.calls import Call
from semsearch.client.reading import Received
from semsearch.errors import ServiceUnreachable

_MAY_PASS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_FIRST_PAUSE = 0.2
"""Seconds at most before the second attempt, where the service names none; twice as long before each one after it."""


class Attempts:
    """One call, from the first attempt to its end. Asking changes nothing, so that any call may be sent twice."""

    def __init__(self, address: str, call: Call[Any], headers: dict[str, str], *, timeout: float, retries: int) -> None:
        """``timeout``: seconds for all attempts together, and the pauses between them."""
        self._address, self._call, self._headers = address, call, headers
        self._timeout, self._end = timeout, time.monotonic() + timeout
        self._pause, self._retries = _FIRST_PAUSE, retries

    @property
    def left(self) -> float:
        """Seconds, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def request(self) -> httpx.Request:
        """What to send next."""
        # The whole address at once: what httpx joins to a base loses ids such as %2E%2E.
        return httpx.Request(
            "GET" if self._call.body is None else "POST",
            f"{self._address}{self._call.path}",
            headers=self._headers | ({} if self._call.body is None else {"Content-Type": "application/json"}),
            content=self._call.body,
            extensions={"timeout": _Left(self)},
        )

    def in_time(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """The parts of a body as they come. Raises ServiceUnreachable where they come too slowly."""
        for part in parts:
            if not self.left:
                raise self.too_late()
            yield part

    def pause_after(self, received: Received) -> float | None:
        """Seconds until the next attempt; None where what came is the answer."""
        return self._next_pause(received.retry_after) if received.status in _MAY_PASS else None

    def pause_after_failure(self, error: httpx.RequestError) -> float:
        """The same where nothing came, or only a part. Raises ServiceUnreachable where that was the last attempt."""
        if isinstance(error, httpx.TimeoutException):
            raise self.too_late() from error
        passing = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
        if not passing or (pause := self._next_pause(None)) is None:
            raise ServiceUnreachable(self._address, str(error) or type(error).__name__) from error
        return pause

    def too_late(self) -> ServiceUnreachable:
        """The error for a call whose time is up."""
        return ServiceUnreachable(self._address, f"it took longer than {self._timeout:g} seconds")

    def _next_pause(self, told: float | None) -> float | None:
        if self._retries == 0:
            return None
        # By chance, so that many programs do not come back all at once.
        pause = random.uniform(self._pause / 2, self._pause) if told is None else told  # noqa: S311
        self._retries, self._pause = self._retries - 1, self._pause * 2
        return pause if pause < self.left else None


class _Left(dict[str, float]):
    """The timeouts of httpx, which are for each step of an attempt, and asked for when it begins: what is left then."""

    def __init__(self, attempts: Attempts) -> None:
        super().__init__()
        self._attempts = attempts

    def get(self, step: str, default: object = None) -> float:  # noqa: ARG002
        return max(self._attempts.left, 0.001)  # 0 would be another kind of socket
