"""Which file is of which post? Ids to names that any file system and any web server takes."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_RESERVED = re.compile(r"index|con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""What has a meaning of its own: the index of all files, and what Windows takes for a device."""
_OTHERS = re.compile(r"[^a-z0-9]+")
_READABLE, _DIGEST = 60, 16
"""Characters of a name that was made: what is left of the id, and what makes it unlike all others."""


def file_name(post_id: str) -> str:
    """A name without ending for a post: its id where that is plain, else what is readable of it and a digest.

    Plain is what has small letters of ASCII, digits, ``_`` and ``-`` alone: no two names differ by case alone.
    """
    if _PLAIN.fullmatch(post_id) and not _RESERVED.fullmatch(post_id):
        return post_id
    readable = _OTHERS.sub("-", post_id.lower())[:_READABLE].strip("-")
    digest = hashlib.sha256(post_id.encode()).hexdigest()[:_DIGEST]
    if not readable or _RESERVED.fullmatch(readable):  # Windows looks no further than the first point
        readable = "post"
    return f"{readable}.{digest}"
