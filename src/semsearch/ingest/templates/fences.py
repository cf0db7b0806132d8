"""Fenced blocks and code spans of Markdown, for templates that take whole lines or have no other code, as MDX."""

from __future__ import annotations

import re
from collections.abc import Callable

PREFIX = r"(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*"
"""What may stand before a fence: indentation, and the markers of lists and quotes."""
FENCE = (
    r"(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*"
    r"(?:\n(?![ \t>]*(?P=fence)[`~]*[ \t]*$)[^\n]*)*(?:\n[^\n]*)?"
)
"""A fenced block from its first fence to its last; without a closing fence to the end. MULTILINE."""
SPAN = r"(?<![`\\])(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n)[\s\S]){1,5000}?(?<!`)(?P=ticks)(?!`)"
"""A code span in one paragraph."""
_BLOCKS = re.compile(f"^{PREFIX}{FENCE}", re.MULTILINE)


def outside_blocks(text: str, change: Callable[[str], str]) -> str:
    """Return the text with ``change`` applied to each part between code blocks, for what takes whole lines."""
    if "```" not in text and "~~~" not in text:
        return change(text)
    parts = []
    position = 0
    for match in _BLOCKS.finditer(text):
        parts += [change(text[position : match.start()]), match[0]]
        position = match.end()
    parts.append(change(text[position:]))
    return "".join(parts)


def without_blocks(text: str) -> str:
    """Return the text without its code blocks."""
    return _BLOCKS.sub("", text) if "```" in text or "~~~" in text else text
