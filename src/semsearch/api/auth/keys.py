"""API keys: scopes, filter, rate limit and expiry. Only the SHA-256 of a secret is stored."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import yaml

from semsearch.errors import InvalidRequest
from semsearch.index import NO_FILTER, Filter

Scope = Literal["search", "feedback", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

PREFIX = "ssk_"
"""Starts every secret, so that a leaked one is recognised (secret scanning)."""
MAX_SECRET_CHARACTERS = 256
"""A longer secret is refused without being hashed."""
MAX_RATE_PER_MINUTE = 1_000_000
_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Key:
    """An API key. Raises InvalidRequest, which names the field and never contains a secret."""

    name: str
    """Shown in logs, and the identity of its rate limit: 1 to 64 letters, digits and ``._-``."""
    sha256: str
    """Of the secret in UTF-8: 64 hexadecimal digits. A secret is long and random, so no slow hash is needed."""
    scopes: frozenset[Scope]
    """At least one."""
    filter: Filter = NO_FILTER
    """The posts that requests with this key may see."""
    rate_per_minute: int | None = None
    """None: the limit per client address applies."""
    expires: dt.date | None = None
    """The last day on which the key is valid, in UTC."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name) or self.name.startswith(PREFIX):
            raise InvalidRequest(
                "name", "not a valid name; write 1 to 64 letters, digits and . _ - and start with a letter or digit"
            )
        digest = self.sha256.lower() if isinstance(self.sha256, str) else ""
        if not _DIGEST.fullmatch(digest):
            raise InvalidRequest(
                "sha256", "not 64 hexadecimal digits; write the sha256 that semsearch key prints, not the key itself"
            )
        object.__setattr__(self, "sha256", digest)
        if not self.scopes:
            raise InvalidRequest("scopes", f"missing; write at least one of {', '.join(SCOPES)}")
        rate = self.rate_per_minute
        if rate is not None and (
            isinstance(rate, bool) or not isinstance(rate, int) or not 1 <= rate <= MAX_RATE_PER_MINUTE
        ):
            raise InvalidRequest("rate_per_minute", f"write a whole number from 1 to {MAX_RATE_PER_MINUTE}")

    def is_valid_on(self, day: dt.date) -> bool:
        """True unless the key has expired before this day."""
        return self.expires is None or day <= self.expires


def find(keys: Iterable[Key], secret: str, today: dt.date) -> Key | None:
    """The key of a secret; None if there is none, or it has expired.

    The secret is compared with every key in constant time, so that the duration reveals nothing about the keys.
    """
    if not 0 < len(secret) <= MAX_SECRET_CHARACTERS:
        return None
    digest, found = digest_of(secret), None
    for key in keys:
        if hmac.compare_digest(digest, key.sha256):
            found = key
    return found if found is not None and found.is_valid_on(today) else None


def digest_of(secret: str) -> str:
    """The SHA-256 of a secret, in hexadecimal. A lone surrogate, which UTF-8 cannot encode, is hashed too."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret() -> str:
    """A secret with 256 random bits."""
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


def fields_of(key: Key) -> dict[str, Any]:
    """The entry of a key in a keys file, as plain values; empty fields are left out."""
    fields = {
        "name": key.name,
        "sha256": key.sha256,
        "scopes": sorted(key.scopes, key=SCOPES.index),
        "filter": {name: _plain(value) for name, value in key.filter.parameters().items()},
        "rate_per_minute": key.rate_per_minute,
        "expires": _plain(key.expires),
    }
    return {name: value for name, value in fields.items() if value}


def entry(key: Key) -> str:
    """The entry of a key in a keys file, as lines of YAML to put below ``keys:``."""
    lines = yaml.safe_dump(
        [fields_of(key)], sort_keys=False, default_flow_style=None, allow_unicode=True, width=100_000
    )
    return textwrap.indent(lines, "  ")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
