from __future__ import annotations

from semsearch.ingest.parsing.header_lines import of_html, of_markdown, of_rst


def test_markdown_metadata_ends_at_a_blank_line_and_goes_on_in_indented_lines() -> None:
    text = of_markdown("Title: A: b\nSUMMARY: one\n    two\nTags: x\nTags: y\n\nNot: metadata\n")
    assert text.fields == {"title": ("A: b",), "summary": ("one\ntwo",), "tags": ("x", "y")}
    assert text.body == "\nNot: metadata\n"


def test_markdown_metadata_may_stand_between_lines_of_hyphens() -> None:
    text = of_markdown("---\nTitle: A: b\n---\nBody")
    assert (text.fields, text.body) == ({"title": ("A: b",)}, "Body")


def test_markdown_without_metadata_is_all_body() -> None:
    assert of_markdown("---\n\nBody: text").body == "---\n\nBody: text"
    assert of_markdown("https://example.org: a link").fields == {}


def test_rst_title_and_fields() -> None:
    text = of_rst(
        "\n=====\nTitle\n=====\n\n:Date: 2020-01-01\n:authors:\n    - One, A\n    - Two\n\n:tags: a\n\nBody `x`:y:\n"
    )
    assert text.fields == {
        "title": ("Title",),
        "date": ("2020-01-01",),
        "authors": ("- One, A\n- Two",),
        "tags": ("a",),
    }
    assert text.body == "\nBody `x`:y:\n"


def test_rst_without_title_or_fields_is_all_body() -> None:
    assert of_rst("Just text.\n\nMore.").body == "Just text.\n\nMore."


def test_html_metadata_outside_of_comments_and_the_body() -> None:
    text = of_html(
        "<title>A &amp; <!-- b -->\n c</title><!-- <meta name='x' content='y'> -->"
        "<META NAME='Tags' content=\"a, b > c\"><meta name=tags contents='d'><meta charset='utf-8'>"
        "<body class='x'><title>no</title>Text</body>"
    )
    assert text.fields == {"title": ("A & c",), "tags": ("a, b > c", "d")}
    assert text.body == "<title>no</title>Text"
