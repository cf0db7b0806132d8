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


@pytest.mark.parametrize("mark", ["more", "PELICAN_END_SUMMARY", "TEASER_END"])
def test_comment_can_end_the_teaser(mark: str) -> None:
    assert rst(f"a b\n\n.. {mark}\n\nc").before_more == "a b"


def test_text_nested_too_deeply_is_read_as_plain() -> None:
    assert "end" in rst("\n\n".join(" " * n + "- a" for n in range(200)) + "\n\nend").text


@pytest.mark.timeout(60)
@pytest.mark.parametrize("source", ["*a " * 200_000, "- a\n" * 100_000, "`a" * 200_000, ":a: b\n" * 50_000])
def test_text_that_would_take_minutes_is_read_as_plain(source: str) -> None:
    assert rst(source).text == source.strip()


def test_missing_docutils_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docutils.core", None)

    with pytest.raises(MissingExtra, match=r"semsearch\[rst\]"):
        rst("a")
