"""What was made before is not made again, until there is no room for more."""

from __future__ import annotations

from semsearch.analysis.bounded_memo import Remembered


def counting() -> tuple[list[str], Remembered[str, str]]:
    made: list[str] = []

    def make(text: str) -> str:
        made.append(text)
        return text.upper()

    return made, Remembered(make, most=6, longest=5, size=len)


def test_what_comes_again_is_made_once() -> None:
    made, remembered = counting()
    assert [remembered["ab"], remembered["c"], remembered["ab"]] == ["AB", "C", "AB"]
    assert made == ["ab", "c"]


def test_all_is_forgotten_where_the_next_has_no_room() -> None:
    made, remembered = counting()
    for text in ("abc", "def", "abc", "g", "abc", "def", "abc"):
        assert remembered[text] == text.upper()
    assert made == ["abc", "def", "g", "abc", "def", "abc"]
    assert sum(map(len, remembered.values())) <= 6


def test_there_is_as_much_room_again_where_all_was_forgotten() -> None:
    made, remembered = counting()
    for text in ("abc", "def", "g", "abc", "g", "hi", "abc", "g"):
        assert remembered[text] == text.upper()
    assert made == ["abc", "def", "g", "abc", "hi"]


def test_what_is_too_long_or_too_large_is_made_each_time_and_pushes_nothing_out() -> None:
    made, remembered = counting()
    large: Remembered[str, str] = Remembered(lambda text: 7 * text, most=6, size=len)
    for text in ("ab", "abcdef", "abcdef", "ab"):
        assert remembered[text] == text.upper()
    assert made == ["ab", "abcdef", "abcdef"]
    assert large["x"] == "xxxxxxx"
    assert not large
