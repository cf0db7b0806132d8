from __future__ import annotations

import pytest

from semsearch.analysis.stems import Analyzer
from semsearch.analysis.stop_words import STOP_WORDS

ANALYZER = Analyzer()


def test_stop_words_are_dropped_in_any_case() -> None:
    for word in STOP_WORDS:
        assert ANALYZER.for_language().words(f"{word} {word.title()}") == []


def test_stop_words_are_distinct() -> None:
    assert len(set(STOP_WORDS)) == len(STOP_WORDS)


def test_contractions_leave_no_words() -> None:
    assert (
        ANALYZER.for_language().words("I don't, she's, we'd, they'll, I'm, you're, we've, it isn't, he wouldn't") == []
    )


@pytest.mark.parametrize("word", ["need", "new", "use", "first", "best", "like", "time", "nothing", "can't stop"])
def test_other_words_are_kept(word: str) -> None:
    assert len(ANALYZER.for_language().words(word)) == 1
