from __future__ import annotations

from semsearch.analysis.bounded_memo import BoundedMemo


def counting_memo() -> tuple[list[str], BoundedMemo[str, str]]:
    """A memo of at most six characters in all, and the list of keys it has computed."""
    computed: list[str] = []

    def compute(text: str) -> str:
        computed.append(text)
        return text.upper()

    return computed, BoundedMemo(compute, max_size=6, max_key_length=5, size=len)


def test_a_value_is_computed_once() -> None:
    computed, memo = counting_memo()
    assert [memo["ab"], memo["c"], memo["ab"]] == ["AB", "C", "AB"]
    assert computed == ["ab", "c"]


def test_a_full_memo_is_cleared() -> None:
    computed, memo = counting_memo()
    for text in ("abc", "def", "abc", "g", "abc", "def", "abc"):
        assert memo[text] == text.upper()
    assert computed == ["abc", "def", "g", "abc", "def", "abc"]
    assert sum(map(len, memo.values())) <= 6


def test_a_cleared_memo_has_all_its_room_again() -> None:
    computed, memo = counting_memo()
    for text in ("abc", "def", "g", "abc", "g", "hi", "abc", "g"):
        assert memo[text] == text.upper()
    assert computed == ["abc", "def", "g", "abc", "hi"]


def test_long_keys_and_large_values_are_computed_each_time_and_evict_nothing() -> None:
    computed, memo = counting_memo()
    large: BoundedMemo[str, str] = BoundedMemo(lambda text: 7 * text, max_size=6, size=len)
    for text in ("ab", "abcdef", "abcdef", "ab"):
        assert memo[text] == text.upper()
    assert computed == ["ab", "abcdef", "abcdef"]
    assert large["x"] == "xxxxxxx"
    assert not large
