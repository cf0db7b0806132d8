"""Rate limits by identity: an API key or a client address."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

PERIOD_SECONDS = 60.0
BURSTS_PER_PERIOD = 6
"""A burst is a sixth of the requests of a minute, and is allowed again after ten seconds. A page sends several requests
at once; a whole minute's requests at once would delay those of others."""
_OVERFLOW = ""
"""The identity shared by all clients that there is no room for."""
_CHECKED_PER_INSERT = 2
"""Identities checked for eviction per new one: more than one, so that checks outpace inserts."""
_TOLERANCE_SECONDS = 1e-6
"""How much too early a request may be: the precision of floating point on the clock of a machine."""
_MAX_ADDRESS_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Allowance:
    """The decision on a request, and what its identity may send next."""

    allowed: bool
    limit: int
    """Requests allowed at once."""
    window_seconds: int
    """Seconds after which ``limit`` more requests are allowed."""
    remaining: int
    """Requests allowed now, after this one."""
    reset_seconds: int
    """Until the full limit is available."""
    retry_after: int
    """Seconds until a request is allowed, rounded up; 0 if this one was."""


class RateLimiter:
    """Limits the rate per identity by the generic cell rate algorithm. Not thread-safe.

    One number is stored per identity: the time at which its whole limit is restored (the theoretical arrival time of
    the algorithm). An identity that has used some of its limit is never evicted. While there is no room for more,
    all new identities share one limit.
    """

    def __init__(self, max_identities: int = 100_000) -> None:
        self._restored_at: OrderedDict[str, float] = OrderedDict()
        """In the order in which they are checked for eviction."""
        self._max_identities = max_identities

    def __len__(self) -> int:
        """The number of identities stored."""
        return len(self._restored_at)

    def acquire(self, identity: str, per_minute: int, now: float) -> Allowance:
        """Decide on a request, and count it if it is allowed.

        ``per_minute``: long-term rate, at least 1; a sixth of it, at least 1, is allowed at once. ``now``: seconds on
        any clock; if it goes back, no wait is longer than a minute.
        """
        interval, burst = _interval_and_burst(per_minute)
        if identity not in self._restored_at:
            identity = self._identity_with_room(identity, now)
        restored_at = min(max(self._restored_at.get(identity, now), now), now + PERIOD_SECONDS)
        latest = now + (burst - 1) * interval
        wait = restored_at - latest
        allowed = wait <= _TOLERANCE_SECONDS
        if allowed:
            restored_at = min(restored_at, latest) + interval  # so that tolerated earliness does not add up
        self._restored_at[identity] = restored_at
        return _allowance(per_minute, restored_at - now, retry_after=0 if allowed else math.ceil(wait))

    def charge(self, identity: str, per_minute: int, requests: int, now: float) -> Allowance:
        """Count an allowed request as so many more requests, even beyond those that are allowed now.

        The identity then waits until they are paid for, at most a minute. The other parameters are those of the request
        in :meth:`acquire`.
        """
        interval, _ = _interval_and_burst(per_minute)
        if identity not in self._restored_at:
            identity = _OVERFLOW
        restored_at = max(self._restored_at.get(identity, now), now) + requests * interval
        self._restored_at[identity] = restored_at = min(restored_at, now + PERIOD_SECONDS)
        return _allowance(per_minute, restored_at - now, retry_after=0)

    def _identity_with_room(self, identity: str, now: float) -> str:
        """Evict identities whose limit is restored, and return the identity, or the shared one if there is no room."""
        for _ in range(min(_CHECKED_PER_INSERT, len(self._restored_at))):
            checked, restored_at = self._restored_at.popitem(last=False)
            if (
                now < restored_at <= now + PERIOD_SECONDS + _TOLERANCE_SECONDS
            ):  # a later time means that the clock went back
                self._restored_at[checked] = restored_at  # to the end of the order
        return identity if len(self._restored_at) < self._max_identities else _OVERFLOW


def _interval_and_burst(per_minute: int) -> tuple[float, int]:
    """Return the seconds after which one more request is allowed, and how many are allowed at once."""
    return PERIOD_SECONDS / per_minute, max(1, per_minute // BURSTS_PER_PERIOD)


def _allowance(per_minute: int, reset_seconds: float, retry_after: int) -> Allowance:
    """Return the allowance of an identity whose whole limit is restored after some seconds."""
    interval, burst = _interval_and_burst(per_minute)
    return Allowance(
        allowed=retry_after == 0,
        limit=burst,
        window_seconds=math.ceil(burst * interval),
        remaining=max(0, math.floor((_TOLERANCE_SECONDS - reset_seconds) / interval) + burst),
        reset_seconds=math.ceil(reset_seconds),
        retry_after=retry_after,
    )


def rate_limit_headers(allowance: Allowance, policy: str) -> dict[str, str]:
    """The response headers of draft-ietf-httpapi-ratelimit-headers; ``policy`` names the kind of identity."""
    fields = {
        "RateLimit-Policy": f'"{policy}";q={allowance.limit};w={allowance.window_seconds}',
        "RateLimit": f'"{policy}";r={allowance.remaining};t={allowance.reset_seconds}',
    }
    return fields if allowance.allowed else fields | {"Retry-After": str(allowance.retry_after)}


def identity_of_address(host: str | None) -> str:
    """The identity of a client address: for IPv6 its /64 network, since one subscriber has all of it."""
    if not host or host == "unix":
        return "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:_MAX_ADDRESS_CHARACTERS]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))
