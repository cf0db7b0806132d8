"""Find the links in plain text, Markdown or HTML."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

_LINK = re.compile(
    r"""
    \]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))+)             # [words](address) in Markdown
    | ^[ ]{0,3}\[(?!\^)[^\]\n]{1,999}\]:[ \t]*<?([^\s>]+)  # [name]: address in Markdown
    | \bhref\s{0,9}=\s{0,9}["']?([^\s"'>]+)              # href in HTML
    | (https?://(?:[^\s<>"'()\[\]`*“”\u2018\u2019、。]|\([^\s()]*\))+)  # bare address
    """,
    re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)
_TRAILING_PUNCTUATION = ".,;:!?"


def links(text: str, base: str | None = None) -> frozenset[str]:
    """The addresses that a text links to. ``base``: the address of the text, for relative links such as ``/about``."""
    found = (
        html.unescape("".join(match.groups(default=""))).rstrip(_TRAILING_PUNCTUATION) for match in _LINK.finditer(text)
    )
    return frozenset(_resolve(base or "", link) for link in found)


def _resolve(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # brackets around something other than an IPv6 address
        return link
