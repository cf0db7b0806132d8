from __future__ import annotations

import pytest
import regex

from semsearch.analysis.emoji import EMOJI_PATTERN, emoji_elements, is_emoji, normalized_emoji


@pytest.mark.parametrize("emoji", ["⭐", "⏰", "🫠", "☎", "❤️", "🇫🇷", "4️⃣", "*️⃣", "👍🏾", "👨‍👩‍👧", "🏳️‍🌈", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "🏽"])
def test_an_emoji_is_one(emoji: str) -> None:
    assert regex.findall(EMOJI_PATTERN, f"a{emoji}{emoji}b", regex.VERSION1) == [emoji, emoji]
    assert is_emoji(emoji)


@pytest.mark.parametrize("text", ["a", "4", "#", "*", "東", "+", "\ufe0f", "\u200d"])
def test_other_characters_are_none(text: str) -> None:
    assert regex.search(EMOJI_PATTERN, text, regex.VERSION1) is None
    assert not is_emoji(text)


def test_variation_selectors_make_no_difference() -> None:
    assert normalized_emoji("❤️") == normalized_emoji("❤") == "❤"
    assert normalized_emoji("4️⃣") == "4⃣"


@pytest.mark.parametrize(
    ("emoji", "elements"),
    [("👩‍💻", ("👩", "💻")), ("👍🏽", ("👍",)), ("👩🏿‍💻", ("👩", "💻")), ("⭐", ()), ("🇫🇷", ()), ("🏽", ())],
)
def test_joined_emoji_consist_of_others(emoji: str, elements: tuple[str, ...]) -> None:
    assert emoji_elements(emoji) == elements
