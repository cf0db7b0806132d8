"""The bytes of a page → its text, by byte order mark, server, declaration, or UTF-8."""

from __future__ import annotations

import codecs
import re

from semsearch.ingest.parsing.decoding import WESTERN, decode

_DECLARED = re.compile(
    rb"<(?:meta\b[^>]{0,200}?charset\s*=|\?xml\b[^>]{0,200}?encoding\s*=)\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"(?:utf-?8|iso-?8859|latin|windows|cp\d|koi8|gb|big5|shift|sjis|euc|mac|tis)[a-z0-9_-]*", re.IGNORECASE
)


def html_text(content: bytes, charset: str = "") -> str:
    """Return the text of a page. ``charset``: what the server said, which counts more than what the page says."""
    has_mark = content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    declared = _DECLARED.search(content[:4096])
    name = charset or (declared[1].decode("ascii") if declared else "")
    if has_mark or not name:
        return decode(content)[0]
    if WESTERN.fullmatch(name):
        name = "cp1252"
    try:
        return content.decode(name) if _KNOWN.fullmatch(name) else decode(content)[0]
    except (LookupError, UnicodeDecodeError):
        return decode(content)[0]
