from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.index.lexical.vocabulary import Vocabulary, edits_allowed, is_correctable, write_vocabulary


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vocabulary")


def written(folder: Path, words: Iterable[str]) -> Vocabulary:
    write_vocabulary(folder, words)
    return Vocabulary.open(folder)


def edits(one: str, other: str) -> int:
    """The optimal string alignment distance, by its definition: a table over all pairs of prefixes."""
    table = [[i + j if not i * j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            another = table[i - 1][j - 1] + (one[i - 1] != other[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, another)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


def compared(word: str, words: Iterable[str]) -> list[tuple[str, int]]:
    """The similar words, by comparing with every word."""
    found = []
    for other in set(words) - {word}:
        longer = max(len(word), len(other))
        allowed = 2 if longer >= 9 else 1 if longer >= 5 else 0
        between = edits(word, other) + (word[0] != other[0])
        if between <= allowed:
            found.append((other, between))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("walris", [("walrus", 1)]),  # a letter replaced
        ("walrs", [("walrus", 1)]),  # a letter deleted
        ("wallrus", [("walrus", 1)]),  # a letter inserted
        ("wlarus", [("walrus", 1)]),  # two letters transposed
        ("wolris", []),  # two edits in a word of six letters
        ("talrus", []),  # the first letter counts twice
        ("awlrus", []),
        ("photosynthesis", [("photosynthetic", 2)]),  # a word is not similar to itself
        ("photosintesis", [("photosynthesis", 2)]),
        ("hotosynthesis", [("photosynthesis", 2)]),
        ("otosynthesis", []),
        ("seol", []),  # both have four letters
        ("seals", [("seal", 1)]),
        ("kril", [("krill", 1)]),
        ("modèle", [("modèles", 1)]),
        ("3walrus", []),
    ],
)
def test_similar_words_differ_by_one_edit_from_five_letters_on_and_two_from_nine(
    folder: Path, typed: str, near: list[tuple[str, int]]
) -> None:
    known = ["walrus", "photosynthesis", "photosynthetic", "seal", "krill", "modèles", "x", "node.js", "gpt3", "a" * 41]
    assert list(written(folder, known).similar_words(typed)) == near


few_letters = st.text("abcé", min_size=4, max_size=11) | st.text("ab", min_size=7, max_size=10)
hashed_alike = st.text("aášAŁ", min_size=4, max_size=6)
"""Letters whose code points are equal modulo 64."""


@settings(max_examples=60, deadline=None)
@given(st.lists(few_letters | hashed_alike, max_size=40), st.lists(few_letters | hashed_alike, min_size=1, max_size=5))
@example(["abcdefghi"], ["abdcegfhi"])
@example(["abcd", "abcdefg"], ["abcde"])
@example(["aaaaaaaaa"], ["aaaaaaa"])
def test_similar_words_are_those_of_a_plain_comparison(folder: Path, known: list[str], typed: list[str]) -> None:
    vocabulary = written(folder, known)
    for word in [*typed, *known[:3]]:
        assert list(vocabulary.similar_words(word)) == compared(word, known)


@settings(max_examples=60, deadline=None)
@given(st.text("abcdefgh", min_size=9, max_size=12), st.data())
def test_a_word_is_similar_after_any_two_edits_behind_its_first_letter(
    folder: Path, word: str, data: st.DataObject
) -> None:
    typed = word
    for _ in range(2):
        place = data.draw(st.integers(1, len(typed) - 1))
        kind = data.draw(st.sampled_from(["more", "less", "another", "exchanged"]))
        head, tail = typed[:place], typed[place:]
        typed = {
            "more": f"{head}z{tail}",
            "less": head + tail[1:],
            "another": f"{head}z{tail[1:]}",
            "exchanged": head + tail[1:2] + tail[:1] + tail[2:],
        }[kind]
    # Two edits in one place may be three edits in an optimal string alignment, which edits no substring twice.
    assert (word in dict(written(folder, [word]).similar_words(typed))) is (word != typed and edits(word, typed) <= 2)


def test_the_vocabulary_has_only_distinct_words_of_letters(folder: Path) -> None:
    kept = ["seal", "walrus", "東京東京", "é" * 40]
    assert len(written(folder, [*kept, *kept, "sea", "gpt3", "node.js", "c++", "é" * 41, "", "e-mail"])) == len(kept)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("sea", False),
        ("seal", True),
        ("a" * 40, True),
        ("a" * 41, False),
        ("sea4", False),
        ("se-al", False),
        ("", False),
    ],
)
def test_words_of_at_least_four_letters_are_correctable(word: str, expected: bool) -> None:
    assert is_correctable(word) is expected


def test_edits_allowed() -> None:
    assert [edits_allowed(length) for length in (0, 4, 5, 8, 9, 40)] == [0, 0, 1, 1, 2, 2]


def test_an_empty_vocabulary_has_no_similar_words(folder: Path) -> None:
    assert written(folder, []).similar_words("walrus") == ()
    assert len(Vocabulary.open(folder)) == 0


def test_many_threads_have_the_same_results_as_one(folder: Path) -> None:
    vocabulary = written(folder, [f"{one}alrus{other}" for one in "wxyz" for other in "abcdef"])
    typed = [f"{one}alris{other}" for one in "wxyz" for other in "abcdef"] * 5
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(vocabulary.similar_words, typed))
    assert found == [vocabulary._search(word) for word in typed]
    assert all(found)
