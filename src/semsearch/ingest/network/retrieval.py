"""One document of the web: redirects, retries, decompression and limits."""

from __future__ import annotations

import email.utils
import importlib.metadata
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpcore
import httpx

from semsearch.errors import FetchFailed, ServerFailed
from semsearch.ingest.network.clock import Clock
from semsearch.ingest.network.compression import GZIP_START, TooManyBytes, decompress, read_limited
from semsearch.ingest.network.connections import Connections
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.robots import AGENT
from semsearch.ingest.network.urls import parse_url

SUCCESS = (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION)
RETRIED = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_REDIRECTS = (
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
)
_FIRST_BACKOFF = 1.0
"""Seconds before the first retry where the server does not say; doubled for each further one."""
_SHORT = re.compile("[0-9]{1,4}")
"""The ``Content-Length`` of an unwanted body that is read nevertheless, so that the connection can be used again."""
_SENDABLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
"""Values that a header may have."""
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([A-Za-z0-9_.:-]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said about the copy that is stored, for a conditional request."""

    url: str
    """Where the copy came from, after redirects."""
    etag: str | None
    last_modified: str | None

    def headers(self, url: httpx.URL) -> dict[str, str]:
        """Return the headers that ask for a newer document only."""
        if str(url) != self.url:
            return {}
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value and _SENDABLE.fullmatch(value)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, and what is read of the response."""

    accept: str
    """The ``Accept`` header."""
    max_bytes: int
    accepts_type: Callable[[str], bool]
    """Whether a media type, empty if unknown, is read; the body of others is not."""
    may_redirect: Callable[[httpx.URL], bool] = lambda _: True
    """Whether a redirect to this address is followed."""
    is_cut: bool = False
    """Whether only the first ``max_bytes`` of a longer document are read. Otherwise it is an error."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response after redirects and retries."""

    url: httpx.URL
    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes
    """Decompressed. Empty unless the status is 200 or 203 and the media type is wanted."""

    @property
    def media_type(self) -> str:
        """The ``Content-Type`` without parameters, in lower case; empty if missing."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The ``charset`` of the ``Content-Type``."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found[1].lower() if found else None


class Retriever:
    """Gets documents, one at a time."""

    def __init__(
        self, connections: Connections, limits: Limits, clock: Clock, before_request: Callable[[httpx.URL], None]
    ) -> None:
        """``before_request`` is called before each request, redirects and retries included. It waits for the turn of
        the host, and may raise an error to prevent the request."""
        self._connections, self._limits, self._clock = connections, limits, clock
        self._before_request = before_request
        self._agent = f"{AGENT}/{importlib.metadata.version('semsearch')}"
        self.received_bytes = 0
        """Bytes of all bodies so far, decompressed."""

    def get(self, url: httpx.URL, wanted: Wanted, validators: Validators | None = None) -> Response:
        """Get a document. Any status other than a redirect is returned.

        Raises FetchFailed, of which ServerFailed is the case that may pass, PrivateAddress, and what
        ``before_request`` raises.
        """
        visited = {str(url)}
        for _ in range(self._limits.redirects + 1):
            response = self._with_retries(url, wanted, validators)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                return response
            target = parse_url(location, base=url)
            if not wanted.may_redirect(target):
                raise FetchFailed(str(url), f"it leads to another site, {target}")
            if str(target) in visited:
                raise FetchFailed(str(url), "its redirects form a circle")
            visited.add(str(target))
            url = target
        raise FetchFailed(str(url), f"there are more than {self._limits.redirects} redirects")

    def _with_retries(self, url: httpx.URL, wanted: Wanted, validators: Validators | None) -> Response:
        backoff, retries = _FIRST_BACKOFF, self._limits.retries
        while True:
            self._before_request(url)
            try:
                response = self._once(url, wanted, validators)
            except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
                if not retries:
                    raise ServerFailed(str(url), _reason(error)) from error
                pause = backoff
            else:
                pause = self._retry_after(response, backoff)
                if response.status not in RETRIED or not retries or pause > self._limits.longest_pause:
                    return response
            self._clock.sleep(pause)
            retries, backoff = retries - 1, backoff * 2

    def _once(self, url: httpx.URL, wanted: Wanted, validators: Validators | None) -> Response:
        headers = {"User-Agent": self._agent, "Accept": wanted.accept, "Accept-Encoding": "gzip"}
        with self._connections.get(url, headers | (validators.headers(url) if validators else {})) as received:
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in received.headers}
            response = Response(url, received.status, found, b"")
            if response.status not in SUCCESS or not wanted.accepts_type(response.media_type):
                if _SHORT.fullmatch(found.get("content-length", "")):
                    received.read()
                return response
            body = self._body(url, received, found.get("content-encoding", ""), wanted)
        self.received_bytes += len(body)
        return Response(url, response.status, found, body)

    def _body(self, url: httpx.URL, received: httpcore.Response, encoding: str, wanted: Wanted) -> bytes:
        chunks = received.iter_stream()
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip"):
            raise FetchFailed(str(url), f"the server compresses with {encoding}, although only gzip was asked for")
        limit, is_cut = wanted.max_bytes, wanted.is_cut
        try:
            body = read_limited(decompress(chunks) if "gzip" in name else chunks, limit, is_cut=is_cut)
            if body.startswith(GZIP_START):  # a compressed file, such as sitemap.xml.gz
                body = read_limited(decompress([body]), limit, is_cut=is_cut)
        except zlib.error as error:
            raise FetchFailed(str(url), f"it cannot be decompressed: {error}") from error
        except TooManyBytes as error:
            raise FetchFailed(str(url), f"it is larger than {limit / 1024**2:g} MiB") from error
        return body

    def _retry_after(self, response: Response, backoff: float) -> float:
        """Seconds until the next attempt: what the server says, or ``backoff``."""
        value = response.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - self._clock.now())
        except (ValueError, OverflowError):
            return backoff


def _reason(error: Exception) -> str:
    if isinstance(error, httpcore.TimeoutException):
        return "it took too long"
    return str(error) or type(error).__name__
