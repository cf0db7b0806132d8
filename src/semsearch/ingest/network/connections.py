"""HTTP connections that lead to public addresses only, and that end in time.

A host name is resolved once per connection. All of its addresses are checked, and the socket connects to one of them,
not to the name, so that no second DNS answer counts. TLS and the ``Host`` header use the name. Proxies of the
environment are not used, since they would resolve the name themselves.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from semsearch.errors import PrivateAddress, ServerFailed
from semsearch.ingest.network.addresses import is_local_name, why_not_public
from semsearch.ingest.network.clock import Clock

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port → IP addresses. Raises OSError where there are none."""
_CONNECT_SECONDS = 10.0
_STEP_SECONDS = 30.0
"""Longest wait for the next bytes."""
_MIN_TIMEOUT = 0.001
"""Seconds. A timeout of 0 would make the socket non-blocking."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Resolve a host name with the resolver of the system."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Connections:
    """A pool of connections for one thread."""

    def __init__(self, *, allow_private: bool, request_seconds: float, clock: Clock, resolve: Resolve) -> None:
        self._deadline = _Deadline(clock)
        self._seconds = request_seconds
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            network_backend=_GuardedBackend(resolve, self._deadline, allow_private=allow_private),
            max_connections=4,
            keepalive_expiry=30.0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.close()

    @contextmanager
    def get(self, url: httpx.URL, headers: Mapping[str, str]) -> Iterator[httpcore.Response]:
        """Send a GET request. Does not follow redirects, and yields the response before its body is read.

        Raises PrivateAddress, and httpcore's TimeoutException, NetworkError and ProtocolError, also while the body is
        read.
        """
        self._deadline.start(self._seconds)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        steps = {"connect": _CONNECT_SECONDS, "read": _STEP_SECONDS, "write": _STEP_SECONDS, "pool": _STEP_SECONDS}
        all_headers = {"Host": url.netloc.decode("ascii"), **headers}
        with self._pool.stream(
            "GET", target, headers=list(all_headers.items()), extensions={"timeout": steps}
        ) as response:
            yield response


@functools.cache
def _tls() -> ssl.SSLContext:
    """The trusted authorities: those of certifi, or of ``SSL_CERT_FILE``."""
    return httpx.create_ssl_context()


class _Deadline:
    """When the current request has to be over."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._end = clock, 0.0

    def start(self, seconds: float) -> None:
        self._end = self._clock.monotonic() + seconds

    def limit(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
        """Return the timeout of a step. Raises ``error`` when the time of the request is over."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise error("the time for one request is over")
        return max(_MIN_TIMEOUT, left if timeout is None else min(timeout, left))


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, resolve: Resolve, deadline: _Deadline, *, allow_private: bool) -> None:
        self._resolve, self._deadline, self._allow_private = resolve, deadline, allow_private
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            limit = self._deadline.limit(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._sockets.connect_tcp(address, port, limit, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        if not self._allow_private and is_local_name(host):
            raise PrivateAddress(host, "a name of the local network")
        try:
            ipaddress.ip_address(host)
            addresses: Sequence[str] = [host]
        except ValueError:
            addresses = self._resolved(host, port)
        if not self._allow_private:
            for address in addresses:
                what = why_not_public(address)
                if what is not None:
                    raise PrivateAddress(host, f"{address}, {what}")
        return addresses

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        try:
            return self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise httpcore.ConnectError(f"the address of {host} cannot be resolved now") from error
            raise ServerFailed(host, "there is no host of this name, or its name server does not respond") from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class _TimedStream(httpcore.NetworkStream):
    """A stream whose steps end at the deadline, however slowly the bytes arrive."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.limit(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._deadline.limit(timeout, httpcore.ConnectTimeout)
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, limit)
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):  # retrying at once would not help
                raise ServerFailed(str(server_hostname), f"its certificate is not valid ({error})") from error
            raise
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
