from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.analysis.words import MAX_PIECE_CHARACTERS, Piece, forms, lower, pieces, tokens, with_joined_digits
from tests.index.builders import plain_text


def searched(text: str) -> list[str]:
    """The pieces of a text before stemming, without single characters of scripts without spaces."""
    return [piece.text for token in tokens(text) for piece in pieces(token.text) if not piece.is_single]


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
        ("me@example.org", ["me@example.org", "me", "example.org", "example", "org"]),
        ("a - b", ["a", "b"]),
        ("O'Reilly", ["oreilly", "o", "reilly"]),
        ("O\u2019Reilly\u2019s", ["oreilly", "o", "reilly", "s"]),
        ("rock'n'roll", ["rocknroll", "rock", "n", "roll"]),
        ("Hawai\u02bbi", ["hawaii", "hawai", "i"]),
        ("L'Oréal", ["loréal", "l", "oréal"]),
        ("don't I'll Ada's", ["don", "t", "i", "ll", "ada", "s"]),  # contractions are no words
        ("'quoted' words", ["quoted", "words"]),
        ("U.S. e.g.", ["us", "u.s", "u", "s", "eg", "e.g", "e", "g"]),
        ("fooBarBaz", ["foobarbaz", "foo", "bar", "baz"]),
        ("XMLHttpRequest", ["xmlhttprequest", "xml", "http", "request"]),
        ("getÜberId", ["getüberid", "get", "über", "id"]),
        ("iPhone15Pro", ["iphone15pro", "i", "phone15", "pro"]),
        ("PDFs URLs GPT4All 3D NASA", ["pdfs", "urls", "gpt4all", "3d", "nasa"]),
    ],
)
def test_joined_words_give_the_whole_and_the_parts(text: str, found: list[str]) -> None:
    assert searched(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000 1,00,000 2'500'000", ["1000", "100000", "2500000"]),
        ("10\u202f000", ["10000"]),
        ("1,234.56", ["1234.56", "1234", "56"]),
        ("1,2,3", ["1", "2", "3"]),  # no groups of thousands
        ("978-3-16-148410-0", ["9783161484100", "978-3-16-148410-0", "978", "3", "16", "148410", "0"]),
        ("2024-02-29", ["20240229", "2024-02-29", "2024", "02", "29"]),
        ("29/02/2024", ["29022024", "29/02/2024", "29", "02", "2024"]),
        ("29.02.2024", ["29022024", "29.02.2024", "29.02", "29", "02", "2024"]),
        ("10.000", ["10000", "10.000", "10", "000"]),
        ("10:30", ["1030", "10:30", "10", "30"]),
        ("1.1 3.14", ["1.1", "1", "1", "3.14", "3", "14"]),  # versions and fractions keep their signs
        ("10.1.1", ["10.1.1", "10.1", "10", "1", "1"]),
        ("1/2", ["1/2", "1", "2"]),
    ],
)
def test_digits_joined_by_signs_give_a_number_with_and_without_the_signs(text: str, found: list[str]) -> None:
    assert searched(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3.11.4", ["3.11.4", "3.11", "3", "11", "4"]),
        ("v3.11.4", ["v3.11.4", "v3", "3.11.4", "3.11", "3", "11", "4"]),
        ("V0.9", ["v0.9", "v0", "0.9", "0", "9"]),
        ("10.0.0.7", ["10.0.0.7", "10.0.0", "10.0", "10", "0", "0", "7"]),
        ("srv/app.toml", ["srv/app.toml", "srv", "app.toml", "app", "toml"]),
        ("kim@post.example.org", ["kim@post.example.org", "kim", "post.example.org", "post", "example", "org"]),
        ("utf-8/utf-16", ["utf-8/utf-16", "utf8", "utf", "8", "utf16", "utf", "16"]),
        ("std::foo.bar", ["std::foo.bar", "std", "foo.bar", "foo", "bar"]),
        ("H₂O m² fact¹ ½ ②", ["h₂o", "m²", "m", "fact¹", "fact", "½", "②"]),
    ],
)
def test_what_is_joined_within_a_token_is_a_piece_too(text: str, found: list[str]) -> None:
    assert searched(text) == found


@pytest.mark.parametrize(
    ("token", "sequence", "others"),
    [
        ("Walrus", ["walrus"], []),
        ("e-mail", ["e", "mail"], ["email"]),
        ("O'Reilly's", ["o", "reilly", "s"], ["oreilly"]),
        ("node.js", ["node.js"], ["node", "js"]),
        ("CVE-2024-6387", ["cve20246387"], ["cve", "2024", "6387"]),
        ("snake_case", ["snakecase"], ["snake", "case"]),
        ("fooBar", ["foobar"], ["foo", "bar"]),
        ("1.1", ["1.1"], ["1", "1"]),
        ("1,000", ["1000"], []),
        ("v2.0.1", ["v2.0.1"], ["v2", "2.0.1", "2.0", "2", "0", "1"]),
        ("fact¹", ["fact"], ["fact¹"]),
        ("H₂O", ["h₂o"], []),
        ("C++", ["c++"], []),
        ("東京都", ["東京", "京都"], ["東", "京", "都"]),
        ("東", ["東"], []),
        ("👩‍🚀", ["👩‍🚀"], ["👩", "🚀"]),
    ],
)
def test_a_token_as_written_is_one_word_or_several(token: str, sequence: list[str], others: list[str]) -> None:
    found = forms(token)
    assert tuple([piece.text for piece in pieces_] for pieces_ in found) == (sequence, others)


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
        ("東京", [True, True, True]),
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


def test_scripts_without_spaces_give_each_character() -> None:
    assert [(piece.text, piece.is_single) for piece in pieces("東京")] == [("東京", False), ("東", True), ("京", True)]
    assert [(piece.text, piece.is_single) for piece in pieces("東")] == [("東", False)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("🚀🚀", ["🚀", "🚀"]),
        ("tea🫖time", ["tea", "🫖", "time"]),
        ("👩‍🚀", ["👩‍🚀", "👩", "🚀"]),
        ("☕ ❤️ ⭐ ⏰ ©", ["☕", "❤", "⭐", "⏰", "©"]),
        ("👍🏽", ["👍🏽", "👍"]),
        ("🇫🇷🇩🇪", ["🇫🇷", "🇩🇪"]),
        ("1️⃣ #️⃣", ["1⃣", "#⃣"]),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", ["🏴󠁧󠁢󠁥󠁮󠁧󠁿"]),
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
        assert with_joined_digits(text)[token.start : token.end] == token.text
        last = token.end
        for piece in pieces(token.text):
            assert 0 <= piece.start < piece.end <= len(token.text)
            # The whole of joined words lacks some signs; all other pieces are as in the token.
            there = lower(token.text[piece.start : piece.end])
            is_emoji = not any(map(str.isalnum, there))
            assert piece.text == there or set(there) - set(piece.text) <= set("-_.:") or is_emoji


@given(plain_text | joined_text)
def test_pieces_of_one_token_are_distinct(text: str) -> None:
    for token in tokens(text):
        found = [(piece.text, piece.start, piece.end) for piece in pieces(token.text)]
        assert len(set(found)) == len(found)


def test_pieces_have_offsets_in_their_token() -> None:
    assert pieces("gpt-3") == [
        Piece("gpt3", is_verbatim=True, start=0, end=5),
        Piece("gpt", is_verbatim=False, start=0, end=3),
        Piece("3", is_verbatim=False, start=4, end=5),
    ]
