from __future__ import annotations

import pytest

from semsearch.analysis.stems import Analyzer
from semsearch.ranking.specifics import Specific, specifics
from semsearch.ranking.syntax import parse

ANALYZER = Analyzer()


def named(q: str) -> list[str]:
    return [specific.text for specific in specifics(parse(q), ANALYZER)]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("patching CVE-2031-0001 in a hurry", ["CVE-2031-0001"]),
        ("Python 3.99", ["3.99"]),
        ("release v2.3.0", ["v2.3.0"]),
        ("budget 2031", ["2031"]),
        ("the 10,000 loaves", ["10,000"]),
        ("GPT-4", ["GPT-4"]),
        ("a1b2c3d", ["a1b2c3d"]),
        ("x_y and fooBar in C++", ["x_y", "fooBar", "C++"]),
        ("node.js std::move AT&T me@example.org", ["node.js", "std::move", "AT&T", "me@example.org"]),
        ('a letter by "Zoë K."', ["Zoë K."]),
        ("Windows 12", ["12"]),
        ("10 ways to save", []),  # counts something
        ("bread in 30 minutes", []),
        ("how do tides work?", []),
        ("well-known and/or rock'n'roll", []),
        ("don't, O'Reilly's", []),
        ("🚀 launch", []),
        ("2031 2031", ["2031"]),
    ],
)
def test_names_and_numbers_are_specific(q: str, found: list[str]) -> None:
    assert named(q) == found


def test_an_identifier_may_be_written_as_one_word_or_as_several() -> None:
    assert specifics(parse("GPT-4"), ANALYZER) == (Specific("GPT-4", (("gpt4",), ("gpt", "4"))),)
    assert specifics(parse("1.10"), ANALYZER) == (Specific("1.10", (("1.10",),)),)  # not 1 and 10


def test_a_number_may_be_a_year() -> None:
    [year] = specifics(parse("1987"), ANALYZER)
    assert year.year == 1987
    [number] = specifics(parse("3000"), ANALYZER)
    assert number.year is None
