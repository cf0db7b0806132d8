"""reStructuredText → text and fields."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from semsearch.errors import MissingExtra
from tests.ingest.markup.readers import blocks, rst


def test_blocks_stand_alone() -> None:
    source = (
        "Title *x*\n=========\n\n:date: 2020-01-02\n\nText with ``code`` and a `link <http://x>`_.\n\n"
        "- a\n- b\n\n  - c\n\nTerm\n  definition\n\n.. code-block:: python\n\n   if x:\n       y\n\n"
        "=== ===\nA   B\n=== ===\n1   2\n=== ===\n\n.. note:: Take care\n\n| l1\n| l2\n\n  quote\n"
    )

    assert blocks(rst(source)) == [
        "Title x", "Text with code and a link.", "a", "b", "c", "Term", "definition", "if x:\n    y", "A\tB", "1\t2",
        "Take care", "l1\nl2", "quote",
    ]  # fmt: skip


def test_sections_have_the_ids_of_docutils() -> None:
    text = rst("T\n=\n\nA b\n---\n\nx\n\n.. _own-id:\n\nC\n-\n\ny\n")

    assert [(section.title, section.anchor) for section in text.sections] == [("T", "t"), ("A b", "a-b"), ("C", "c")]


def test_footnotes_stand_at_the_end() -> None:
    assert blocks(rst("a [1]_\n\n.. [1] note\n\nb\n")) == ["a", "b", "note"]


def test_no_file_is_included_and_no_raw_html(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    secret = f"{tmp_path}/secret"
    source = f"a\n\n.. include:: {secret}\n\n.. raw:: html\n   :file: {secret}\n\n.. raw:: html\n\n   <b>\n\nb"

    assert blocks(rst(source)) == ["a", "b"]


def test_what_docutils_does_not_know_does_not_show(capfd: pytest.CaptureFixture[str]) -> None:
    assert blocks(rst("a :ref:`text <target>` b :doc:`page`\n\n.. youtube:: id\n\nc\n")) == ["a text b page", "c"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("directive", "shown"),
    [
        (".. seealso:: Some other page.", ["Some other page."]),
        (".. seealso::\n\n   Some *other* page.\n\n   - one\n   - two", ["Some other page.", "one", "two"]),
        (".. seealso::\n   Page.", ["Page."]),
        (".. versionadded:: 3.1\n   The walrus.", ["3.1 The walrus."]),
        (".. tab:: Python\n   :sync: py\n\n   Text in a tab.", ["Python", "Text in a tab."]),
        (".. my-box:: A title\n   :class: wide\n\n   Text in a box.", ["A title", "Text in a box."]),
        (".. py:function:: open(file)\n\n   Open a file.", ["open(file)", "Open a file."]),
        (".. tabs::\n\n   .. tab:: One\n\n      First.\n\n   .. tab:: Two", ["One", "First.", "Two"]),
        (".. prompt:: bash $\n\n   ls *a*\n     b", ["ls *a*\n  b"]),
        (".. code-tab:: py\n\n   x = 1", ["x = 1"]),
        (".. youtube:: abc123", []),
        (".. chart:: Bar\n\n   1, 2", []),
        (".. only:: latex\n\n   For printers.", []),
        (".. toctree::\n   :maxdepth: 2\n\n   a\n   b", []),
        (".. mermaid::\n\n   graph TD; A-->B", []),
        (".. automodule:: semantic.search", []),
        (".. todo:: Write this part.", []),
    ],
)  # fmt: skip
def test_of_unknown_directives_a_reader_sees_the_content(directive: str, shown: list[str]) -> None:
    assert blocks(rst(f"a\n\n{directive}\n\nb")) == ["a", *shown, "b"]


def test_known_directives_stay_what_they_are() -> None:
    source = (
        "a\n\n.. code-block:: python\n\n   x = 1\n\n.. image:: a.png\n\n.. contents::\n\n.. note::\n\n   Take care."
    )
    assert blocks(rst(source)) == ["a", "x = 1", "Take care."]


@pytest.mark.timeout(60)
def test_many_unknown_directives_end_soon() -> None:
    source = "\n\n".join(f".. name{number}:: a b" for number in range(3_000))
    assert "a b" in rst(source).text


@pytest.mark.parametrize("mark", ["more", "PELICAN_END_SUMMARY", "TEASER_END"])
def test_comment_can_end_the_teaser(mark: str) -> None:
    assert rst(f"a b\n\n.. {mark}\n\nc").before_more == "a b"


def test_text_nested_too_deeply_is_read_as_plain() -> None:
    assert "end" in rst("\n\n".join(" " * n + "- a" for n in range(200)) + "\n\nend").text


@pytest.mark.timeout(60)
@pytest.mark.parametrize("word", ["{%" * 50_000, "a/b+" * 50_000, "x" * 100_000])
def test_a_word_without_end_takes_no_time(word: str) -> None:
    assert rst(f"before {word} after\n\nnext").text.endswith("after\n\nnext")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("source", ["*a " * 200_000, "- a\n" * 100_000, "`a" * 200_000, ":a: b\n" * 50_000])
def test_text_that_would_take_minutes_is_read_as_plain(source: str) -> None:
    assert rst(source).text == source.strip()


def test_missing_docutils_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docutils.core", None)

    with pytest.raises(MissingExtra, match=r"semsearch\[rst\]"):
        rst("a")
