"""The title of a heading → the id that a generator gives it on the page."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import regex


class Anchors(StrEnum):
    """How a generator makes ids of headings."""

    NONE = "none"
    """Only headings with an id in the source have one."""
    GITHUB = "github"
    """Also Docusaurus and Astro."""


_NOT_IN_GITHUB = regex.compile(r"[^\p{L}\p{M}\p{N}\p{Pc}\- ]")


def github(title: str) -> str:
    return _NOT_IN_GITHUB.sub("", title.lower()).replace(" ", "-")


class AnchorMaker:
    """Makes the ids of one page, each once."""

    def __init__(self, style: Anchors) -> None:
        self._style = style
        self._used: dict[str, int] = {}

    def anchor(self, title: str, given: str | None) -> str:
        """Return the id of the next heading of the page. ``given``: the id in the source, if there is one."""
        if given is not None:
            return given
        if self._style is Anchors.NONE:
            return ""
        slug = _SLUGS[self._style](title)
        anchor = slug
        while anchor in self._used:
            self._used[slug] += 1
            anchor = f"{slug}-{self._used[slug]}"
        self._used[anchor] = 0
        return anchor


_SLUGS: dict[Anchors, Callable[[str], str]] = {Anchors.GITHUB: github}
