"""The titles in a page → the title of its post, without the name of the site."""

from __future__ import annotations

import re

_SEPARATOR = r"\s+[|–—·•»«:-]\s+|\s*[|»«]\s*"
_SURE_SEPARATOR = re.compile(r"\s*[|»«]\s*")
"""One that does not stand in titles."""


def post_title(shared: str, heading: str, head: str, site: str) -> str:
    """Choose a title.

    ``shared``: of ``og:title``. ``heading``: of the main ``<h1>``. ``head``: of ``<title>``. ``site``: the site's name.
    Each may be empty.
    """
    for title in (shared, head):
        if heading and _letters(title).startswith(_letters(heading)):
            return heading
    if shared:
        return without_site(shared, site)
    return heading or without_site(head, site)


def without_site(title: str, site: str) -> str:
    """Remove the name of the site from the end or start of a title. If it is not known, what follows a bar is one."""
    if site and _letters(site) != _letters(title):
        name = re.escape(site.strip())
        return re.sub(
            rf"(?:{_SEPARATOR}){name}\s*$|^\s*{name}(?:{_SEPARATOR}|:\s+)", "", title, count=1, flags=re.IGNORECASE
        )
    parts = _SURE_SEPARATOR.split(title)
    return parts[0] if len(parts) > 1 and parts[0].strip() else title


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
