"""Decides whether a request is allowed, by its API key, the scope it needs and the rate limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from semsearch.api.auth.keyring import Keyring
from semsearch.api.auth.keys import SCOPES, Key, Scope
from semsearch.api.auth.limits import Allowance, RateLimiter, identity_of_address, rate_limit_headers
from semsearch.errors import SemsearchError
from semsearch.index import NO_FILTER, Filter

_HOW_TO_SEND = "send one as Authorization: Bearer …"


def _charge_nothing(_: int) -> None:
    """Count no more requests, since there is no limit."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a request may do."""

    scopes: frozenset[Scope]
    filter: Filter = NO_FILTER
    """The posts that it may see."""
    key_name: str | None = None
    """None for a request without a key."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Rate limit headers of the response."""
    charge: Callable[[int], None] = field(default=_charge_nothing, compare=False)
    """Counts the request as so many more against its rate limit, since it costs more than others."""


class KeyMissing(SemsearchError):
    """The request needs an API key and has none."""

    def __init__(self) -> None:
        super().__init__(f"an API key is needed here; {_HOW_TO_SEND}")


class KeyUnknown(SemsearchError):
    """The API key of the request is unknown or expired."""

    def __init__(self) -> None:
        super().__init__("this API key is unknown or expired; ask the operator of this service for a new one")


class ScopeMissing(SemsearchError):
    """The request lacks a scope, with its API key or without one."""

    def __init__(self, scope: Scope, key_name: str | None) -> None:
        sender = "a request without an API key" if key_name is None else f"the API key {key_name!r}"
        super().__init__(f"{sender} lacks the scope {scope!r}; a key with this scope is needed: {_HOW_TO_SEND}")


class InvalidHeader(SemsearchError):
    """A header that decides what the request may do is ambiguous or invalid. A proxy may understand it differently."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the header {name} {reason}")


class WrongHost(SemsearchError):
    """The request is for a host name that is not one of the service: it was misdirected, or it is DNS rebinding."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host[:100]!r} is not a host name of this service; if it should be, add it to SEMSEARCH_HOSTS"
        )


class RateLimitExceeded(SemsearchError):
    """A rate limit is exceeded."""

    def __init__(self, allowance: Allowance, policy: str) -> None:
        self.headers = rate_limit_headers(allowance, policy)
        super().__init__(
            f"more than {allowance.limit} requests within {allowance.window_seconds} s by one {policy}; "
            f"try again in {allowance.retry_after} s"
        )


class Authenticator:
    """Checks API keys and counts requests. Not thread-safe: used from the event loop alone."""

    def __init__(self, keyring: Keyring | None, *, public: bool, rate_per_minute: int) -> None:
        """Without a keyring, requests need no key and have all scopes.

        ``public``: requests without a key have the scope ``search`` alone, with or without a keyring.
        ``rate_per_minute``: limit per client address; 0 for none.
        """
        self._keyring, self._rate_per_minute = keyring, rate_per_minute
        self.has_keys = keyring is not None
        scopes: tuple[Scope, ...] = ("search",) if public else SCOPES if keyring is None else ()
        self._keyless_access = Access(frozenset(scopes))
        # Two limiters, so that many addresses cannot evict keys.
        self._key_limiter, self._address_limiter = RateLimiter(), RateLimiter()

    def authorize(self, secret: str | None, scope: Scope | None, address: str | None, now: float) -> Access:
        """Authorize a request that needs ``scope``, count it against its rate limit, and return its access.

        A request that needs no scope is always allowed and not counted.

        ``secret``: the one that was sent; ``address``: of the client; ``now``: seconds on any clock. Raises KeyMissing,
        KeyUnknown, ScopeMissing or RateLimitExceeded.
        """
        key = self._keyring.find(secret, dt.datetime.now(dt.UTC).date()) if self._keyring and secret else None
        access = self._keyless_access if key is None else Access(key.scopes, key.filter, key.name)
        if scope is None:
            return access
        headers, charge = self._count(key, address, now)
        if key is None and self._keyring and secret:
            raise KeyUnknown
        if scope not in access.scopes:
            raise ScopeMissing(scope, access.key_name) if key or scope == "admin" else KeyMissing
        return Access(access.scopes, access.filter, access.key_name, headers, charge) if headers else access

    def _count(self, key: Key | None, address: str | None, now: float) -> tuple[dict[str, str], Callable[[int], None]]:
        """Count a request. Returns its rate limit headers, empty if there is no limit, and what counts more requests.

        Raises RateLimitExceeded.
        """
        if key is not None and key.rate_per_minute is not None:
            policy, limiter, identity, per_minute = "key", self._key_limiter, key.name, key.rate_per_minute
        elif self._rate_per_minute:
            policy, limiter, identity = "address", self._address_limiter, identity_of_address(address)
            per_minute = self._rate_per_minute
        else:
            return {}, _charge_nothing
        allowance = limiter.acquire(identity, per_minute, now)
        if not allowance.allowed:
            raise RateLimitExceeded(allowance, policy)
        headers = rate_limit_headers(allowance, policy)

        def charge(requests: int) -> None:
            headers.update(rate_limit_headers(limiter.charge(identity, per_minute, requests, now), policy))

        return headers, charge
