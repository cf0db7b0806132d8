"""Holes, which a template leaves for values that are not known: removing them, and what of a text precedes them."""

from __future__ import annotations

import re

from semsearch.ingest.entries import HOLE
from semsearch.text import MIN_SENTENCE_CHARACTERS, sentences

_BEFORE_PUNCTUATION = re.compile(f"[ \t]*(?:{HOLE}[ \t]*)+(?=[.,;:!?)\\]\\s]|$)")

_REST = "x" * MIN_SENTENCE_CHARACTERS
"""Makes the sentence with the hole long enough not to be joined to the one before."""


def without_holes(text: str) -> str:
    """Remove holes, and the space that would stand alone beside one."""
    if HOLE not in text:
        return text
    return _BEFORE_PUNCTUATION.sub("", text).replace(f"{HOLE} ", "").replace(HOLE, "").strip()


def before_hole(text: str) -> str:
    """The sentences before the first one with a hole, without white space at the end."""
    hole = text.find(HOLE)
    if hole < 0:
        return text
    begun = text[:hole] + _REST
    start = max((start for start, _ in sentences(begun) if start <= hole), default=0)
    return text[:start].rstrip()
