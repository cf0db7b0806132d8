"""Reads the secret of an API key from an ``Authorization`` header."""

from __future__ import annotations

import base64
import binascii

_BEARER, _BASIC = "bearer ", "basic "


def secret_of(header: str, *, accepts_basic: bool) -> str | None:
    """The secret in an ``Authorization`` header; None if there is none.

    Bearer (RFC 6750) is always accepted. With ``accepts_basic``, the secret may be the password of HTTP Basic (RFC
    7617), with any user name: browsers have no other way to send a key with a page.
    """
    if header[: len(_BEARER)].lower() == _BEARER:
        return header[len(_BEARER) :].strip()
    if accepts_basic and header[: len(_BASIC)].lower() == _BASIC:
        return _password(header[len(_BASIC) :].strip())
    return None


def _password(encoded: str) -> str | None:
    try:
        pair = base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return None
    return pair.partition(":")[2].strip() or None
