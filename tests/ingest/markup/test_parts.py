"""Sections, first heading, first paragraph, "more" marker and holes of a text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.ingest.entries import HOLE, Format, Markup
from semsearch.ingest.markup import Anchors, ReadText, read
from semsearch.text import clean
from tests.ingest.markup.readers import html, markdown, plain

PIECES = st.sampled_from(
    ["# A", "## B *c*", "text", "more words here.", HOLE, "\n", "\n\n", "- ", "> ", "`", "```\n", "<b>", "</b>",
     "<div>", "<!--more-->", "|a|b|\n|-|-|\n", "[^1]", "\n[^1]: n\n", "&amp;amp;", "é", "e\u0301", "  ", "\t",
     "![x](y)", "$", "*",
     "\n:::note\n", "{: #x}", "<h2>", "\ufdd0", "\ufdd1", "\x00", "\u2028",
     "&#xFDD0;", "&#xFDD1;", "<table><tr><td>", "<br>", "\u00a0"]
)  # fmt: skip
MARKUP = st.builds(Markup, st.lists(PIECES, max_size=30).map("".join), st.sampled_from([*Format]))


def test_section_reaches_from_its_heading_to_the_next() -> None:
    text = markdown("intro\n\n# A *b*\n\nx\n\n### C\n\ny\n\nz\n\n## D\n")

    parts = [(section.title, text.text[section.start : section.end]) for section in text.sections]

    assert parts == [("A b", "A b\n\nx"), ("C", "C\n\ny\n\nz"), ("D", "D")]


@given(MARKUP)
@settings(max_examples=80, deadline=None)
def test_sections_begin_with_their_titles_and_do_not_overlap(markup: Markup) -> None:
    text = read(markup)

    ends = [0, *(section.end for section in text.sections)]
    assert all(text.text[section.start : section.end].startswith(section.title) for section in text.sections)
    assert all(end <= section.start for end, section in zip(ends, text.sections, strict=False))
    assert ends[-1] <= len(text.text)


@given(MARKUP)
@settings(max_examples=80, deadline=None)
def test_all_texts_are_clean_and_without_holes(markup: Markup) -> None:
    text = read(markup)

    for part in (text.text, text.first_heading, text.before_more, text.first_paragraph, text.prose):
        assert part == clean(part)
        assert not set(part) & {HOLE, "\ufdd0", "\ufdd1"}


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="&\ue000\ufdd0\ufdd1"))).map("\n\n".join))
@settings(max_examples=50, deadline=None)
def test_plain_paragraph_stays_as_it_is(text: str) -> None:
    paragraph = clean(" ".join(text.split()))

    assert plain(paragraph).text == paragraph


@pytest.mark.parametrize(
    ("source", "heading"),
    [
        ("# A\n\nx", "A"),
        ("![badge](x)\n\n# A *b*\n\nx", "A b"),
        ("## A\n\nx\n\n# B", "A"),
        ("x\n\n## A\n\n# B", "B"),
        ("x\n\n## A", ""),
        ("<h1>A</h1>\n\nx", "A"),
        ("A\n===\n\nx", "A"),
    ],
)
def test_first_heading_begins_the_text_or_is_of_level_one(source: str, heading: str) -> None:
    assert markdown(source).first_heading == heading


def test_title_from_the_body_is_no_part_of_the_text_but_keeps_its_anchor() -> None:
    text = read(Markup("# A\n\nx\n\n## A\n\ny", Format.MARKDOWN), title_from_body=True)

    assert (text.first_heading, text.text) == ("A", "x\n\nA\n\ny")
    assert [(section.title, section.anchor, section.start) for section in text.sections] == [("A", "a-1", 3)]


def test_heading_that_repeats_the_title_is_left_out() -> None:
    source = Markup("# The Title!\n\nx", Format.MARKDOWN)

    assert read(source, title="The title").text == "x"
    assert read(source, title="Another").text == "The Title!\n\nx"


def test_headings_have_no_anchor_where_the_generator_makes_none() -> None:
    text = read(Markup("# A\n\n# B {#own}", Format.MARKDOWN), anchors=Anchors.NONE)

    assert [section.anchor for section in text.sections] == ["", "own"]


@pytest.mark.parametrize(
    ("source", "before"),
    [
        ("a b\n\n<!--more-->\n\nc", "a b"),
        ("a b\n<!-- more -->\nc", "a b"),
        ("a b <!-- truncate --> c", "a b"),
        ("a b\n\n{/* truncate */}\n\nc", "a b"),
        ("<p>a b<!--more Read on!--></p>\n\nc", "a b"),
        ("# T\n\na b\n\n```\ncode\n```\n\n- c\n\n<!--more-->\n\nd", "a b\n\nc"),
        ("<!--more-->\n\nc", ""),
        ("`<!--more-->` a b", ""),
        ("<!-- no more --> a", ""),
    ],
)
def test_prose_before_the_marker(source: str, before: str) -> None:
    assert markdown(source).before_more == before


def test_marker_leaves_no_trace() -> None:
    assert markdown("a <!--more--> b <!--more--> c\n\n<!--more-->\n\nd").text == "a b c\n\nd"


REAL = "This is the first real paragraph of it."


@pytest.mark.parametrize(
    "before",
    [
        "# A heading with several words",
        "```\nsome code with several words\n```",
        "- a list with several words",
        "| a | b |\n|---|---|\n| several words | in a table |",
        "![a picture with several words](x.png)",
        "[![Build](https://img.shields.io/a)](x) [![Docs](https://img.shields.io/b)](y)",
        "<figure><img src=x><figcaption>A caption with several words</figcaption></figure>",
        "> A quote with several words in it.",
        "[Home](/) | [All the posts](/p) | [About this site](/a)",
        "**A bold line that is a heading**",
        "Note:",
        "Posted by Jane Doe on January 5, 2023",
        "*By Jane Doe and John Roe*",
        "January 5, 2023",
        "2023-01-05",
        "Originally published at the blog of Example on Monday.",
        "Photo by Jane Doe on a site with pictures",
        "5 min read · 3 comments",
        "Table of contents of this very long post",
        "!!! note\n    A note with several words in it.",
        ":::info\n\nA note with several words in it.\n\n:::",
        f"Today {HOLE} is released to the whole world.",
    ],
)
def test_first_paragraph_is_prose(before: str) -> None:
    assert markdown(f"{before}\n\n{REAL}\n\nThe second paragraph follows it.").first_paragraph == REAL


@pytest.mark.parametrize(
    "paragraph",
    [
        "By default, the server listens on port 80.",
        f"Published figures show that 40 of them failed in the first year, which is more than anybody{' had' * 20}.",
        "We [link](x) to some [pages](y) in this sentence.",
        "**We are glad to announce the second version.**",
        "これは最初の本当の段落です。十分に長いです。",
        "`cargo` is now at version 2.",
    ],
)
def test_sentence_that_resembles_something_else_is_prose(paragraph: str) -> None:
    first = markdown(f"{paragraph}\n\n{REAL}").first_paragraph

    assert first == paragraph.replace("[link](x)", "link").replace("[pages](y)", "pages").strip("*").replace("`", "")


def test_text_without_paragraph_tags_has_paragraphs_as_well() -> None:
    assert html(f"{REAL}<br><br>More text of it.").first_paragraph == REAL


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (f"Ruby {HOLE} is out.", "Ruby is out."),
        (f"the release of Ruby {HOLE}.", "the release of Ruby."),
        (f"{HOLE} is out", "is out"),
        (f"a{HOLE}b", "ab"),
        (f"({HOLE})", "()"),
        (f"a\n\n{HOLE}\n\nb", "a\n\nb"),
        ("x &#xE000; y", "x y"),
        (f"`{HOLE}` and\n\n    {HOLE}code", "and\n\ncode"),
    ],
)
def test_holes_leave_no_gap(source: str, text: str) -> None:
    read_text = markdown(source)

    assert read_text.text == text
    assert read_text.holes > 0


def test_title_of_a_section_and_its_anchor_have_no_holes() -> None:
    (section,) = markdown(f"# Ruby {HOLE} Released").sections

    assert (section.title, section.anchor) == ("Ruby Released", "ruby-released")


def read_parts(text: ReadText) -> tuple[str, bool]:
    return text.before_more, text.teaser_lost


def test_teaser_is_lost_where_the_hole_is_in_it() -> None:
    before = f"We are glad to say it. Ruby {HOLE} is out.\n\n"

    assert read_parts(markdown(f"{before}<!--more-->\n\n{REAL}")) == ("We are glad to say it.", True)
    assert read_parts(markdown(f"{REAL}\n\n<!--more-->\n\n{before}")) == (REAL, False)
    assert read_parts(markdown(before)) == ("", True)
