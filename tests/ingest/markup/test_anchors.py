"""Ids of headings as generators make them."""

from __future__ import annotations

import pytest

from semsearch.ingest.markup.anchors import AnchorMaker, Anchors


@pytest.mark.parametrize(
    ("style", "title", "anchor"),
    [
        (Anchors.GITHUB, "What's new in 2.0?", "whats-new-in-20"),
        (Anchors.GITHUB, "Q & A", "q--a"),
        (Anchors.GITHUB, "snake_case – Über नमस्ते", "snake_case--über-नमस्ते"),
        (Anchors.HUGO, "What's new in 2.0?", "whats-new-in-20"),
        (Anchors.HUGO, "Über Größe", "über-größe"),
        (Anchors.HUGO, "???", "heading"),
        (Anchors.KRAMDOWN, "Part 1 -- the start", "part-1--the-start"),
        (Anchors.KRAMDOWN, "1. Über *", "1-über-"),
        (Anchors.PYTHON_MARKDOWN, "Über   Größe & Co - x", "uber-groe-co-x"),
        (Anchors.PYTHON_MARKDOWN, "你好", "_1"),
        (Anchors.ZOLA, "Über: snake_case & Co!", "uber-snake-case-co"),
        (Anchors.ZOLA, "Что нового", ""),
        (Anchors.MARKDOWN_IT, "Tom's café (1)?", "tom's-caf%C3%A9-(1)%3F"),
        (Anchors.PANDOC, "3. Applications, v1.2 and more", "applications-v1.2-and-more"),
        (Anchors.PANDOC, "33", "section"),
        (Anchors.NONE, "Title", ""),
    ],
)
def test_anchor_is_that_of_the_generator(style: Anchors, title: str, anchor: str) -> None:
    assert AnchorMaker(style).anchor(title, None) == anchor


@pytest.mark.parametrize("style", [style for style in Anchors if style is not Anchors.NONE])
def test_no_two_headings_of_a_page_have_the_same_anchor(style: Anchors) -> None:
    anchors = AnchorMaker(style)

    made = [anchors.anchor(title, None) for title in ("A", "A", "A 1", "A", "a_1", "A")]

    assert len(set(made)) == len(made)


def test_duplicates_are_numbered_as_the_generator_does() -> None:
    github, python_markdown = AnchorMaker(Anchors.GITHUB), AnchorMaker(Anchors.PYTHON_MARKDOWN)

    assert [github.anchor("A", None) for _ in range(3)] == ["a", "a-1", "a-2"]
    assert [python_markdown.anchor("A", None) for _ in range(3)] == ["a", "a_1", "a_2"]


def test_anchor_in_the_source_wins_and_is_taken() -> None:
    anchors = AnchorMaker(Anchors.HUGO)

    assert anchors.anchor("Title", "own") == "own"
    assert anchors.anchor("Own", None) == "own-1"
