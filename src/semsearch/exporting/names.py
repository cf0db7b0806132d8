"""File names for post ids, valid on every file system and web server."""

from __future__ import annotations

import hashlib
import re

_SAFE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_RESERVED = re.compile(r"index|con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""Names with another meaning: the index of the export, and the devices of Windows."""
_UNSAFE = re.compile(r"[^a-z0-9]+")
_READABLE_CHARACTERS, _DIGEST_CHARACTERS = 60, 16
"""Lengths of the two parts of a generated name."""


def file_name(post_id: str) -> str:
    """Return the file name of a post, without a suffix: its id if that is safe, else a readable part and a digest.

    A safe id has only lower-case ASCII letters, digits, ``_`` and ``-``, so no two names differ only in case.
    """
    if _SAFE_ID.fullmatch(post_id) and not _RESERVED.fullmatch(post_id):
        return post_id
    readable = _UNSAFE.sub("-", post_id.lower())[:_READABLE_CHARACTERS].strip("-")
    digest = hashlib.sha256(post_id.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    if not readable or _RESERVED.fullmatch(readable):  # Windows ignores all after the first dot
        readable = "post"
    return f"{readable}.{digest}"
