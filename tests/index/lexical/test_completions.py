from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer
from semsearch.index.lexical.index import LexicalIndex
from tests.index.builders import lexical_index, post

TITLES = [
    "Running models of the Café",
    "C++ and regular expressions (a.*b)",
    "İstanbul in winter",
    "Run the model",
    "Straße, naïve and 東京",
    "Rust and C",
]


def words_of(typed: str) -> tuple[str, ...]:
    return Analyzer().forms(typed).sequence


@pytest.fixture(scope="module")
def titles(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    # Only titles are completed.
    posts = [post(f"{n}", title=title, teaser="runaway", tags=("runic",)) for n, title in enumerate(TITLES)]
    return lexical_index(tmp_path_factory.mktemp("titles"), posts)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("r", [0, 1, 3, 5]),
        ("RUN", [0, 3]),
        ("runn", [0]),
        ("run ", [0, 3]),
        ("model run", [3]),  # in any order
        ("run model", [3]),  # only the last word is a prefix, and words are not stemmed
        ("the", [0, 3]),  # stop words are kept
        ("caf", [0]),
        ("CAFÉ", [0]),
        ("cafe", [0]),
        ("istan", [2]),
        ("İST", [2]),
        ("strass", [4]),
        ("東", [4]),
        ("京", [4]),
        ("東京", [4]),
        ("c++", [1]),  # signs are part of the word
        ("c", [0, 1, 5]),
        ("(a.*b", [1]),
        (".*", []),
        ("[a-z]+q", []),
        ("|", []),
        ("\\", []),
        ("models xyz", []),
        ("", []),
        ("  ", []),
        ("runaw", []),
        ("x" * 79, []),
        ("💥", []),
        ("🇫", []),
    ],
)
def test_titles_with_every_word_and_the_prefix_are_completions(
    titles: LexicalIndex, typed: str, completed: list[int]
) -> None:
    assert sorted(titles.complete(words_of(typed), 10).tolist()) == completed


def test_there_are_at_most_limit_completions(titles: LexicalIndex) -> None:
    assert len(titles.complete(["r"], 2)) == 2
    assert titles.complete(["r"], 0).tolist() == []


words = st.text(string.ascii_lowercase[:3], min_size=1, max_size=4)
phrases = st.lists(words, min_size=1, max_size=4)


@settings(max_examples=20, deadline=None)
@given(st.lists(phrases, max_size=10), st.lists(phrases, min_size=10, max_size=20))
def test_completions_are_those_of_a_plain_comparison(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[list[str]], typed: list[list[str]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("completed")
    index = lexical_index(folder, [post(f"{n}", title=" ".join(title)) for n, title in enumerate(corpus)])
    for *whole, last in typed:
        expected = [
            ordinal
            for ordinal, title in enumerate(corpus)
            if set(whole) <= set(title) and any(word.startswith(last) for word in title)
        ]
        assert sorted(index.complete([*whole, last], 100).tolist()) == expected
