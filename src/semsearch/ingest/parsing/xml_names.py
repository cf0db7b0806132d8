"""The tag of an element → its name with the usual prefix, whatever prefix and version of the namespace the file has."""

from __future__ import annotations

import re
from functools import lru_cache

_PREFIXES = (
    (r"/modules/content/?", "content"),
    (r"/excerpt/?", "excerpt"),
    (r"wordpress\.org/export/[\d.]+/?", "wp"),
    (r"purl\.org/dc/elements/1\.[01]/?", "dc"),
    (r"purl\.org/dc/terms/?", "dcterms"),
    (r"www\.w3\.org/2005/Atom/?", "atom"),
    (r"purl\.org/atom/app#|www\.w3\.org/2007/app", "app"),
    (r"purl\.org/atom/ns#.*", "atom"),
    (r"search\.yahoo\.com/mrss/?", "media"),
    (r"itunes\.com/dtds/podcast-1\.0\.dtd", "itunes"),
    (r"www\.w3\.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    (r"www\.w3\.org/1999/xhtml", "xhtml"),
    (r"schemas\.google\.com/blogger/20\d\d", "blogger"),
    (r"purl\.org/syndication/thread/1\.0", "thr"),
    (r"purl\.org/rss/1\.0/modules/syndication/?", "sy"),
    (r"purl\.org/rss/1\.0/?|my\.netscape\.com/rdf/simple/0\.9/?|backend\.userland\.com/rss2?", ""),
)
"""Ends of namespaces; ``http`` or ``https`` and the host of some are written in several ways."""
_PATTERNS = tuple((re.compile(f"(?:{pattern})$", re.IGNORECASE), prefix) for pattern, prefix in _PREFIXES)


@lru_cache(maxsize=4096)
def usual_name(tag: str) -> str:
    """Return ``content:encoded`` for that element of RSS, ``item`` for one without a namespace.

    A tag with an undeclared prefix keeps it. The elements of Atom are named ``atom:entry``. Of an unknown namespace
    only the local name is returned, after ``?:``.
    """
    if not tag.startswith("{"):
        return tag
    namespace, _, local = tag[1:].partition("}")
    for pattern, prefix in _PATTERNS:
        if pattern.search(namespace):
            return f"{prefix}:{local}" if prefix else local
    return f"?:{local}"
