from __future__ import annotations

import pytest

from semsearch.ingest.templates.admonitions import without_alerts, without_directives, without_indented_blocks


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (":::note\ninner\n:::", ["inner"]),
        (":::note My *title*\ninner\n:::", ["My *title*", "inner"]),
        (":::tip[My title]{.wide}\ninner\n:::", ["My title", "inner"]),
        (':::warning{title="My title"}\ninner\n:::', ["My title", "inner"]),
        ("::: details Click me\ninner\n:::", ["Click me", "inner"]),
        (":::tip[See [a](b) now]\ninner\n:::", ["See [a](b) now", "inner"]),
        (":::tip See [a](b)\ninner\n:::", ["See [a](b)", "inner"]),
        ("::::tip\n:::info\ninner\n:::\n::::", ["inner"]),
        ("- item\n  :::note\n  inner\n  :::", ["- item", "  inner"]),
        ("::youtube{#id}\ntext", ["text"]),
    ],
)
def test_directives_lose_their_markers(source: str, expected: list[str]) -> None:
    assert lines(without_directives(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("> [!NOTE]\n> inner", [">", "> inner"]),
        ("> [!tip]+ My title\n> inner", ["> My title", ">", "> inner"]),
        ("> > [!warning|wide] Deep\n> > inner", ["> > Deep", "> >", "> > inner"]),
        ("[!NOTE] is no alert here", ["[!NOTE] is no alert here"]),
    ],
)
def test_alerts_lose_their_markers(source: str, expected: list[str]) -> None:
    assert lines(without_alerts(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('!!! note "My title"\n    inner\n\n    more\nout', ["My title", "inner", "more", "out"]),
        ("!!! danger\n    inner", ["inner"]),
        ('!!! note ""\n    inner', ["inner"]),
        ('???+ tip inline end "T"\n    inner', ["T", "inner"]),
        ('=== "One"\n\n    a\n\n=== "Two"\n\n    b', ["One", "a", "Two", "b"]),
        ("!!! a\n    !!! b\n        inner\n    out", ["inner", "out"]),
        ("1. item\n\n    !!! note\n        inner\n    more", ["1. item", "    inner", "    more"]),
        ("!!! a\n    ```\n    !!! b\n      c\n    ```", ["```", "!!! b", "  c", "```"]),
        ("!!! a\n\tinner", ["inner"]),
    ],
)
def test_indented_blocks_lose_their_markers_and_indentation(source: str, expected: list[str]) -> None:
    assert lines(without_indented_blocks(source)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "```\n:::note\n> [!NOTE]\n!!! note\n```",
        "Wow!!! so ::: odd",
        "Title\n===\n\ntext",
        "para\n\n    !!! code\n        x",
    ],
)
def test_code_and_other_text_stays(text: str) -> None:
    assert without_indented_blocks(without_alerts(without_directives(text))) == text
