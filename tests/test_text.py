from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.text import (
    MAX_JOINED_CHARACTERS,
    MIN_SENTENCE_CHARACTERS,
    clean,
    clean_with_places,
    has_control_characters,
    sentences,
)

ANY = st.text(st.characters(exclude_categories=()), max_size=50)
PIECES = st.sampled_from(
    [
        *"abZ .!?。\uff01\uff1f।\u0589؟…\n\t\r\"'()[]“”\u2018’«»「」\u00a0\u2009\u202f\u2028\u3000",
        *"\u200b\u0301\x0b\x1c\x85é漢😀1-•",
        "A sentence that is long enough. ",
        "Mr. ",
        "e.g. ",
        "U.S. ",
        "\n\n",
        "\n\r\n",
        "1. ",
        "(a) ",
        "« Oui ! » ",
        "www.example.org ",
        "me@example.org. ",
        "これは文です。",
        "word " * 30,
    ]
)
PROSE = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=50)
LANGUAGES = st.sampled_from(
    ["en", "de", "fr", "ja", "zh-Hant", "hi", "ar", "am", "my", "ml", "kk", "xx", "PT-br", "", None]
)


def cut(text: str, language: str | None = None) -> list[str]:
    return [text[start:end] for start, end in sentences(text, language)]


def check_spans(text: str, spans: list[tuple[int, int]]) -> None:
    """The spans are ordered and disjoint, have no outer white space, and cover all other characters of the text."""
    before = 0
    for start, end in spans:
        assert before <= start < end <= len(text)
        assert not text[before:start].strip()
        assert text[start:end] == text[start:end].strip()
        before = end
    assert not text[before:].strip()


