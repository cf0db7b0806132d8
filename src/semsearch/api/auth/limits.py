"""How often may one ask? Who asks, and when, in; yes or no out, and what is left."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

SECONDS = 60.0
BURSTS = 6
"""Into which the requests of a minute are divided: what came together once may come together again ten seconds
later. A page that loads asks several things at once; a whole minute's worth at once would hold others up."""
_CROWD = ""
"""What all are counted as that there is no room for."""
_LOOKED_AT = 2
"""Identities that are looked at for each new one: more than come, so that those that can be forgotten are found."""
_CLOSE = 1e-6
"""Seconds that a request may come too early: floating point is no better with the clock of a machine."""
_MAX_ADDRESS_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody may ask."""

    allowed: bool
    """Whether the request may be answered."""
    limit: int
    """Requests that may come at once."""
    window_seconds: int
    """In which so many come back."""
    remaining: int
    """Requests that may come now, after this one."""
    reset_seconds: int
    """Until all may."""
    retry_after: int
    """Seconds until one may, rounded up; 0 where this one did."""


class Limiter:
    """Lets each identity ask at a rate, by the generic cell rate algorithm: of each, one number is kept, the time at
    which all that it may ask will be there again. Used from one thread.

    Whoever is still short of requests is never forgotten, however many others come. Those that come while it is full
    share one allowance, until others have theirs back.
    """

    def __init__(self, most_identities: int = 100_000) -> None:
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """In the order in which they are to be looked at."""
        self._most = most_identities

    def __len__(self) -> int:
        """Identities that are known."""
        return len(self._full_at)

    def ask(self, identity: str, per_minute: int, now: float) -> Allowance:
        """Counts one request, if it is allowed. ``now``: seconds, of any clock; one that goes back only forgives.

        ``per_minute``: what may come in the long run, at least 1; at once, a sixth of it, and always one.
        """
        each, burst = SECONDS / per_minute, max(1, per_minute // BURSTS)
        if identity not in self._full_at:
            identity = self._room_for(identity, now)
        full_at = min(max(self._full_at.get(identity, now), now), now + burst * each)
        latest = now + (burst - 1) * each
        wait = full_at - latest
        allowed = wait <= _CLOSE
        if allowed:
            full_at = min(full_at, latest) + each  # what is too early by a rounding must not add up
        self._full_at[identity] = full_at
        return Allowance(
            allowed=allowed,
            limit=burst,
            window_seconds=math.ceil(burst * each),
            remaining=max(0, math.floor((now - full_at + _CLOSE) / each) + burst),
            reset_seconds=math.ceil(full_at - now),
            retry_after=0 if allowed else math.ceil(wait),
        )

    def _room_for(self, identity: str, now: float) -> str:
        """The identity, or that of the crowd where there is no room for it."""
        for _ in range(min(_LOOKED_AT, len(self._full_at))):
            known, full_at = self._full_at.popitem(last=False)
            if now < full_at <= now + SECONDS + _CLOSE:  # later than that is a clock that went back
                self._full_at[known] = full_at  # behind all others
        return identity if len(self._full_at) < self._most else _CROWD


def headers(allowance: Allowance, policy: str) -> dict[str, str]:
    """What an answer says of it, by draft-ietf-httpapi-ratelimit-headers; ``policy`` names what is limited."""
    fields = {
        "RateLimit-Policy": f'"{policy}";q={allowance.limit};w={allowance.window_seconds}',
        "RateLimit": f'"{policy}";r={allowance.remaining};t={allowance.reset_seconds}',
    }
    return fields if allowance.allowed else fields | {"Retry-After": str(allowance.retry_after)}


def identity_of_address(host: str | None) -> str:
    """Who is at an address: of IPv6, all of a /64, since that is what one connection has to itself."""
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
