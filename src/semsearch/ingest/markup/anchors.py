"""The title of a heading → the id that a generator gives it on the page."""

from __future__ import annotations

import itertools
import re
import unicodedata
import urllib.parse
from collections.abc import Callable
from enum import StrEnum

import regex


class Anchors(StrEnum):
    """How a generator makes ids of headings that have none in the source."""

    NONE = "none"
    """It makes none, as plain markdown-it in Eleventy."""
    GITHUB = "github"
    """As github-slugger does: GitHub, Docusaurus, Astro."""
    HUGO = "hugo"
    KRAMDOWN = "kramdown"
    """As kramdown does with its parser for GitHub's Markdown, which is Jekyll's default."""
    PYTHON_MARKDOWN = "python-markdown"
    """As the toc extension does: MkDocs."""
    ZOLA = "zola"
    MARKDOWN_IT = "markdown-it-anchor"
    PANDOC = "pandoc"


class AnchorMaker:
    """Makes the ids of one page, each of them once."""

    def __init__(self, style: Anchors) -> None:
        self._style = style
        self._used: set[str] = set()
        self._last: dict[str, str] = {}
        """Slug → the anchor made of it last, from which the next one counts on."""

    def anchor(self, title: str, given: str | None) -> str:
        """Return the id of the next heading of the page, empty if it has none.

        ``given``: the id in the source, if there is one.
        """
        if given is not None:
            self._used.add(given)
            return given
        if self._style is Anchors.NONE:
            return ""
        anchor = self._free(_SLUGS[self._style](title))
        self._used.add(anchor)
        return anchor

    def _free(self, slug: str) -> str:
        """The slug with a number that makes it new."""
        if self._style is Anchors.PYTHON_MARKDOWN:
            anchor = _counted_up(self._last.get(slug, slug), self._used)
        elif slug in self._used and slug:
            first = int(self._last.get(slug, "0").rpartition("-")[2]) + 1
            anchor = next(made for n in itertools.count(first) if (made := f"{slug}-{n}") not in self._used)
        else:
            return slug
        self._last[slug] = anchor
        return anchor


_NOT_IN_GITHUB = regex.compile(r"[^\p{L}\p{M}\p{N}\p{Pc}\- ]")
_NOT_IN_KRAMDOWN = regex.compile(r"[^\p{L}\p{M}\p{Nd}\p{Pc}\- ]")
_NOT_IN_HUGO = regex.compile(r"[^\p{L}\p{Nd}_\- ]")
_NOT_IN_PANDOC = regex.compile(r"[^\p{L}\p{M}\p{N}_.\-\s]")
_BEFORE_LETTER = regex.compile(r"^[^\p{L}]+")
_DASHES = re.compile("--+")
_UNSAFE_IN_PYTHON_MARKDOWN = re.compile(r"[^\w\s-]")
_GAPS = re.compile(r"[-\s]+")
_SPACES = re.compile(r"\s+")
_NOT_IN_ZOLA = re.compile("[^a-z0-9]+")
_NUMBERED = re.compile("(.*)_([0-9]+)", re.DOTALL)
_UNESCAPED = "-_.!~*'()"
"""What JavaScript's encodeURIComponent leaves as it is."""


def _github(title: str) -> str:
    return _NOT_IN_GITHUB.sub("", title.lower()).replace(" ", "-")


def _hugo(title: str) -> str:
    return _NOT_IN_HUGO.sub("", title).lower().replace(" ", "-") or "heading"


def _kramdown(title: str) -> str:
    """Two or three hyphens in a row become a dash first, which ids do not have."""
    return _NOT_IN_KRAMDOWN.sub("", _DASHES.sub("", title.lower())).replace(" ", "-")


def _python_markdown(title: str) -> str:
    return _GAPS.sub("-", _UNSAFE_IN_PYTHON_MARKDOWN.sub("", _ascii(title)).strip().lower())


def _zola(title: str) -> str:
    """Latin letters lose their accents. Other scripts are transliterated by Zola, but not here: no id is known then."""
    if any(char.isalpha() and not _ascii(char) for char in title):
        return ""
    return _NOT_IN_ZOLA.sub("-", _ascii(title).lower()).strip("-")


def _markdown_it(title: str) -> str:
    return urllib.parse.quote(_SPACES.sub("-", title.strip().lower()), safe=_UNESCAPED)


def _pandoc(title: str) -> str:
    kept = _NOT_IN_PANDOC.sub("", title).lower()
    return _BEFORE_LETTER.sub("", "-".join(kept.split())) or "section"


_SLUGS: dict[Anchors, Callable[[str], str]] = {
    Anchors.GITHUB: _github,
    Anchors.HUGO: _hugo,
    Anchors.KRAMDOWN: _kramdown,
    Anchors.PYTHON_MARKDOWN: _python_markdown,
    Anchors.ZOLA: _zola,
    Anchors.MARKDOWN_IT: _markdown_it,
    Anchors.PANDOC: _pandoc,
}


def _ascii(text: str) -> str:
    """The text without accents and without letters that are not Latin."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def _counted_up(slug: str, used: set[str]) -> str:
    """A slug that is new, by the rule of Python-Markdown: an empty one becomes ``_1``, a number is counted up."""
    while slug in used or not slug:
        numbered = _NUMBERED.fullmatch(slug)
        slug = f"{numbered[1]}_{int(numbered[2]) + 1}" if numbered else f"{slug}_1"
    return slug
