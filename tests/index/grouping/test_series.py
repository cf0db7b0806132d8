from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.index.grouping.series import series_key, series_name
from tests.index.builders import plain_text, post

LONGEST = 1_000
"""The longest title of a corpus, in characters."""


def of_title(title: str) -> str | None:
    return series_key(post("a", title=title))


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("Sea Animals, Part 2: The walrus", "sea animals"),
        ("Sea animals (part two)", "sea animals"),
        ("SEA ANIMALS \u2013 PART IV", "sea animals"),
        ("Sea animals: Pt. 3", "sea animals"),
        ("Sea animals #12", "sea animals"),
        ("Sea animals [#3] The seal", "sea animals"),
        ("Sea animals (2/3)", "sea animals"),
        ("Sea animals 2 of 3", "sea animals"),
        ("Sea animals, episode #7", "sea animals"),
        ("Sea animals, vol. 4, no. 2", "sea animals"),
        ("Sea animals - Chapter One", "sea animals"),
        ("Meerestiere, Teil 2", "meerestiere"),
        ("Meerestiere (Folge 3 von 5)", "meerestiere"),
        ("Animaux de mer, 2e saison \u2013 partie 3", "animaux de mer 2e saison"),
        ("Animales del mar, parte 1", "animales del mar"),
        ("Zeedieren deel 2", "zeedieren"),
        ("Havdyr, del 2", "havdyr"),
        ("海の動物 Part 2", "海の動物"),
        ("Straße, Teil 1", "strasse"),
        ("Rust\npart\n2", "rust"),
    ],
)
def test_a_title_with_a_part_number_names_the_series(title: str, series: str) -> None:
    assert of_title(title) == series


@pytest.mark.parametrize(
    "title",
    [
        "",
        " ",
        "Sea animals",
        "Part 2",
        "(Part 2)",
        "- Part 2 -",
        "#12",
        "2/3",
        "2 of 3",
        "Part 2 of 3",
        "Chapter One",
        "A part of the sea",
        "Partly 2",
        "The party 4 you",
        "Rust#12",
        "The C# 7 compiler",
        "Part-time work",
        "A departed 2",
        "Version 2",
        "The year 2024",
        "Sea animals part 12345",
        "🚀 Part 2",
        "Why no one reads the manual",
        "Storia del XX secolo",
        "Support that answers 24/7",
    ],
)
def test_other_titles_name_no_series(title: str) -> None:
    assert of_title(title) is None


def test_the_parts_of_a_series_have_the_same_key() -> None:
    for titles in (
        ["Sea animals, part 1", "Sea Animals \u2014 Part II", "sea animals: part three: the end", "Sea animals (4/4)"],
        ["İstanbul, part 1", "İstanbul Part 2", "İSTANBUL #3"],
    ):
        assert len({of_title(title) for title in titles}) == 1


@given(st.sampled_from(["Sea animals", "海", "Ein Haus am Meer", "C++ in depth"]), st.integers(1, 9_999), st.booleans())
def test_any_part_number_gives_the_same_key(name: str, number: int, shouted: bool) -> None:
    titles = [f"{name} part {number}", f"{name}, Teil {number}: mehr", f"{name} #{number}", f"{name} - Folge {number}"]
    found = {of_title(title.upper() if shouted else title) for title in titles}
    assert len(found) == 1
    assert None not in found


def test_the_series_field_takes_precedence_over_the_title() -> None:
    one = post("a", title="Sea animals, part 2", series="  Life in the SEA ")
    assert series_key(one) == "life in the sea"
    assert series_key(post("a", series="STRASSE")) == series_key(post("b", series="Straße"))


@pytest.mark.parametrize("said", ["", " \n", None])
def test_an_empty_series_field_is_ignored(said: str | None) -> None:
    assert series_key(post("a", title="Sea animals, part 2", series=said)) == "sea animals"
    assert series_key(post("a", title="Sea animals", series=said)) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Sea Animals, Part 2: The walrus", "Sea Animals"),
        ("SEA ANIMALS \u2013 PART IV", "SEA ANIMALS"),
        ("“Sea Animals” (2/3)", "Sea Animals"),
        ("Life\n by  the Sea: #3", "Life by the Sea"),
        ("C++ in Depth #3", "C++ in Depth"),
        ("Learning C#, part 1", "Learning C#"),
        ("Sand & Sea: A Story \u2014 chapter one", "Sand & Sea: A Story"),
        ("Die Straße, Teil 1", "Die Straße"),
        ("Sea Animals", None),
        ("(Part 2)", None),
    ],
)
def test_the_name_is_spelt_as_in_the_title(title: str, name: str | None) -> None:
    assert series_name(post("a", title=title)) == name


def test_the_name_is_spelt_as_in_the_series_field() -> None:
    one = post("a", title="Sea animals, part 2", series="  Life, in the SEA! ")
    assert series_name(one) == "Life, in the SEA!"
    assert series_name(post("a", title="Sea Animals, part 2", series=" ")) == "Sea Animals"


def test_a_series_field_may_consist_of_signs_alone() -> None:
    one = post("a", series=" *** ")
    assert (series_name(one), series_key(one)) == ("***", "***")


@given(
    st.none() | plain_text,
    plain_text | st.lists(st.sampled_from(["Part", "no", "#", "2", "/", "of", " ", "(", "İ", "🚀"])).map("".join),
)
def test_the_name_of_a_series_has_the_same_key(said: str | None, title: str) -> None:
    one = post("a", title=title, series=said)
    name = series_name(one)
    assert (name is None) == (series_key(one) is None)
    if name is not None:
        assert name == name.strip() != ""
        assert name in " ".join((said or title).split())
        assert series_key(post("b", series=name)) == series_key(one)


@given(plain_text | st.lists(st.sampled_from(["Part", "no", "#", "2", "/", "of", " ", "(", "İ", "🚀"])).map("".join))
def test_a_key_has_no_white_space_around_it(title: str) -> None:
    name = of_title(title)
    assert name is None or name == name.strip() != ""


@pytest.mark.parametrize(
    "title", ["-", "a", " #", "part ", "1/", "(", "🚀", "中", "İ", "a part" + " " * LONGEST, "a 1" + " " * LONGEST]
)
def test_no_title_takes_long(title: str) -> None:
    of_title((title * LONGEST)[:LONGEST])
