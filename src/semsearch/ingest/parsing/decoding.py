"""Bytes of a text file → text, by its byte order mark, else as UTF-8."""

from __future__ import annotations

import codecs
import re

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WESTERN = re.compile(r"(?:us-?)?ascii|iso-?8859-?1|latin-?1", re.IGNORECASE)
"""Declared encodings that are read as Windows-1252, as browsers do."""


def decode(content: bytes) -> tuple[str, int | None]:
    """Return the text with ``\\n`` as line ends, and the line of the first byte that is no text (None: all are).

    Such bytes are read as Windows-1252, the commonest encoding after UTF-8.
    """
    mark, encoding = next(((mark, name) for mark, name in BYTE_ORDER_MARKS if content.startswith(mark)), (b"", "utf-8"))
    content = content.removeprefix(mark)
    wrong_line = None
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        wrong_line = content.count(b"\n", 0, error.start) + 1
        text = content.decode(encoding, "replace") if mark else content.decode("cp1252", "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.lstrip("\ufeff"), wrong_line  # a file may begin with more than one byte order mark
