"""A text of unknown markup → HTML, Markdown or plain text, by what it holds."""

from __future__ import annotations

import re
from typing import Any

from semsearch.ingest.entries import Format, Markup
from semsearch.ingest.parsing import json_values
from semsearch.ingest.tables import cells, rich_text

_BLOCK = re.compile(
    r"<(?:p|div|h[1-6]|ul|ol|li|table|blockquote|pre|section|article|figure|br)\b[^<>]*>", re.IGNORECASE
)
_INLINE = re.compile(r"<(a|b|i|em|strong|code|span|u|sub|sup)\b[^<>]*>[^<]*</\1>|<img\b[^<>]*>", re.IGNORECASE)
_MARKDOWN = re.compile(
    r"^#{1,6} \S|^```|^~~~|^(?:[*+-]|\d\.) \S.*\n(?:[*+-]|2\.) \S|^> \S|^(?:===+|---+)$|"
    r"!?\[[^\]\n]+\]\([^)\s]+|\*\*[^*\s][^*\n]*\*\*",
    re.MULTILINE,
)
_MARKDOWN_SIGNS = ("#", "```", "~~~", "\n- ", "\n* ", "\n+ ", "\n2. ", "](", "**", "> ", "===", "---")
"""What every text that :data:`_MARKDOWN` finds has one of; these are found ten times faster."""
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{2,5}|#x[0-9a-f]{2,5});", re.IGNORECASE)
_LOOKED_AT = 50_000
"""Characters of a text that decide on its markup."""


def guess(value: Any, column: str = "") -> Markup:
    """Return a cell with its markup: by the name of its column, if that says it, else by what is in it.

    Rich text as JSON, also as a text that holds JSON, becomes HTML.
    """
    if isinstance(value, dict) and isinstance(value.get("rendered"), str):
        return Markup(value["rendered"], Format.HTML)
    if isinstance(value, dict | list):
        return Markup(rich_text.as_html(value) or cells.text(value), Format.HTML)
    text = cells.text(value)
    if text.startswith(("{", "[")) and (rich := _rich(text)):
        return Markup(rich, Format.HTML)
    return Markup(text, _by_name(column) or _by_content(text[:_LOOKED_AT]))


def _rich(text: str) -> str:
    try:
        return rich_text.as_html(json_values.load(text))
    except json_values.InvalidJson:
        return ""


def _by_name(column: str) -> Format | None:
    name = column.lower()
    if "html" in name:
        return Format.HTML
    if "markdown" in name or re.search(r"(?:^|[_. -])md$", name):
        return Format.MARKDOWN
    return None


def _by_content(text: str) -> Format:
    """HTML if it has tags of blocks; else Markdown if it has its signs; else HTML with inline tags or entities."""
    has_tags, may_be_markdown = "<" in text, any(sign in text for sign in _MARKDOWN_SIGNS)
    if has_tags and _BLOCK.search(text):
        has_more_markdown = may_be_markdown and len(_MARKDOWN.findall(text)) > len(_BLOCK.findall(text))
        return Format.MARKDOWN if has_more_markdown else Format.HTML
    if may_be_markdown and _MARKDOWN.search(text):
        return Format.MARKDOWN
    is_html = (has_tags and _INLINE.search(text)) or ("&" in text and _ENTITY.search(text))
    return Format.HTML if is_html else Format.PLAIN
