"""What is plain text here, and where do its sentences begin and end?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import sentencex

# Line ends and tabs are layout and stay; every other C0 and C1 control character, and every half of a surrogate pair
# (which has no UTF-8 form), goes.
_STRIPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|\x85")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# sentencex 1.0.32 panics where a letter, a white space of several bytes and a full stop meet ("A\u00a0.").
_WIDE_SPACE = re.compile(r"[^\S \t\n\r]")

MIN_SENTENCE_CHARACTERS = 20
"""A shorter sentence ("Really?", "1.") says too little to be found on its own: it joins its neighbour."""
MAX_JOINED_CHARACTERS = 250
"""Past this, a passage takes no more short sentences: a long list of them is several passages."""
_WINDOW = 5_000
"""Code points that sentencex sees at once. From each full stop it looks back to the last white space, so Chinese and
Japanese, which have none, would take time that grows with the square of their length."""


def clean(text: str) -> str:
    """The text in NFC, with line ends as ``\\n``, no control characters and no white space at either end."""
    if not text.isprintable():  # what is printable has nothing to strip
        text = _STRIPPED.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


def has_control_characters(text: str) -> bool:
    """Whether the text holds any character of category Cc (line ends and tabs too) or a lone surrogate."""
    return _CONTROL.search(text) is not None


def sentences(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """The sentences of a text as ``[start, end)`` spans in code points, in order, without white space at their ends.

    Boundaries are sentencex's, by language (English where none is given); a sentence longer than ``_WINDOW`` is cut. A
    sentence of fewer than ``MIN_SENTENCE_CHARACTERS`` joins the one before it, or the one after it where there is none
    before it or that has ``MAX_JOINED_CHARACTERS``.
    """
    code = (language or "en").split("-")[0].lower()
    spans: list[tuple[int, int]] = []
    pending: int | None = None
    last = 0
    for boundary in _boundaries(text, code):
        start, last = _trim(text, *boundary)
        start, pending = (start if pending is None else pending), None
        if last - start >= MIN_SENTENCE_CHARACTERS:
            spans.append((start, last))
        elif spans and last - spans[-1][0] <= MAX_JOINED_CHARACTERS:
            spans[-1] = (spans[-1][0], last)
        else:
            pending = start
    if pending is not None:  # nothing comes after it
        spans.append((spans.pop()[0] if spans else pending, last))
    return spans


def _boundaries(text: str, language: str) -> Iterator[tuple[int, int]]:
    text = _WIDE_SPACE.sub(" ", text)
    offset = 0
    while offset < len(text):
        window = text[offset : offset + _WINDOW]
        found = [(b["start_index"], b["end_index"]) for b in sentencex.get_sentence_boundaries(language, window)]
        if offset + _WINDOW < len(text) and len(found) > 1:
            found.pop()  # the window may have cut it: the next one starts with it
        yield from ((offset + start, offset + end) for start, end in found if not window[start:end].isspace())
        offset += found[-1][1]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
