"""A WordPress export → the addresses of its attachments, which posts name by number as their picture."""

from __future__ import annotations

import re

from semsearch.ingest.files import Files
from semsearch.ingest.xml_decoding import decoded

MAX_ATTACHMENTS = 1_000_000
_FACT = re.compile(
    r"<wp:post_id>\s*(?:<!\[CDATA\[)?\s*(\d{1,20})|<wp:attachment_url>\s*(?:<!\[CDATA\[)?\s*(https?://[^<\]\s]{1,2000})"
)
_THUMBNAIL = "_thumbnail_id"
_OVERLAP = 4_000
"""Characters of a chunk that are read again with the next, so that no fact is cut in two."""


def attachment_addresses(files: Files, paths: list[str]) -> dict[str, str]:
    """Return the address of each attachment by its number; empty if no post of these exports names a picture.

    Attachments may follow the posts that show them, or be in another file. A scan for two elements, written by a
    program in always the same way, takes a tenth of the time of parsing everything twice.
    """
    addresses: dict[str, str] = {}
    has_thumbnails = False
    for path in paths:
        number, rest = "", ""
        with files.open(path) as stream:
            for chunk in decoded(stream):
                text = rest + chunk
                has_thumbnails = has_thumbnails or _THUMBNAIL in text
                for fact in _FACT.finditer(text):
                    number = fact[1] or number
                    if fact[2] and number and len(addresses) < MAX_ATTACHMENTS:
                        addresses[number] = fact[2]
                rest = text[-_OVERLAP:]
    return addresses if has_thumbnails else {}
