"""Emoji: which characters make one, and of which smaller emoji it consists."""

from __future__ import annotations

import regex

_PICTOGRAPH = r"[[\p{Extended_Pictographic}\p{Emoji_Presentation}]--[\p{RI}\p{EMod}]]"
_TEXT_OR_EMOJI = "\ufe0f"
"""The variation selector that asks for a coloured picture. People type emoji with and without it."""
_ELEMENT = rf"{_PICTOGRAPH}(?:{_TEXT_OR_EMOJI}|\p{{EMod}})?"
_JOINER = "\u200d"

EMOJI_PATTERN = (
    rf"\p{{RI}}\p{{RI}}|[0-9\#*]{_TEXT_OR_EMOJI}?\u20e3"
    rf"|{_ELEMENT}[\U000e0020-\U000e007f]*(?:{_JOINER}{_ELEMENT})*|\p{{EMod}}"
)
"""A regular expression (version 1 of the module regex) for one emoji as a reader sees it: a flag, a keycap, or
pictographs with their modifiers, tags and joiners (Unicode Technical Standard 51)."""
_EMOJI = regex.compile(EMOJI_PATTERN, regex.VERSION1)
_SKIN_TONE = regex.compile(r"(?<=.)\p{EMod}", regex.VERSION1)


def is_emoji(text: str) -> bool:
    """Return whether a text is exactly one emoji."""
    return _EMOJI.fullmatch(text) is not None


def normalized_emoji(emoji: str) -> str:
    """Return an emoji without variation selectors."""
    return emoji.replace(_TEXT_OR_EMOJI, "")


def emoji_elements(emoji: str) -> tuple[str, ...]:
    """Return the emoji that a normalized one is joined of, without skin tones; none if it is only itself.

    A woman at a computer consists of a woman and a computer, a brown thumb of a thumb.
    """
    elements = dict.fromkeys(_SKIN_TONE.sub("", element) for element in emoji.split(_JOINER))
    return tuple(element for element in elements if element and element != emoji)
