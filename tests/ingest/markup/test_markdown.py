"""Markdown → text."""

from __future__ import annotations

import pytest

from tests.ingest.markup.readers import blocks, markdown


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("see [getting *involved*](x), and `f(x)`.", "see getting involved, and f(x)."),
        ("~~gone~~ **b**_i_", "gone bi"),
        ("a\nb  \nc\\\nd", "a b\nc\nd"),
        ("<https://example.org/a_b>", "https://example.org/a_b"),
        ("Tom &amp; Jerry &copy; &#8217;", "Tom & Jerry © ’"),
        (r"\*not bold\* 1\. x", "*not bold* 1. x"),
        ("before <span class='x'>in<b>side</b></span>, after", "before inside, after"),
        ("text <!-- a comment --> more", "text more"),
        ("![a picture](p.png)", ""),
        ("Costs $5 and $x_1$ and $$y*2*z$$.", "Costs $5 and $x_1$ and $$y*2*z$$."),
        (":tada: Done", ":tada: Done"),
        ("“Quotes” and 'quotes'", "“Quotes” and 'quotes'"),
        ("これは\n日本語です", "これは日本語です"),
        ("semantic\u00adsearch&shy;engine", "semanticsearchengine"),
        ("e&#769;", "é"),
        ("a\x00b\x07c\ud800d", "abcd"),
        ("&#1;a", "a"),
    ],
)
def test_text_is_as_a_reader_sees_it(source: str, text: str) -> None:
    assert markdown(source).text == text


def test_each_block_stands_alone() -> None:
    source = (
        "# A\n\nb\n\n- c\n- d\n  - e\n\n1. f\n\n> g\n\n---\n\n```py\nif h:\n    i\n```\n\n"
        "|j|k|\n|-|-|\n|l|m|\n\nn\n: o\n"
    )

    assert blocks(markdown(source)) == [*"Abcdefg", "if h:\n    i", "j\tk", "l\tm", *"no"]


def test_html_blocks_are_read_as_html_with_markdown_between_them() -> None:
    source = (
        '<div class="note">\n\nInner **text**.\n\n</div>\n\n'
        "<script>\nlet x = 1;\n\nlet y;\n</script>\n\n<p>a<br>b</p>\n"
    )

    assert blocks(markdown(source)) == ["Inner text.", "a\nb"]


def test_code_is_kept_as_it_is() -> None:
    source = "    indented\n      more\n\ntext\n\n```html\n<b>&amp;</b>\n\n{: .x}\n:::note\n<!--more-->\n```\n"

    assert markdown(source).text == "indented\n  more\n\ntext\n\n<b>&amp;</b>\n\n{: .x}\n:::note\n<!--more-->"


def test_footnotes_stand_at_the_end_and_their_marks_nowhere() -> None:
    read = markdown("# A\n\nText[^1], and[^note].\n\n[^1]: First *note*.\n\n## B\n\nEnd.\n\n[^note]: Second.\n")

    assert blocks(read) == ["A", "Text, and.", "B", "End.", "First note.", "Second."]
    assert read.text[read.sections[-1].start : read.sections[-1].end] == "B\n\nEnd."


def test_task_lists_lose_their_boxes() -> None:
    assert blocks(markdown("- [ ] open\n- [x] done\n")) == ["open", "done"]


def test_emoji_at_the_start_of_a_line_is_no_definition() -> None:
    assert markdown("Look\n:tada: here\n").text == "Look :tada: here"


def test_attributes_of_kramdown_and_others_are_dropped_and_give_anchors() -> None:
    source = (
        "* TOC\n{:toc}\n\n# A {: #first .x}\n\nText.\n{: .note}\n\n## B\n{: #second}\n\n## C {#third}\n\n"
        '[l](u){:target="_blank"} ![p](q){width=50%} `c{: .x}`{.py} end (x){y}\n\n{.lead}\n\n*[HTML]: Hyper Text\n'
    )

    read = markdown(source)

    assert blocks(read) == ["A", "Text.", "B", "C", "l c{: .x} end (x){y}"]
    assert [section.anchor for section in read.sections] == ["first", "second", "third"]


@pytest.mark.parametrize("mark", ["[TOC]", "[[toc]]", "[[_TOC_]]", "${toc}"])
def test_mark_for_a_table_of_contents_is_dropped(mark: str) -> None:
    assert blocks(markdown(f"a\n\n{mark}\n\nb\n")) == ["a", "b"]


def test_comments_of_kramdown_are_dropped() -> None:
    assert blocks(markdown("a\n\n{::comment}\nhidden\n\nalso\n{:/comment}\n\nb\n")) == ["a", "b"]


@pytest.mark.parametrize(
    "source",
    [
        ":::note Take care\n\nInner *text*.\n\n:::\n\nAfter.",
        ":::warning[Take care]\nInner *text*.\n:::\n\nAfter.",
        '::: {.tip title="Take care"}\nInner *text*.\n:::\nAfter.',
        '!!! note "Take care"\n    Inner *text*.\n\nAfter.',
        '??? tip "Take care"\n\n    Inner *text*.\nAfter.',
        '=== "Take care"\n\n    Inner *text*.\n\nAfter.',
        "> [!NOTE]\n> Take care\n>\n> Inner *text*.\n\nAfter.",
    ],
)
def test_notes_and_tabs_keep_their_titles_and_texts(source: str) -> None:
    assert blocks(markdown(source)) == ["Take care", "Inner text.", "After."]


def test_notes_within_notes_and_code_in_them_are_read() -> None:
    source = '!!! note "A"\n    b\n\n    ??? tip "C"\n        d\n\n            code\n\n    e\n\nf\n'

    assert blocks(markdown(source)) == ["A", "b", "C", "d", "code", "e", "f"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("It&amp;#8217;s", "It’s"),
        ("&amp;lt;p&amp;gt;Hello&amp;lt;/p&amp;gt;", "Hello"),
        ("Write `&amp;amp;` and &amp;amp;", "Write &amp;amp; and &"),
        ("AT&T; R&D", "AT&T; R&D"),
    ],
)
def test_entities_escaped_once_too_often_are_mended_outside_of_code(source: str, text: str) -> None:
    assert markdown(source).text == text