# --- clean ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("  a b\t\n", "a b"),
        ("a\r\nb\rc\nd\x85e", "a\nb\nc\nd\ne"),
        ("a\r\r\nb", "a\n\nb"),
        ("a\tb", "a\tb"),
        ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
        ("a\ud800b\udfff", "ab"),
        ("\x00 \x00a", "a"),
        ("e\u0301", "é"),
        ("\u212b", "Å"),
        ("e\x00\u0301", "é"),  # what is left after stripping is composed, too
        ("\u00a0\u3000a\u2003", "a"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("a\u200bb\u202ec\ufeffd", "a\u200bb\u202ec\ufeffd"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_cleaned_text_is_nfc_without_control_characters(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@settings(deadline=None)
@given(ANY)
def test_cleaning_is_idempotent(text: str) -> None:
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not has_control_characters(cleaned.replace("\n", "").replace("\t", ""))
    cleaned.encode()


@settings(deadline=None)
@given(ANY)
def test_cleaning_loses_no_other_character(text: str) -> None:
    def kept(value: str) -> list[str]:
        decomposed = unicodedata.normalize("NFD", value)
        return sorted(c for c in decomposed if unicodedata.category(c) not in ("Cc", "Cs") and not c.isspace())

    assert kept(clean(text)) == kept(text)


_UNITS = (
    *("a", "e", "é", "e\u0301", "q\u0307\u0323", "\u0301", "\u0323", "\u1112", "\u1161", "\u11ab", "\ud55c"),
    *("\u0dd9", "\u0dcf", "\u0b47", "\u0b3e", "\U0001d160", "\u0958", "漢", "🫖"),
    *(" ", "\n", "\r", "\r\n", "\x85", "\t", "\x00", "\x1f", "\ud800", "\u00a0", "\u200b"),
)
PIECES = st.lists(st.sampled_from(_UNITS), max_size=12).map("".join)
"""Texts that cleaning changes: letters and marks that join, line ends, control characters."""


@given(PIECES | ANY, st.data())
def test_cleaning_with_places_gives_the_same_text_and_ascending_places(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))

    cleaned, moved = clean_with_places(text, places)

    assert cleaned == clean(text)
    assert moved == sorted(moved)
    assert all(0 <= place <= len(cleaned) for place in moved)


@given(st.lists(PIECES.map(lambda piece: f"<{piece}"), max_size=4))
def test_a_span_holds_the_same_text_after_cleaning(pieces: list[str]) -> None:
    text, ends = "".join(pieces), list(itertools.accumulate(map(len, pieces)))

    cleaned, moved = clean_with_places(text, ends)

    spans = itertools.pairwise((0, *moved))
    assert [cleaned[start:end].strip() for start, end in spans] == [clean(piece) for piece in pieces]


@given(st.text(alphabet="a <\n\t", max_size=20), st.data())
def test_places_in_a_text_that_cleaning_leaves_alone_are_those_of_any_text(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))

    alone = clean_with_places(f"{text}|a", places)
    with_others = clean_with_places(f"{text}|\x00é", places)

    assert alone[0].removesuffix("a") == with_others[0].removesuffix("é")
    assert alone[1] == with_others[1]


@given(PIECES | ANY)
def test_a_text_is_cleaned_as_by_its_patterns_alone(text: str) -> None:
    assert clean(text) == clean(f"{text}\x00")


def test_a_place_between_a_letter_and_its_accent_moves_behind_both() -> None:
    assert clean_with_places(" e\u0301 \r\nb", [0, 1, 2, 3, 5, 6, 7]) == ("é \nb", [0, 0, 1, 1, 3, 3, 4])


def test_many_places_in_a_long_text_take_no_longer_than_the_text() -> None:
    text = "\u0301" * 400_000

    assert clean_with_places(text, [n * 200 for n in range(2_000)])[0] == text


@pytest.mark.parametrize("character", ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9f", "\ud800"])
def test_control_characters_and_lone_surrogates_are_detected(character: str) -> None:
    assert has_control_characters(f"a{character}b")


@pytest.mark.parametrize("text", ["", "a b", "é漢😀", "\u00a0", "\u200b", "\u202e", "\ufeff", "\ue000", "\u2028"])
def test_other_characters_are_not_control_characters(text: str) -> None:
    assert not has_control_characters(text)


# --- sentences --------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(PROSE, LANGUAGES)
def test_sentences_cover_the_text_in_order(text: str, language: str | None) -> None:
    spans = sentences(text, language)

    check_spans(text, spans)
    assert len(spans) < 2 or min(end - start for start, end in spans) >= MIN_SENTENCE_CHARACTERS


@settings(max_examples=30, deadline=None)
@given(PROSE.filter(str.strip), st.integers(4_950, 5_050), LANGUAGES)
def test_sentences_cover_a_text_that_is_longer_than_a_window(text: str, length: int, language: str | None) -> None:
    text = (text * (length // len(text) + 1))[:length] + text

    check_spans(text, sentences(text, language))


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u00a0\u3000", "\n" * 12_000])
def test_a_text_without_words_has_no_sentence(text: str) -> None:
    assert sentences(text) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "Dr. Smith wrote version 2.0 of the paper. Nobody knows how it ends!  Was it read by anyone at all?",
            [
                "Dr. Smith wrote version 2.0 of the paper.",
                "Nobody knows how it ends!",
                "Was it read by anyone at all?",
            ],
        ),
        (
            None,
            "A heading on its own line\n\nThe text starts here, on the next\nand goes on.",
            ["A heading on its own line", "The text starts here, on the next\nand goes on."],
        ),
        (
            "de",
            "Das Gesetz gilt seit dem 3. Oktober des Jahres 1990. Danach änderte sich für viele einiges.",
            ["Das Gesetz gilt seit dem 3. Oktober des Jahres 1990.", "Danach änderte sich für viele einiges."],
        ),
        (
            "fr",
            "Est-ce vrai\u00a0? Nous ne savons pas, dit M.\u00a0Dupont. «\u00a0Oui\u00a0!\u00a0» répond la foule.",
            [
                "Est-ce vrai\u00a0? Nous ne savons pas, dit M.\u00a0Dupont.",
                "«\u00a0Oui\u00a0!\u00a0» répond la foule.",
            ],
        ),
        (
            "ja",
            "これは最初の文章です、とてもとても長い。そしてこれは二番目の文章です、とても長い。",
            ["これは最初の文章です、とてもとても長い。", "そしてこれは二番目の文章です、とても長い。"],
        ),
        (
            "hi",
            "यह पहला वाक्य है जो काफी लंबा है। यह दूसरा वाक्य है जो उतना ही लंबा है।",
            ["यह पहला वाक्य है जो काफी लंबा है।", "यह दूसरा वाक्य है जो उतना ही लंबा है।"],
        ),
    ],
)
def test_sentence_boundaries(language: str | None, text: str, expected: list[str]) -> None:
    assert cut(text, language) == expected


GERMAN = "Das Gesetz gilt seit dem 3. Oktober des Jahres 1990. Danach änderte sich für viele einiges."


@pytest.mark.parametrize("language", ["de", "DE", "de-AT", "gsw"])
def test_language_is_matched_by_its_first_subtag(language: str) -> None:
    assert sentences(GERMAN, language) == [(0, 52), (53, 91)]


@pytest.mark.parametrize("language", ["xx", "qqq", "abcdefgh", "tlh-Latn", "é", "-", "", None])
def test_a_language_without_data_is_cut_like_english(language: str | None) -> None:
    assert cut(GERMAN, language) == cut(GERMAN, "en")
    assert cut(GERMAN, "en")[0] == "Das Gesetz gilt seit dem 3."


@pytest.mark.parametrize("space", ["\u00a0", "\u1680", "\u2009", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"])
@pytest.mark.parametrize("language", ["en", "fr", "ml"])
def test_letter_wide_space_and_full_stop_in_a_row_are_handled(space: str, language: str) -> None:
    text = f"The answer to it is A{space}. The question is another one."

    check_spans(text, sentences(text, language))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "This was said by everyone. Really? Yes. And then nothing happened.",
            ["This was said by everyone. Really? Yes.", "And then nothing happened."],
        ),
        ("Hi. Yes. This is a whole sentence.", ["Hi. Yes. This is a whole sentence."]),
        ("Hi. Yes. No.", ["Hi. Yes. No."]),
        ("Hi.", ["Hi."]),
        ("Nineteen letters!!! Twenty characters!!", ["Nineteen letters!!! Twenty characters!!"]),
        ("Twenty characters!!! Twenty characters!!!", ["Twenty characters!!!", "Twenty characters!!!"]),
    ],
)
def test_a_short_sentence_joins_its_neighbour(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_short_sentences_join_up_to_a_limit() -> None:
    """A list of a thousand words must not be one passage, which the model would truncate."""
    text = "\n\n".join(["Ten chars."] * 1_000)
    passages = cut(text)

    assert passages[0] == "\n\n".join(["Ten chars."] * 21)  # 250 = 21 × 10 + 20 × 2
    assert len(passages[0]) == MAX_JOINED_CHARACTERS
    assert passages[:-1] == [passages[0]] * 47
    assert passages[-1] == "\n\n".join(["Ten chars."] * 13)  # 1,000 = 47 × 21 + 13


def test_last_short_sentence_is_joined() -> None:
    long = f"A sentence {'that goes on ' * 20}and ends."

    assert cut(f"{long} Really?") == [f"{long} Really?"]
    assert cut(f"{long} Really? Yes, it does go on and on.") == [long, "Really? Yes, it does go on and on."]


def test_every_sentence_of_a_long_text_is_found_whole() -> None:
    """Also the sentences at the boundaries of windows."""
    written = [f"This is sentence number {number} of the text." for number in range(2_000)]

    assert cut(" ".join(written)) == written


def test_a_long_text_without_any_white_space_is_cut_in_time() -> None:
    """The longest allowed body. As one window, sentencex takes five minutes, more than the time limit of a test."""
    text = (
        "これは日本語の文章です。" * 160_000
    )  # 1,920,000 characters; 20 of its sentences, 240 characters, are a passage

    assert sentences(text, "ja") == [(start, start + 240) for start in range(0, len(text), 240)]


def test_a_sentence_without_end_is_cut_into_pieces() -> None:
    text = "a" * 12_345

    assert sentences(text) == [(0, 5_000), (5_000, 10_000), (10_000, 12_345)]
