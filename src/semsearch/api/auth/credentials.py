"""Which key came with a request? A header in; the secret out, or none."""

from __future__ import annotations

import base64
import binascii

_BEARER, _BASIC = "bearer ", "basic "


def secret_of(header: str, *, password: bool) -> str | None:
    """The secret of an ``Authorization`` header; None where it holds none.

    ``password``: it may come so. Browsers have no other way to send a key with a page than HTTP Basic (RFC 7617): the
    key is the password, and the name does not matter. Programs send it as Bearer everywhere.
    """
    if header[: len(_BEARER)].lower() == _BEARER:
        return header[len(_BEARER) :].strip()
    if password and header[: len(_BASIC)].lower() == _BASIC:
        return _password(header[len(_BASIC) :].strip())
    return None


def _password(encoded: str) -> str | None:
    try:
        pair = base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return None
    return pair.partition(":")[2].strip() or None
