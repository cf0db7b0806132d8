from __future__ import annotations

import pytest

from semsearch.api.auth.authenticator import Access, Doorkeeper, KeyMissing, KeyUnknown, ScopeMissing, TooOften
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


def door(*, keys: bool, public: bool = False, rate: int = 0) -> Doorkeeper:
    return Doorkeeper(keyring() if keys else None, public=public, rate_per_minute=rate)


def admit(door: Doorkeeper, secret: str | None = None, needed: Scope | None = "search", now: float = 0.0) -> Access:
    return door.admit(secret, needed, "192.0.2.7", now)


def test_without_keys_everything_is_open_and_what_looks_like_one_is_not_looked_at() -> None:
    for secret in (None, "anything"):
        for needed in ("search", "admin", None):
            assert admit(door(keys=False), secret, needed).key_name is None


def test_with_keys_nothing_is_open_without_one() -> None:
    with pytest.raises(KeyMissing, match="Authorization: Bearer"):
        admit(door(keys=True))
    with pytest.raises(ScopeMissing, match="'admin'"):
        admit(door(keys=True), None, "admin")
    assert admit(door(keys=True), None, None).scopes == set()


def test_a_key_opens_what_it_is_for() -> None:
    assert admit(door(keys=True), "site").key_name == "site"
    assert admit(door(keys=True), "owner", "admin").key_name == "owner"
    assert admit(door(keys=True), "north").filter == NORTH
    with pytest.raises(ScopeMissing, match="the key 'site'"):
        admit(door(keys=True), "site", "admin")
    with pytest.raises(ScopeMissing, match="the key 'owner'"):
        admit(door(keys=True), "owner")


def test_a_key_that_nobody_has_opens_nothing_even_where_none_is_needed_to_search() -> None:
    """Who sends a key means to use it: a slip in it must not pass for somebody without one."""
    for public in (True, False):
        with pytest.raises(KeyUnknown):
            admit(door(keys=True, public=public), "site2")
        assert admit(door(keys=True, public=public), "site2", None).key_name is None


def test_in_public_anybody_may_search_and_do_nothing_else() -> None:
    for keys in (True, False):
        assert admit(door(keys=keys, public=True)).scopes == {"search"}
        with pytest.raises(ScopeMissing):
            admit(door(keys=keys, public=True), None, "admin")
    assert admit(door(keys=True, public=True), "north").filter == NORTH


def test_a_key_has_its_own_rate_and_all_others_that_of_their_address() -> None:
    keeper = door(keys=True, public=True, rate=12)  # at once: a sixth of it, 2; of the key, 1
    assert admit(keeper, "north").headers == {
        "RateLimit-Policy": '"key";q=1;w=10',
        "RateLimit": '"key";r=0;t=10',
    }
    with pytest.raises(TooOften, match="one key; try again in 10 s") as caught:
        admit(keeper, "north", now=0.5)
    assert caught.value.headers["Retry-After"] == "10"
    for secret in (None, "site"):
        assert admit(keeper, secret).headers["RateLimit-Policy"] == '"address";q=2;w=10'
    with pytest.raises(TooOften, match="one address"):
        admit(keeper)
    assert admit(keeper, "north", now=10).key_name == "north"
    assert admit(keeper, None, None).headers == {}, "what is open to all is not counted"


def test_guesses_at_keys_are_counted() -> None:
    keeper = door(keys=True, rate=6)
    with pytest.raises(KeyUnknown):
        admit(keeper, "guess")
    with pytest.raises(TooOften):
        admit(keeper, "another guess")
