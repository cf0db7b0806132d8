"""A WordPress export → the addresses of its attachments, which posts name by number as their picture."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from semsearch.ingest.files import Files
from semsearch.ingest.parsing.xml_decoding import decoded
from semsearch.ingest.parsing.xml_stream import MAX_FILE_BYTES

MAX_ATTACHMENTS = 1_000_000
_FACT = re.compile(
    r"<wp:post_id>\s*(?:<!\[CDATA\[)?\s*(\d{1,20})|<wp:attachment_url>\s*(?:<!\[CDATA\[)?\s*(https?://[^<\]\s]{1,2000})"
)
_OVERLAP = 4_000
"""Characters of a chunk that are read again with the next, so that no fact is cut in two."""


class Attachments:
    """The attachments of the files of an export, read when the first post asks for one.

    They may follow the posts that show them, or be in another file. A scan for two elements, which a program always
    writes in the same way, takes a tenth of the time of parsing everything twice.
    """

    def __init__(self, files: Files, paths: list[str]) -> None:
        self._files, self._paths = files, paths

    def address(self, number: str) -> str:
        """Return the address of an attachment; empty for one that is not in the export."""
        return self._addresses.get(number, "")

    @functools.cached_property
    def _addresses(self) -> dict[str, str]:
        addresses: dict[str, str] = {}
        for path in self._paths:
            if self._files.size(path) <= MAX_FILE_BYTES:  # a larger one is not parsed either
                for number, address in self._scan(path):
                    if len(addresses) < MAX_ATTACHMENTS:
                        addresses[number] = address
        return addresses

    def _scan(self, path: str) -> Iterator[tuple[str, str]]:
        number, rest = "", ""
        with self._files.open(path) as stream:
            for chunk in decoded(stream):
                text = rest + chunk
                for fact in _FACT.finditer(text):
                    number = fact[1] or number
                    if fact[2] and number:
                        yield number, fact[2]
                rest = text[-_OVERLAP:]
