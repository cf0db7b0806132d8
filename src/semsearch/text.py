"""What is plain text here, and where do its sentences begin and end?"""

from __future__ import annotations

import re
import unicodedata

import sentencex

# Line ends and tabs are layout and stay; every other C0 and C1 control character, and every half of a surrogate pair
# (which has no UTF-8 form), goes.
_STRIPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|\x85")

MIN_SENTENCE_CHARACTERS = 20
"""A shorter sentence ("Really?", "1.") says too little to be found on its own: it joins its neighbour."""


def clean(text: str) -> str:
    """The text in NFC, with line ends as ``\\n``, no control characters and no white space at either end."""
    return unicodedata.normalize("NFC", _STRIPPED.sub("", _LINE_ENDS.sub("\n", text))).strip()


def has_control_characters(text: str) -> bool:
    """Whether the text holds any character of category Cc (line ends and tabs too) or a lone surrogate."""
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def sentences(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """The sentences of a text as ``[start, end)`` spans in code points, in order, without white space at their ends.

    Boundaries are sentencex's, by language (English where none is given); a sentence of fewer than
    ``MIN_SENTENCE_CHARACTERS`` joins the one before it, or the one after it at the start.
    """
    code = (language or "en").split("-")[0].lower()
    spans: list[tuple[int, int]] = []
    pending: int | None = None
    for boundary in sentencex.get_sentence_boundaries(code, text):
        start, end = _trim(text, boundary["start_index"], boundary["end_index"])
        if start == end:
            continue
        start, pending = (start if pending is None else pending), None
        if end - start >= MIN_SENTENCE_CHARACTERS:
            spans.append((start, end))
        elif spans:
            spans[-1] = (spans[-1][0], end)
        else:
            pending = start
            last = end
    if pending is not None:
        spans.append((pending, last))
    return spans


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
