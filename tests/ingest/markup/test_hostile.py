"""Texts that are made to break or to slow down a reader. Each took minutes or much memory with a simpler one."""

from __future__ import annotations

import pytest

from semsearch.ingest.entries import Format, Markup
from semsearch.ingest.markup import main_content, plain_title, read
from tests.ingest.markup.readers import html, markdown

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(
    "source",
    [
        "[" * 100_000,
        "![" * 50_000,
        "> " * 50_000 + "x",
        "*a_ " * 25_000,
        "- " * 50_000,
        "".join(" " * (2 * n) + "- a\n" for n in range(500)),
        "".join("`" * (n % 45 + 1) + " " for n in range(10_000)),
        "!!! " + " " * 500_000 + "x",
        "::: " + " " * 500_000 + "x",
        ":::note\n" * 5_000,
        '!!! note "x"\n    ' * 5_000,
        "# a {:\n" * 5_000,
        "# A\n" * 5_000,
        "|a|b|\n|-|-|\n" + "|1|2|\n" * 5_000,
        "<div>" * 30_000,
        "&amp;lt;b " * 5_000,
        "$a" * 100_000,
    ],
    ids=lambda source: repr(source[:12]),
)
def test_markdown_of_any_form_is_read(source: str) -> None:
    assert len(markdown(source).text) <= len(source)


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 30_000 + "x",
        "<blockquote>" * 30_000 + "x",
        "<table><tr><td>" * 10_000 + "x",
        "<ul><li>" * 20_000 + "x",
        "".join(f"<b a={n}><p>x" for n in range(5_000)),
        "<span>" * 30_000 + "x",
        "x<svg><g>" * 10_000,
        "<p a='" * 5_000 + "'>x",
        "<br>" * 10_000 + "x",
        "\0<p>\ud800x\0",
    ],
    ids=lambda source: repr(source[:12]),
)
def test_html_of_any_form_is_read(source: str) -> None:
    assert "x" in html(source).text
    assert len(main_content(source).html) <= 10 * len(source) + 10_000


def test_text_of_elements_nested_too_deeply_stays() -> None:
    assert html("<div>" * 5_000 + "<p>a</p>" + "</div>" * 5_000 + "<p>b</p>").text == "a\n\nb"


def test_title_of_any_form_is_plain() -> None:
    assert len(plain_title("<b>" * 50_000 + "[[" * 50_000, Format.MARKDOWN)) <= 100_000


@pytest.mark.parametrize("format_", [*Format])
def test_nothing_is_read_from_nothing(format_: Format) -> None:
    assert read(Markup("", format_)).text == ""
    assert read(Markup(" \n\t\n", format_)).text == ""
