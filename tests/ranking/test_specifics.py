from __future__ import annotations

from collections.abc import Iterable

import pytest

from semsearch.analysis.stems import Analyzer
from semsearch.ranking.specifics import Specific, specifics
from semsearch.ranking.syntax import parse

ANALYZER = Analyzer()


def specifics_of(q: str, forms: Iterable[str] = (), authors: Iterable[str] = ()) -> tuple[Specific, ...]:
    return specifics(
        parse(q),
        ANALYZER,
        set(forms).__contains__,
        {ANALYZER.forms(author).sequence for author in authors}.__contains__,
    )


def named(q: str) -> list[str]:
    return [specific.text for specific in specifics_of(q)]


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
        ("symphony no. 7", ["7"]),
        ("²³¹ and fact¹", []),
    ],
)
def test_names_and_numbers_are_specific(q: str, found: list[str]) -> None:
    assert named(q) == found


def test_an_identifier_may_be_written_as_one_word_or_as_several() -> None:
    assert specifics_of("GPT-4") == (Specific("GPT-4", (("gpt4",), ("gpt", "4"))),)
    assert specifics_of("1.10") == (Specific("1.10", (("1.10",),)),)  # not 1 and 10


def test_a_number_may_be_a_year() -> None:
    [year] = specifics_of("1987")
    assert year.year == 1987
    [number] = specifics_of("3000")
    assert number.year is None


@pytest.mark.parametrize(
    ("q", "forms", "way"),
    [
        ("RFC2616", ["rfc", "2616"], ("rfc", "2616")),
        ("ios17", ["ios", "17"], ("ios", "17")),
        ("5kg", ["5", "kg"], ("5", "kg")),
        ("html 5", ["html5"], ("html5",)),
        ("A 380 lands", ["a380"], ("a380",)),
        ("weighs 70 kg", ["70kg"], ("70kg",)),
        ("10000 steps", ["10", "000"], ("10", "000")),
        ("DE89370400440532", ["de89", "3704", "0044", "0532"], ("de89", "3704", "0044", "0532")),
        ("DE89 3704 0044 0532", ["de89370400440532"], ("de89370400440532",)),
        ("5550104477", ["555", "0104477"], ("555", "0104477")),
        ("555-010-4477", ["555", "0104477"], ("555", "0104477")),
        ("(555) 010-4477", ["5550104477"], ("5550104477",)),
        ("+44 20 7946 0018", ["442079460018"], ("442079460018",)),
        ("v3.11.4", [], ("3.11.4",)),
    ],
)
def test_a_name_or_number_may_be_written_apart_or_joined(q: str, forms: list[str], way: tuple[str, ...]) -> None:
    assert any(way in specific.phrases for specific in specifics_of(q, forms))


@pytest.mark.parametrize(
    ("q", "forms"),
    [
        ("10000", ["10", "00"]),  # not all of its digits
        ("1985", ["19", "85"]),  # a year
        ("a1b2c3d", ["a", "1", "b", "2", "c", "3", "d"]),
        ("2024, in town", ["2024in"]),  # not beside each other
    ],
)
def test_what_is_another_name_is_no_way_to_write_it(q: str, forms: list[str]) -> None:
    [specific] = specifics_of(q, forms)
    assert specific.phrases == specifics_of(q)[0].phrases


def test_the_name_of_an_author_is_specific() -> None:
    authors = ["Ada van der Meer", "Admin"]
    assert [specific.text for specific in specifics_of("Ada van der Meer", authors=authors)] == ["Ada van der Meer"]
    assert [specific.text for specific in specifics_of("ádá van-der meer", authors=authors)] == ["ádá van-der meer"]
    assert specifics_of("Ada van der Veen", authors=authors) == ()
    assert specifics_of("books by Ada van der Meer", authors=authors) == ()
    assert specifics_of("Admin", authors=authors) == ()  # one word: it may mean anything
