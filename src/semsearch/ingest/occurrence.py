"""Does a text have one of some marks?"""

from __future__ import annotations


def has_any(text: str, *marks: str) -> bool:
    """Tell whether one of the marks is in the text.

    A mark is looked for only if all of its characters are there: Python finds one character in a text some hundred
    times as fast as two, and most posts lack one, such as ``^`` or ``%``.
    """
    return any(all(map(text.__contains__, mark)) and mark in text for mark in marks)
