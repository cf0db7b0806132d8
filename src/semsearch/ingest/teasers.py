"""Which text is the teaser of a post? Its excerpt, else what precedes the "more" marker, else the first paragraph."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from semsearch.ingest.markup.read_text import ReadText
from semsearch.text import sentences

NEAR_CHARACTERS = 300
"""A first paragraph is cut at the sentence that ends nearest to this length."""
_UNCUT_CHARACTERS = 360
_MIN_CHARACTERS = 100
_MAX_CHARACTERS = 500
_MAX_OWN_CHARACTERS = 50_000
"""A longer teaser is rather the whole text."""
_WINDOW = 1_500
_LINK_TO_REST = re.compile(
    r"\s*(?:continue reading|read (?:more|on|the (?:rest|full))|keep reading|weiterlesen|lire la suite|leer más)\b"
    r"[^.!?]{0,120}$",
    re.IGNORECASE,
)
_MAX_LINK = 200
_ELLIPSIS_IN_BRACKETS = re.compile(r"\s*\[(?:…|\.\.\.)\]$")


@dataclass(frozen=True, slots=True)
class Teaser:
    """A teaser."""

    text: str
    """Plain text, at most 50,000 characters; empty if the post has no prose."""
    is_lost: bool
    """Whether the teaser is shorter, or another text, because of a value that is not known."""


def choose_teaser(own: ReadText | None, body: ReadText, language: str | None = None) -> Teaser:
    """Choose the teaser of a post.

    ``own``: its excerpt, summary or description. ``language``: a BCP 47 tag, for the ends of sentences.
    """
    if own is not None:
        text = _without_link_to_rest(own.prose or ("" if own.holes else own.text))
        if text or own.holes:
            chosen = text or _of_body(body, language)
            return Teaser(_limited(chosen, language), own.holes > 0)
    return Teaser(_limited(_of_body(body, language), language), body.teaser_lost)


def shortened(text: str, language: str | None = None) -> str:
    """Cut a text at the end of a sentence near :data:`NEAR_CHARACTERS`, else at the end of a word, with an ellipsis."""
    if len(text) <= _UNCUT_CHARACTERS:
        return text
    window = text[:_WINDOW]
    ends = [end for _, end in sentences(window, language) if end < len(window)]
    possible = [end for end in ends if _MIN_CHARACTERS <= end <= _MAX_CHARACTERS]
    if possible:
        return text[: min(possible, key=lambda end: abs(end - NEAR_CHARACTERS))]
    return text[: _end_of_word(text)].rstrip(" ,;:–—-\n\t") + "…"


def _of_body(body: ReadText, language: str | None) -> str:
    return _without_link_to_rest(body.before_more) or shortened(body.first_paragraph, language)


def _limited(text: str, language: str | None) -> str:
    return text if len(text) <= _MAX_OWN_CHARACTERS else shortened(text, language)


def _without_link_to_rest(text: str) -> str:
    """Remove "Continue reading" and the like from the end of a teaser."""
    end = max(len(text) - _MAX_LINK, 0)
    return text[:end] + _ELLIPSIS_IN_BRACKETS.sub(" …", _LINK_TO_REST.sub("", text[end:]))


def _end_of_word(text: str) -> int:
    """The end of a word near the wanted length; for scripts without spaces, of a character with its marks."""
    space = max(text.rfind(mark, NEAR_CHARACTERS // 2, NEAR_CHARACTERS + 1) for mark in " \n\t")
    if space > 0:
        return space
    end = NEAR_CHARACTERS
    while end > 0 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end -= 1
    return end
