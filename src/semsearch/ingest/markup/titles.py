"""A title with inline markup → plain text in one line."""

from __future__ import annotations

import re

from semsearch.ingest.entries import HOLE, Format, Markup
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.markup.entities import mended
from semsearch.ingest.markup.reading import read
from semsearch.text import clean

_MAY_BE_MARKUP = re.compile(rf"[<>&*_`\[\]\\~${{}}{HOLE}]")
_NO_TAG = re.compile(
    r"(?<!\\)<(?!/?(?:a|abbr|b|bdi|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|kbd|mark|p|q|s|small|span|strike|strong|"
    r"sub|sup|time|tt|u|var|wbr)(?:\s[^<>]*)?/?>|!--)"
)
"""A ``<`` that begins no tag for a title, as in ``Vec<u8>`` or ``The <video> element``."""
_DUNDER = re.compile(r"__(\w+?)__")
"""Rather a name of Python than bold."""


def plain_title(text: str, format: Format) -> str:  # noqa: A002  (the name in Markup)
    """Return a title without markup, entities and holes, in one line. Only inline markup counts: ``1. Intro`` stays."""
    if _MAY_BE_MARKUP.search(text) and format is not Format.PLAIN:
        text = _NO_TAG.sub("&lt;", " ".join(text.split()))
        if format is Format.MARKDOWN:
            text = _DUNDER.sub(r"\\_\\_\1\\_\\_", text)
        text = read(Markup(f"{HOLE} {text}", format), anchors=Anchors.NONE).text  # no block begins with a hole
    return clean(" ".join(mended(text).replace(HOLE, "").split()))
