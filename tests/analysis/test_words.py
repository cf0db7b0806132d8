from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.words import MAX_PIECE_CHARACTERS, Piece, lower, pieces, tokens
from tests.index.builders import plain_text


def searched(text: str) -> list[str]:
    """What a text is searched by, before any stemmer."""
    return [piece.text for token in tokens(text) for piece in pieces(token.text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C++", ["c++"]),
        ("C#", ["c#"]),
        ("F#, C++.", ["f#", "c++"]),
        ("C++17", ["c++", "17"]),
        ("C and C+", ["c", "and", "c"]),
        (".NET", [".net", "net"]),
        ("in .NET 8", ["in", ".net", "net", "8"]),
        ("the end.Next", ["the", "end.next", "end", "next"]),
        ("...more", ["more"]),
        ("GPT-3", ["gpt3", "gpt", "3"]),
        ("node.js.", ["node.js", "node", "js"]),
        ("snake_case", ["snakecase", "snake", "case"]),
        ("__init__", ["init"]),
        ("e-mail email", ["email", "e", "mail", "email"]),
        ("std::vector", ["std::vector", "std", "vector"]),
        ("AT&T", ["at&t", "at", "t"]),
        ("and/or", ["and/or", "and", "or"]),
        ("me@example.org", ["me@example.org", "me", "example", "org"]),
        ("3.14 1,000", ["3.14", "3", "14", "1", "000"]),
        ("2024-02-29", ["2024-02-29", "2024", "02", "29"]),  # numbers alone are not run together
        ("a - b", ["a", "b"]),
        ("don't", ["don", "t"]),
    ],
)
def test_code_like_terms_are_kept_whole_beside_their_parts(text: str, found: list[str]) -> None:
    assert searched(text) == found


@pytest.mark.parametrize(
    ("token", "whole"),
    [
        ("c++", [True]),
        (".net", [True, False]),
        ("gpt-3", [True, False, False]),
        ("node.js", [True, False, False]),
        ("e-mail", [False, False, False]),  # a word like any other: "e-mails" is "emails"
        ("running", [False]),
        ("🚀", [True]),
        ("東京", [True]),
    ],
)
def test_no_stemmer_may_cut_what_is_no_plain_word(token: str, whole: list[bool]) -> None:
    assert [piece.whole for piece in pieces(token)] == whole


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("東", ["東"]),
        ("東京", ["東京"]),
        ("東京都", ["東京", "京都"]),
        ("東京Tower2024年", ["東京", "tower2024", "年"]),
        ("한국어는 좋다", ["한국", "국어", "어는", "좋다"]),
        ("カメラ", ["カメ", "メラ"]),
        ("ไทย", ["ไท", "ทย"]),
    ],
)
def test_scripts_without_spaces_are_searched_by_pairs(text: str, found: list[str]) -> None:
    assert searched(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("🚀🚀", ["🚀", "🚀"]),
        ("tea🫖time", ["tea", "🫖", "time"]),
        ("👩‍🚀", ["👩", "🚀"]),
        ("☕ ❤️", ["☕", "❤"]),
        ("हिन्दी में", ["हिन्दी", "में"]),  # vowel signs are marks, and part of the word
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("\u0301 \u200d", []),  # a mark alone is nothing
        ("Москва ٣", ["москва", "٣"]),
        ("", []),
        ("?!… -- + ++ # . _", []),
        ("\x00", []),
    ],
)
def test_emoji_marks_and_signs(text: str, found: list[str]) -> None:
    assert searched(text) == found


def test_what_is_too_long_for_a_word_is_left_out() -> None:
    most = "a" * MAX_PIECE_CHARACTERS
    assert searched(most) == [most]
    assert searched(f"{most}a b") == ["b"]
    assert searched(f"{most}-b") == [most, "b"]


@given(st.text())
def test_lower_case_is_as_long_as_the_text(text: str) -> None:
    assert len(lower(f"İ{text}")) == len(text) + 1


def test_a_capital_i_with_a_dot_is_an_i() -> None:
    assert lower("İSTANBUL I") == "istanbul i"


joined_text = st.lists(
    st.sampled_from(
        ["a", "Be", "7", ".", "-", "_", "::", "++", "#", "&", " ", "İ", "é", "\u0301", "東", "京都", "🚀", "x" * 81]
    )
).map("".join)


@given(plain_text | joined_text)
def test_tokens_and_pieces_stand_in_order_where_they_say(text: str) -> None:
    last = 0
    for token in tokens(text):
        assert last <= token.start < token.end <= len(text)
        assert lower(text[token.start : token.end]) == token.text
        last = token.end
        for piece in pieces(token.text):
            assert 0 <= piece.start < piece.end <= len(token.text)
            # A whole of several parts has no hyphens and underscores; all else is as it stands there.
            there = token.text[piece.start : piece.end]
            assert piece.text in (there, there.replace("-", "").replace("_", ""))


@given(plain_text | joined_text)
def test_pieces_of_one_token_are_told_apart_by_their_places(text: str) -> None:
    for token in tokens(text):
        spans = [(piece.start, piece.end) for piece in pieces(token.text)]
        assert len(set(spans)) == len(spans)


def test_a_piece_says_where_it_is_in_its_token() -> None:
    assert pieces("gpt-3") == [
        Piece("gpt3", whole=True, start=0, end=5),
        Piece("gpt", whole=False, start=0, end=3),
        Piece("3", whole=False, start=4, end=5),
    ]
