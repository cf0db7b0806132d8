"""Which pages does a text link to? Text in, addresses out."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

_LINK = re.compile(
    r"""
    \]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))+)             # [words](address), as in Markdown
    | ^[ ]{0,3}\[(?!\^)[^\]\n]{1,999}\]:[ \t]*<?([^\s>]+)  # [name]: address, as well
    | \bhref\s{0,9}=\s{0,9}["']?([^\s"'>]+)              # in HTML
    | (https?://(?:[^\s<>"'()\[\]`*“”\u2018\u2019、。]|\([^\s()]*\))+)  # as it is
    """,
    re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)
_ENDS = ".,;:!?"


def links(text: str, base: str | None = None) -> frozenset[str]:
    """The addresses that a text links to; ``base`` is its own, which links like ``/about`` begin at."""
    found = (html.unescape("".join(match.groups(default=""))).rstrip(_ENDS) for match in _LINK.finditer(text))
    return frozenset(_joined(base or "", link) for link in found)


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # brackets that are no IPv6 address
        return link
