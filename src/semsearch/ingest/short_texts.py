"""Titles and names as sources write them → plain text of one line."""

from __future__ import annotations

import html
import re

from semsearch.ingest.entries import Format

_IN_TITLES = (
    "a|abbr|acronym|b|big|cite|code|del|dfn|div|em|font|h[1-6]|i|ins|kbd|mark|p|q|s|samp|small|span|strike|strong|sub|sup|"
    "tt|u|var"
)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_PAIR = re.compile(rf"<({_IN_TITLES})(?:\s[^<>]*)?>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|wbr|img|hr)\b[^<>]*>", re.IGNORECASE)
_WORD = r"[^\s<>()\[\]\"',;:]{1,80}"
_MAIL = re.compile(rf"(?:mailto:)?{_WORD}(?:@|\s?\[at\]\s?){_WORD}\.{_WORD}", re.IGNORECASE)
_PARENTHESES = re.compile(r"[(\[](.*)[)\]]", re.DOTALL)
_MAX_TITLE = 4_000
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#&!|~$^=+-])")


def plain_title(text: str) -> str:
    """Return a title as plain text of one line. It may hold inline HTML, or be escaped once or twice too often."""
    text = text[:_MAX_TITLE]
    for _ in range(2):
        text = _BREAK.sub(" ", _SCRIPT.sub("", text))
        while (stripped := _PAIR.sub(r"\2", text)) != text:
            text = stripped
        unescaped = html.unescape(text)
        if unescaped == text:
            break
        text = unescaped
    return " ".join(text.split())


def person(text: str) -> str:
    """Return the name of a person without e-mail address, as in ``mail (Name)`` or ``Name <mail>``."""
    text = plain_title(text)
    without = _MAIL.sub(" ", text)
    if without == text:
        return text
    inside = _PARENTHESES.search(without)
    name = inside[1] if inside and inside[1].strip() else without
    return " ".join(re.sub(r"[<>()\[\]\"]", " ", name).split()).strip(" ,;:-")


def marked_up(title: str, markup: Format) -> str:
    """Return a plain title in the markup of a body, as :attr:`Entry.title` wants it."""
    if markup is Format.HTML:
        return html.escape(title, quote=False)
    return _MARKDOWN.sub(r"\\\1", title) if markup is Format.MARKDOWN else title
