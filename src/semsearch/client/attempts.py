"""Retries and timeout of a call. Does no I/O itself."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import httpx

from semsearch.client.calls import Call
from semsearch.client.responses import RawResponse
from semsearch.errors import ServiceUnreachable

_RETRYABLE = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_FIRST_PAUSE = 0.2
"""Longest pause before the first retry, in seconds, if there is no ``Retry-After``; doubled for each further retry."""


class Attempts:
    """The attempts of one call. All calls only read, so any may be repeated."""

    def __init__(self, address: str, call: Call[Any], headers: dict[str, str], *, timeout: float, retries: int) -> None:
        """``timeout``: seconds for all attempts and the pauses between them."""
        self._address, self._call, self._headers = address, call, headers
        self._timeout, self._end = timeout, time.monotonic() + timeout
        self._pause, self._retries = _FIRST_PAUSE, retries

    @property
    def seconds_left(self) -> float:
        """Seconds until the timeout, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def request(self) -> httpx.Request:
        """Build the request of the next attempt."""
        # httpx normalises paths that it joins to a base URL, and would lose ids such as %2E%2E.
        return httpx.Request(
            "GET" if self._call.body is None else "POST",
            f"{self._address}{self._call.path}",
            headers=self._headers | ({} if self._call.body is None else {"Content-Type": "application/json"}),
            content=self._call.body,
            extensions={"timeout": _RemainingTimeout(self)},
        )

    def within_timeout(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks of a body. Raises ServiceUnreachable when the timeout has passed."""
        for chunk in chunks:
            if not self.seconds_left:
                raise self.timeout_error()
            yield chunk

    def pause_after(self, response: RawResponse) -> float | None:
        """Return the seconds until the next attempt; None if the response is final."""
        return self._next_pause(response.retry_after) if response.status in _RETRYABLE else None

    def pause_after_failure(self, error: httpx.RequestError) -> float:
        """Return the seconds until the next attempt. Raises ServiceUnreachable if the failure is final."""
        if isinstance(error, httpx.TimeoutException):
            raise self.timeout_error() from error
        is_retryable = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
        if not is_retryable or (pause := self._next_pause(None)) is None:
            raise ServiceUnreachable(self._address, str(error) or type(error).__name__) from error
        return pause

    def timeout_error(self) -> ServiceUnreachable:
        """Return the error for a call that timed out."""
        return ServiceUnreachable(self._address, f"it took longer than {self._timeout:g} seconds")

    def _next_pause(self, retry_after: float | None) -> float | None:
        if self._retries == 0:
            return None
        # Random, so that many clients do not retry at the same time.
        pause = random.uniform(self._pause / 2, self._pause) if retry_after is None else retry_after  # noqa: S311
        self._retries, self._pause = self._retries - 1, self._pause * 2
        return pause if pause < self.seconds_left else None


class _RemainingTimeout(dict[str, float]):
    """The timeouts of httpx, which looks one up at the start of each step: the time that is left at that moment."""

    def __init__(self, attempts: Attempts) -> None:
        super().__init__()
        self._attempts = attempts

    def get(self, step: str, default: object = None) -> float:  # noqa: ARG002
        return max(self._attempts.seconds_left, 0.001)  # 0 would make the socket non-blocking
