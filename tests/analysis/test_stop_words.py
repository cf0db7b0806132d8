from __future__ import annotations

import pytest

from semsearch.analysis.stems import Analyzer
from semsearch.analysis.stop_words import STOP_WORDS

ANALYZER = Analyzer()


def test_no_stop_word_is_a_word_however_it_is_written() -> None:
    for word in STOP_WORDS:
        assert ANALYZER.reader().words(f"{word} {word.upper()} {word.title()}") == []


def test_each_is_listed_once() -> None:
    assert len(set(STOP_WORDS)) == len(STOP_WORDS)


def test_contractions_leave_no_words() -> None:
    assert ANALYZER.reader().words("I don't, she's, we'd, they'll, I'm, you're, we've, it isn't, he wouldn't") == []


@pytest.mark.parametrize("word", ["need", "new", "use", "first", "best", "like", "time", "nothing", "can't stop"])
def test_a_word_that_says_something_stays(word: str) -> None:
    assert len(ANALYZER.reader().words(word)) == 1
