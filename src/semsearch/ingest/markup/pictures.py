"""Which picture shows what a post is about?"""

from __future__ import annotations

import re
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from semsearch.ingest.entries import HOLE

_SOURCES = ("src", "data-src", "data-lazy-src", "data-original")
_OTHER = re.compile(
    r"shields\.io|badge|travis-ci|/emoji|smil(?:ey|ies)|gravatar|avatar|spacer\.|pixel\.|/pixel|doubleclick|feedburner|"
    r"stats\.wordpress|wp-includes/images|/icons?/|favicon",
    re.IGNORECASE,
)
_MIN_PIXELS = 50
"""A picture with a smaller width or height is an icon, a rule or a counter."""


def first_picture(tree: LexborHTMLParser) -> str:
    """The address of the first picture that is no badge, icon or counter, as written; empty if there is none."""
    for picture in tree.css("img"):
        if not _is_small(picture) and (address := _address(picture)):
            return address
    return ""


def _address(picture: LexborNode) -> str:
    attributes = picture.attributes
    candidates = [attributes.get(name) or "" for name in _SOURCES]
    candidates.append((attributes.get("srcset") or "").strip().split(" ")[0].rstrip(","))
    for candidate in candidates:
        address = candidate.strip()
        is_known = HOLE not in unquote(address)  # Markdown quotes it
        if address and is_known and not address.startswith("data:") and not _OTHER.search(address):
            return address
    return ""


def _is_small(picture: LexborNode) -> bool:
    sizes = (
        re.match(r"\d{1,5}(?=(?:px)?$)", (picture.attributes.get(name) or "").strip()) for name in ("width", "height")
    )
    return any(size is not None and int(size[0]) < _MIN_PIXELS for size in sizes)
