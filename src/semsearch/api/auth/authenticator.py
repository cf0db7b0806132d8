"""May this be asked, and by whom? What a request brings in; what there is for who sent it out, or a refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from semsearch.api.auth.keyring import Keyring
from semsearch.api.auth.keys import SCOPES, Key, Scope
from semsearch.api.auth.limits import Allowance, Limiter, headers, identity_of_address
from semsearch.errors import SemsearchError
from semsearch.index import NO_FILTER, Filter

_HOW = "send one as Authorization: Bearer …"


@dataclass(frozen=True, slots=True)
class Access:
    """What there is for who asks."""

    scopes: frozenset[Scope]
    filter: Filter = NO_FILTER
    """The posts that there are for them."""
    key_name: str | None = None
    """None for who has no key."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What the answer says of limits."""


class KeyMissing(SemsearchError):
    """Something is asked that nobody may without a key."""

    def __init__(self) -> None:
        super().__init__(f"a key is needed here; {_HOW}")


class KeyUnknown(SemsearchError):
    """A key came that opens nothing, or nothing any more."""

    def __init__(self) -> None:
        super().__init__("this key opens nothing here, or does not any more; ask who runs this service for one")


class ScopeMissing(SemsearchError):
    """A key came that opens something else."""

    def __init__(self, scope: Scope, key_name: str | None) -> None:
        whose = "without a key" if key_name is None else f"with the key {key_name!r}"
        super().__init__(f"this is not for who comes {whose}; a key of the scope {scope!r} opens it: {_HOW}")


class WrongHost(SemsearchError):
    """A request is for another host: it went astray, or a page made a browser send it here under a name of its own."""

    def __init__(self, host: str) -> None:
        super().__init__(f"this service is not known as {host[:100]!r}; if it should be, add it to SEMSEARCH_HOSTS")


class TooOften(SemsearchError):
    """More is asked than a limit allows."""

    def __init__(self, allowance: Allowance, policy: str) -> None:
        self.headers = headers(allowance, policy)
        super().__init__(
            f"more than {allowance.limit} requests within {allowance.window_seconds} s by one {policy}; "
            f"try again in {allowance.retry_after} s"
        )


class Doorkeeper:
    """Knows the keys, and who asked how often. Used from the event loop alone."""

    def __init__(self, keyring: Keyring | None, *, public: bool, rate_per_minute: int) -> None:
        """Without keys, all that asks is let in, to search and to see how the service is. ``public``: anybody may
        search, without a key; the rest needs one. ``rate_per_minute``: for each address; 0 for no limit."""
        self._keyring, self._rate = keyring, rate_per_minute
        self.has_keys = keyring is not None
        open_to_all: tuple[Scope, ...] = ("search",) if public else SCOPES if keyring is None else ()
        self.anybody = Access(frozenset(open_to_all))
        self._by_key, self._by_address = Limiter(), Limiter()  # addresses must not push keys out

    def admit(self, secret: str | None, needed: Scope | None, address: str | None, now: float) -> Access:
        """Who sent a request, and that it may be answered. ``now``: seconds of any clock.

        Raises KeyMissing, KeyUnknown, ScopeMissing or TooOften.
        """
        key = self._keyring.find(secret, dt.datetime.now(dt.UTC).date()) if self._keyring and secret else None
        access = self.anybody if key is None else Access(key.scopes, key.filter, key.name)
        if needed is None:
            return access
        allowed = self._counted(key, address, now)
        if key is None and self._keyring and secret:
            raise KeyUnknown
        if needed not in access.scopes:
            raise ScopeMissing(needed, access.key_name) if key or needed == "admin" else KeyMissing
        return Access(access.scopes, access.filter, access.key_name, allowed) if allowed else access

    def _counted(self, key: Key | None, address: str | None, now: float) -> Mapping[str, str]:
        """What the answer says of limits; nothing where there is none."""
        if key is not None and key.rate_per_minute is not None:
            policy, allowance = "key", self._by_key.ask(key.name, key.rate_per_minute, now)
        elif self._rate:
            policy, allowance = "address", self._by_address.ask(identity_of_address(address), self._rate, now)
        else:
            return {}
        if not allowance.allowed:
            raise TooOften(allowance, policy)
        return headers(allowance, policy)
