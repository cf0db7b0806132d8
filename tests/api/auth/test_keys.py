from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.auth.keyring import read_text
from semsearch.api.auth.keys import MAX_SECRET_CHARACTERS, PREFIX, SCOPES, Key, digest_of, entry, find, new_secret
from semsearch.errors import InvalidRequest
from semsearch.index import Filter

TODAY = dt.date(2026, 7, 1)


def key(secret: str = "secret", **fields: Any) -> Key:
    return Key(**{"name": "site", "sha256": digest_of(secret), "scopes": frozenset({"search"})} | fields)


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_a_secret_finds_its_own_key_and_no_other() -> None:
    keys = [key("one", name="a"), key("two", name="b"), key("three", name="c")]
    assert [find(keys, secret, TODAY) for secret in ("one", "two", "three")] == keys
    for other in ("", "One", "one ", "onetwo", digest_of("one")):
        assert find(keys, other, TODAY) is None
    assert find([], "one", TODAY) is None


def test_a_key_is_valid_to_the_end_of_its_last_day() -> None:
    keys = [key(expires=TODAY)]
    assert find(keys, "secret", TODAY - dt.timedelta(days=1)) == keys[0]
    assert find(keys, "secret", TODAY) == keys[0]
    assert find(keys, "secret", TODAY + dt.timedelta(days=1)) is None


def test_an_empty_secret_is_refused_even_if_a_key_has_its_digest() -> None:
    assert find([key("")], "", TODAY) is None


def test_a_secret_that_is_too_long_is_refused() -> None:
    longest = "a" * MAX_SECRET_CHARACTERS
    assert find([key(longest)], longest, TODAY) is not None
    assert find([key(f"{longest}a")], f"{longest}a", TODAY) is None


@given(st.text(st.characters(), min_size=1, max_size=MAX_SECRET_CHARACTERS), st.text(st.characters()))
def test_any_text_may_be_a_secret_and_finds_its_key_alone(secret: str, other: str) -> None:
    assert find([key(secret)], secret, TODAY) == key(secret)
    assert (find([key(secret)], other, TODAY) is None) == (other != secret)


def test_a_digest_is_the_sha256_of_utf_8() -> None:
    assert digest_of("clé") == hashlib.sha256(b"cl\xc3\xa9").hexdigest()


def test_new_secrets_are_unique_and_have_the_prefix() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(secret.startswith(PREFIX) and len(secret) == 47 for secret in made)


# --- fields -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"name": ""}, "name"),
        ({"name": "a" * 65}, "name"),
        ({"name": "two words"}, "name"),
        ({"name": "-a"}, "name"),
        ({"name": "a\n"}, "name"),
        ({"name": 12}, "name"),
        ({"name": f"{PREFIX}abc"}, "name"),
        ({"sha256": ""}, "sha256"),
        ({"sha256": f"{PREFIX}abc"}, "sha256"),
        ({"sha256": "g" * 64}, "sha256"),
        ({"sha256": "a" * 63}, "sha256"),
        ({"sha256": "a" * 64 + "\n"}, "sha256"),
        ({"sha256": 12}, "sha256"),
        ({"scopes": frozenset()}, "scopes"),
        ({"rate_per_minute": 0}, "rate_per_minute"),
        ({"rate_per_minute": 1_000_001}, "rate_per_minute"),
        ({"rate_per_minute": True}, "rate_per_minute"),
        ({"rate_per_minute": 0.5}, "rate_per_minute"),
    ],
)
def test_an_invalid_field_is_named_and_its_secret_not_repeated(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        key(**fields)
    assert caught.value.param == param
    assert f"{PREFIX}abc" not in str(caught.value)


def test_a_digest_may_be_in_upper_case() -> None:
    assert key(sha256=digest_of("secret").upper()) == key()


# --- the entry --------------------------------------------------------------------------------------------------------


def test_an_entry_leaves_out_empty_fields() -> None:
    assert entry(key()) == f"  - name: site\n    sha256: {digest_of('secret')}\n    scopes: [search]\n"


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=5)
filters = st.builds(
    Filter,
    tags=st.lists(names, unique=True, max_size=2).map(tuple),
    authors=st.lists(names, unique=True, max_size=2).map(tuple),
    language=st.none() | st.sampled_from(["en", "no", "pt-BR"]),
    date_from=st.none() | st.dates(),
    date_to=st.none() | st.dates(),
)
keys = st.builds(
    Key,
    name=st.sampled_from(["site", "yes", "12", "a.b-c_d", "null"]),
    sha256=st.sampled_from([digest_of("a"), "1" * 64, "0" * 64]),
    scopes=st.sets(st.sampled_from(SCOPES), min_size=1).map(frozenset),
    filter=filters,
    rate_per_minute=st.none() | st.integers(1, 1_000),
    expires=st.none() | st.dates(),
)


@given(keys)
def test_an_entry_is_read_back_as_the_same_key(original: Key) -> None:
    (read,) = read_text(f"keys:\n{entry(original)}")
    assert read == normalised(original)


def normalised(original: Key) -> Key:
    """With texts in NFC, as in posts."""

    def composed(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(unicodedata.normalize("NFC", value) for value in values))

    condition = replace(original.filter, tags=composed(original.filter.tags), authors=composed(original.filter.authors))
    return replace(original, filter=condition)
