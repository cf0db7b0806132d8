"""Who may ask what? A secret in, the key that it opens with out; of a secret, only its SHA-256 is known."""

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
"""Begins every secret that is made here, so that one that got somewhere else is known for what it is."""
MAX_SECRET_CHARACTERS = 256
"""A longer one is nobody's, and is not even hashed."""
MAX_RATE_PER_MINUTE = 1_000_000
_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Key:
    """What one secret opens. Raises InvalidRequest, which names the field and does not repeat a secret."""

    name: str
    """Of those who hold it, for logs and limits: 1 to 64 letters, digits and ``._-``."""
    sha256: str
    """Of the secret in UTF-8: 64 hexadecimal digits. It is long and random, so no slow hash is needed."""
    scopes: frozenset[Scope]
    """What may be asked for; at least one."""
    filter: Filter = NO_FILTER
    """The posts that there are for who holds it."""
    rate_per_minute: int | None = None
    """Requests; None leaves it to the service."""
    expires: dt.date | None = None
    """The last day on which it opens, in UTC."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name) or self.name.startswith(PREFIX):
            raise InvalidRequest("name", "this is no name; write 1 to 64 letters, digits and . _ - between them")
        digest = self.sha256.lower() if isinstance(self.sha256, str) else ""
        if not _DIGEST.fullmatch(digest):
            raise InvalidRequest(
                "sha256", "this is not 64 hexadecimal digits; write what semsearch key prints there, not the key itself"
            )
        object.__setattr__(self, "sha256", digest)
        if not self.scopes:
            raise InvalidRequest("scopes", f"none is there; write some of {', '.join(SCOPES)}")
        rate = self.rate_per_minute
        if rate is not None and (
            isinstance(rate, bool) or not isinstance(rate, int) or not 1 <= rate <= MAX_RATE_PER_MINUTE
        ):
            raise InvalidRequest("rate_per_minute", f"write a whole number from 1 to {MAX_RATE_PER_MINUTE}")

    def opens(self, day: dt.date) -> bool:
        """Whether it still does on a day."""
        return self.expires is None or day <= self.expires


def find(keys: Iterable[Key], secret: str, today: dt.date) -> Key | None:
    """The key that a secret opens with; None where there is none, or none any more.

    It is compared with every key, each in the same time, so that the time taken tells nothing of any.
    """
    if not 0 < len(secret) <= MAX_SECRET_CHARACTERS:
        return None
    digest, found = digest_of(secret), None
    for key in keys:
        if hmac.compare_digest(digest, key.sha256):
            found = key
    return found if found is not None and found.opens(today) else None


def digest_of(secret: str) -> str:
    """What is known of a secret. Half of a surrogate pair, which no UTF-8 can hold, is hashed too."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret() -> str:
    """A secret that nobody can guess: 256 random bits."""
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


def fields_of(key: Key) -> dict[str, Any]:
    """A key as the file of keys has it, in plain values; what is not said is left out."""
    fields = {
        "name": key.name,
        "sha256": key.sha256,
        "scopes": sorted(key.scopes, key=SCOPES.index),
        "filter": {name: _plain(value) for name, value in key.filter.fields().items()},
        "rate_per_minute": key.rate_per_minute,
        "expires": _plain(key.expires),
    }
    return {name: value for name, value in fields.items() if value}


def entry(key: Key) -> str:
    """The lines that say a key, to be put below ``keys:``."""
    lines = yaml.safe_dump(
        [fields_of(key)], sort_keys=False, default_flow_style=None, allow_unicode=True, width=100_000
    )
    return textwrap.indent(lines, "  ")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
