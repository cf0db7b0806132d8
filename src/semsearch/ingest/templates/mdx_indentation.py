"""MDX has no indented code: what is indented inside a component is a paragraph. This takes the indentation away."""

from __future__ import annotations

import re

_FENCE = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})")
_LIST_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+\S")


def without_indentation(text: str) -> str:
    """Return the text with lines moved to the left, together with the list or the code block they belong to."""
    if "\n " not in text and "\n\t" not in text and not text.startswith((" ", "\t")):
        return text
    lines = []
    fence = ""
    margin = 0
    """Columns to take away: the indentation of the outermost list, or of the line if there is no list."""
    in_list = False
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" \t"))
        content = line[indent:]
        if fence:
            lines.append(line[min(margin, indent) :])
            if content.startswith(fence) and not content.strip(fence[0] + " \t"):
                fence = ""
            continue
        if content and (not in_list or indent <= margin):
            in_list = _LIST_ITEM.match(content) is not None
            margin = indent
        if opening := _FENCE.match(line):
            fence = opening[1]
        lines.append(line[min(margin, indent) :] if content else "")
    return "\n".join(lines)
