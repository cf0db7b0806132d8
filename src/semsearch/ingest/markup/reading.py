"""Markup → text as a reader sees it."""

from __future__ import annotations

from semsearch.ingest.entries import Format, Markup
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.markup.assembling import assembled
from semsearch.ingest.markup.blocks import Content
from semsearch.ingest.markup.entities import unescaped_markup
from semsearch.ingest.markup.html_blocks import read_html
from semsearch.ingest.markup.markdown import read_markdown
from semsearch.ingest.markup.more import with_marks
from semsearch.ingest.markup.plain import read_plain
from semsearch.ingest.markup.read_text import ReadText
from semsearch.ingest.markup.rst import read_rst
from semsearch.ingest.markup.spaces import without_controls


def read(
    markup: Markup, *, anchors: Anchors = Anchors.GITHUB, title_from_body: bool = False, title: str = ""
) -> ReadText:
    """Read a text.

    ``anchors``: how the generator of the site makes ids of Markdown headings. ``title_from_body``: the first heading
    (see :attr:`ReadText.first_heading`) is left out of text and sections. ``title``: so is a first heading that
    repeats this title.
    """
    content = _content(without_controls(markup.text), markup.format, anchors is not Anchors.NONE)
    return assembled(content, anchors, title_from_body=title_from_body, title=title)


def _content(text: str, format_: Format, makes_anchors: bool) -> Content:
    match format_:
        case Format.MARKDOWN:
            return read_markdown(text, makes_anchors=makes_anchors)
        case Format.HTML:
            return read_html(with_marks(unescaped_markup(text)))
        case Format.RST:
            return read_rst(text)
        case Format.PLAIN:
            return read_plain(text)
