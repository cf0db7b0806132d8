"""Where code stands in a Markdown text. Template languages leave it alone."""

from __future__ import annotations

import re
from collections.abc import Callable

FENCED = (
    r"^(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*"
    r"(?:\n(?![ \t>]*(?P=fence)[`~]*[ \t]*$)[^\n]*)*(?:\n[^\n]*)?"
)
"""A fenced block with its fences, also in lists and quotes. Without a closing fence it goes to the end. MULTILINE."""
SPAN = r"(?<![`\\])(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n)[\s\S]){1,5000}?(?<!`)(?P=ticks)(?!`)"
"""A code span in one paragraph."""
_BLOCKS = re.compile(FENCED, re.MULTILINE)
_CODE = re.compile(f"{FENCED}|{SPAN}", re.MULTILINE)


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return the text with ``change`` applied to each part between code blocks and code spans."""
    return _outside(_CODE, text, change)


def outside_blocks(text: str, change: Callable[[str], str]) -> str:
    """Return the text with ``change`` applied to each part between code blocks, for what takes whole lines."""
    return _outside(_BLOCKS, text, change)


def _outside(pattern: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    parts = []
    position = 0
    for match in pattern.finditer(text):
        parts += [change(text[position : match.start()]), match[0]]
        position = match.end()
    parts.append(change(text[position:]))
    return "".join(parts)
