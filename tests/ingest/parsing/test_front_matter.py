from __future__ import annotations

import datetime as dt

import pytest

from semsearch.ingest.parsing.front_matter import split


@pytest.mark.parametrize(
    "text",
    [
        "---\nTitle: A\n---\nbody",
        "\n\n---  \nTITLE: A\n---\nbody",
        "\u200b\ufeff---\ntitle: A\n---\nbody",
        "---\n\ntitle: A\n---\nbody",
        "---\ntitle: A\n...\nbody",
        '+++\ntitle = "A"\n+++\nbody',
        '{"title": "A"}\nbody',
        ';;;\n{"title": "A"}\n;;;\nbody',
    ],
)
def test_front_matter_is_detected_in_each_file(text: str) -> None:
    document = split(text)
    assert (dict(document.fields), document.body, document.problem) == ({"title": "A"}, "body", "")


@pytest.mark.parametrize(
    "text",
    [
        "no front matter",
        "---\nA rule, and text.\n",
        "---\n\nText between rules.\n\n---\nand below them",
        "---\n\n- a list: of things\n\n---\n",
        "{{< figure >}}\ntext",
        "",
        "{not json}",
    ],
)
def test_a_text_without_front_matter_is_all_body(text: str) -> None:
    document = split(text)
    assert (document.body, document.has_front_matter, document.fields) == (text, False, {})


def test_the_line_of_the_body_is_known() -> None:
    assert split("\n---\na: 1\nb: 2\n---\n\ntext").body_line == 6


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: a\nnote: b: c: d\n---\nbody", 3),
        ('+++\ntitle = "a"\nnote = \n+++\nbody', 3),
        ('+++\ntitle = "a"\n', 1),
        ("---\n- a\n- b\n---\nbody", 2),
        ("---\ntitle: a\nand the rest is not saved yet", 1),
    ],
)
def test_broken_front_matter_is_said_with_its_line(text: str, line: int) -> None:
    document = split(text)
    assert document.problem
    assert document.problem_line == line
    assert not document.fields


def test_a_paragraph_that_parses_as_a_key_is_said() -> None:
    document = split("---\ntitle: a\nWe *believe* this of it all: yes\n---\nbody")
    assert document.odd_keys == ("We *believe* this of it all",)


def test_toml_dates_stay_dates() -> None:
    assert split("+++\ndate = 2020-01-31\n+++\n").fields["date"] == dt.date(2020, 1, 31)


def test_of_two_spellings_of_a_key_the_first_counts() -> None:
    assert split("---\nTitle: a\ntitle: b\n---\n").fields == {"title": "a"}


def test_a_rule_in_the_body_does_not_end_the_text() -> None:
    assert split("---\ntitle: a\n---\nbody\n---\nmore").body == "body\n---\nmore"
