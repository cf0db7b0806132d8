"""Entities that were escaped once too often → the characters they stand for."""

from __future__ import annotations

import html
import re

_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ESCAPED_TAG = re.compile(r"&(?:amp;)?lt;/?[A-Za-z]")
_ESCAPED_BLOCK = re.compile(
    r"&(?:amp;)?lt;(?:p|div|br|h[1-6]|ul|ol|table|blockquote|pre|figure|img|a)\b[^<]*?&(?:amp;)?gt;", re.IGNORECASE
)
_MAX_ROUNDS = 2


def unescaped_markup(text: str) -> str:
    """Unescape HTML that was escaped as a whole, twice at most: no tag is left, but block elements show as text."""
    for _ in range(_MAX_ROUNDS):
        if "<" in text or not _ESCAPED_BLOCK.search(text):
            break
        text = html.unescape(text)
    return text


def mended(text: str) -> str:
    """Resolve entities that a reader would see as such. Tags that they hide are removed. Twice at most."""
    if "&" not in text or not _ENTITY.search(text):
        return text
    hides_tags = _ESCAPED_TAG.search(text) is not None
    for _ in range(_MAX_ROUNDS):
        resolved = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if resolved == text:
            break
        text = resolved
    return _TAG.sub("", text) if hides_tags else text
