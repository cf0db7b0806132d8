from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.auth.credentials import secret_of


def basic(pair: str | bytes) -> str:
    raw = pair.encode("utf-8") if isinstance(pair, str) else pair
    return f"Basic {base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ("Bearer site", "site"),
        ("bEaReR  site ", "site"),
        (basic("owner:site"), "site"),
        (basic(":site"), "site"),
        (basic("owner:with:colons"), "with:colons"),
        (basic("owner:schlüssel"), "schlüssel"),
        (basic("owner:site").replace("Basic", "basic"), "site"),
        (basic("owner:"), None),
        (basic("owner"), None),
        ("Basic", None),
        ("Basic !!!", None),
        ("Basic b3duZXI6c2l0Z", None),
        ("Digest site", None),
        ("", None),
    ],
)
def test_bearer_and_basic_are_read(header: str, secret: str | None) -> None:
    assert secret_of(header, accepts_basic=True) == secret


def test_basic_is_ignored_unless_accepted() -> None:
    assert secret_of(basic("owner:site"), accepts_basic=False) is None
    assert secret_of("Bearer site", accepts_basic=False) == "site"


@given(st.text(max_size=100), st.binary(max_size=100))
def test_any_header_is_read_without_an_error(text: str, raw: bytes) -> None:
    for header in (text, f"Basic {text}", basic(raw)):
        secret = secret_of(header, accepts_basic=True)
        assert secret is None or isinstance(secret, str)
