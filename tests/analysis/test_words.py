from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.words import MAX_PIECE_CHARACTERS, Piece, lower, pieces, tokens
from tests.index.builders import plain_text


def searched(text: str) -> list[str]:
    """The pieces of a text before stemming."""
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
        ("2024-02-29", ["2024-02-29", "2024", "02", "29"]),  # numbers are not joined
        ("a - b", ["a", "b"]),
        ("don't", ["don", "t"]),
    ],
)
def test_joined_words_give_the_whole_and_the_parts(text: str, found: list[str]) -> None:
    assert searched(text) == found


@pytest.mark.parametrize(
    ("token", "verbatim"),
    [
        ("c++", [True]),
        (".net", [True, False]),
        ("gpt-3", [True, False, False]),
        ("node.js", [True, False, False]),
        ("e-mail", [False, False, False]),  # a plain word: "e-mails" is "emails"
        ("running", [False]),
        ("🚀", [True]),
        ("東京", [True]),
    ],
)
def test_only_plain_words_may_be_stemmed(token: str, verbatim: list[bool]) -> None:
    assert [piece.is_verbatim for piece in pieces(token)] == verbatim


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
def test_scripts_without_spaces_give_pairs_of_characters(text: str, found: list[str]) -> None:
    assert searched(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("🚀🚀", ["🚀", "🚀"]),
        ("tea🫖time", ["tea", "🫖", "time"]),
        ("👩‍🚀", ["👩", "🚀"]),
        ("☕ ❤️", ["☕", "❤"]),
        ("हिन्दी में", ["हिन्दी", "में"]),  # vowel signs are part of the word
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("\u0301 \u200d", []),  # a mark alone is no word
        ("Москва ٣", ["москва", "٣"]),
        ("", []),
        ("?!… -- + ++ # . _", []),
        ("\x00", []),
    ],
)
def test_emoji_marks_and_signs(text: str, found: list[str]) -> None:
    assert searched(text) == found


def test_long_pieces_are_dropped() -> None:
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
def test_tokens_and_pieces_are_in_order_at_their_offsets(text: str) -> None:
    last = 0
    for token in tokens(text):
        assert last <= token.start < token.end <= len(text)
        assert lower(text[token.start : token.end]) == token.text
        last = token.end
        for piece in pieces(token.text):
            assert 0 <= piece.start < piece.end <= len(token.text)
            # The whole of joined words has no hyphens and underscores; all other pieces are as in the token.
            there = token.text[piece.start : piece.end]
            assert piece.text in (there, there.replace("-", "").replace("_", ""))


@given(plain_text | joined_text)
def test_pieces_of_one_token_have_distinct_offsets(text: str) -> None:
    for token in tokens(text):
        spans = [(piece.start, piece.end) for piece in pieces(token.text)]
        assert len(set(spans)) == len(spans)


def test_pieces_have_offsets_in_their_token() -> None:
    assert pieces("gpt-3") == [
        Piece("gpt3", is_verbatim=True, start=0, end=5),
        Piece("gpt", is_verbatim=False, start=0, end=3),
        Piece("3", is_verbatim=False, start=4, end=5),
    ]
