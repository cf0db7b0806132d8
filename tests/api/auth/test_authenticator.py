from __future__ import annotations

import pytest

from semsearch.api.auth.authenticator import (
    Access,
    Authenticator,
    KeyMissing,
    KeyUnknown,
    RateLimitExceeded,
    ScopeMissing,
)
from semsearch.api.auth.keyring import Keyring
from semsearch.api.auth.keys import Key, Scope, digest_of, entry
from semsearch.index import Filter

NORTH = Filter(tags=("north",))


def keyring() -> Keyring:
    """Three keys, whose secrets are their names."""
    keys = (
        Key("site", digest_of("site"), frozenset({"search"})),
        Key("north", digest_of("north"), frozenset({"search"}), NORTH, rate_per_minute=6),
        Key("owner", digest_of("owner"), frozenset({"admin"})),
    )
    return Keyring(text="keys:\n" + "".join(map(entry, keys)))


def authenticator(*, keys: bool, public: bool = False, rate: int = 0) -> Authenticator:
    return Authenticator(keyring() if keys else None, public=public, rate_per_minute=rate)


def authorize(
    authenticator: Authenticator, secret: str | None = None, scope: Scope | None = "search", now: float = 0.0
) -> Access:
    return authenticator.authorize(secret, scope, "192.0.2.7", now)


def test_without_a_keyring_all_requests_are_allowed_and_secrets_are_ignored() -> None:
    for secret in (None, "anything"):
        for scope in ("search", "admin", None):
            assert authorize(authenticator(keys=False), secret, scope).key_name is None


def test_with_a_keyring_requests_need_a_key() -> None:
    with pytest.raises(KeyMissing, match="Authorization: Bearer"):
        authorize(authenticator(keys=True))
    with pytest.raises(ScopeMissing, match="'admin'"):
        authorize(authenticator(keys=True), None, "admin")
    assert authorize(authenticator(keys=True), None, None).scopes == set()


def test_a_key_gives_access_to_its_scopes() -> None:
    assert authorize(authenticator(keys=True), "site").key_name == "site"
    assert authorize(authenticator(keys=True), "owner", "admin").key_name == "owner"
    assert authorize(authenticator(keys=True), "north").filter == NORTH
    with pytest.raises(ScopeMissing, match="the API key 'site' lacks"):
        authorize(authenticator(keys=True), "site", "admin")
    with pytest.raises(ScopeMissing, match="the API key 'owner' lacks"):
        authorize(authenticator(keys=True), "owner")


def test_an_unknown_key_is_refused_even_if_none_is_needed() -> None:
    """A mistyped key must not be treated as no key."""
    for public in (True, False):
        with pytest.raises(KeyUnknown):
            authorize(authenticator(keys=True, public=public), "site2")
        assert authorize(authenticator(keys=True, public=public), "site2", None).key_name is None


def test_on_a_public_service_requests_without_a_key_may_search_alone() -> None:
    for keys in (True, False):
        assert authorize(authenticator(keys=keys, public=True)).scopes == {"search"}
        with pytest.raises(ScopeMissing):
            authorize(authenticator(keys=keys, public=True), None, "admin")
    assert authorize(authenticator(keys=True, public=True), "north").filter == NORTH


def test_a_key_may_have_a_rate_limit_of_its_own_instead_of_that_of_its_address() -> None:
    limited = authenticator(keys=True, public=True, rate=12)  # a burst is a sixth of it: 2, for the key 1
    assert authorize(limited, "north").headers == {
        "RateLimit-Policy": '"key";q=1;w=10',
        "RateLimit": '"key";r=0;t=10',
    }
    with pytest.raises(RateLimitExceeded, match="one key; try again in 10 s") as caught:
        authorize(limited, "north", now=0.5)
    assert caught.value.headers["Retry-After"] == "10"
    for secret in (None, "site"):
        assert authorize(limited, secret).headers["RateLimit-Policy"] == '"address";q=2;w=10'
    with pytest.raises(RateLimitExceeded, match="one address"):
        authorize(limited)
    assert authorize(limited, "north", now=10).key_name == "north"
    assert authorize(limited, None, None).headers == {}, "requests that need no scope are not counted"


def test_unknown_keys_count_towards_the_rate_limit() -> None:
    limited = authenticator(keys=True, rate=6)
    with pytest.raises(KeyUnknown):
        authorize(limited, "guess")
    with pytest.raises(RateLimitExceeded):
        authorize(limited, "another guess")
