"""The tree of an HTML text, without what a reader does not see; and questions about its elements."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from semsearch.ingest.markup.blocks import LINE_BREAK
from semsearch.ingest.markup.entities import mended
from semsearch.ingest.markup.nesting import flattened

_UNSEEN_TAGS = [
    "script", "style", "template", "noscript", "nav", "svg", "form", "button", "iframe", "object", "select", "textarea",
    "audio", "video", "canvas", "dialog", "title", "rt", "rp", "annotation",
]  # fmt: skip
"""Elements that hold no text of the post: code of the page, controls, navigation; the readings of ruby characters."""
_UNSEEN = (
    ("hidden", '[hidden], [aria-hidden="true"], .visually-hidden, .visuallyhidden, .hidden'),
    ("display:", '[style*="display:none"], [style*="display: none"]'),
    ("sr-only", ".sr-only"),
    ("screen-reader", ".screen-reader-text, .screen-reader-only"),
    ("headerlink", "a.headerlink"),
    ("header-anchor", "a.header-anchor"),
    ("hash-link", "a.hash-link"),
    ("zola-anchor", "a.zola-anchor"),
    ("anchorjs", "a.anchorjs-link"),
    ("line", "td.gutter, td.rouge-gutter, td.linenos, span.lineno, span.linenos, span.lnt, .linenodiv, .line-numbers"),
    ('"ln"', "span.ln"),
    ("lntable", ".lntd:first-child:has(.lnt)"),
    ("gutter", ".gutter"),
    ("oot", "sup.footnote-reference, sup.footnote-definition-label, sup.footnote-ref, a.footnote-ref, sup a.footnote, "
     "a.footnote-backref, a.reversefootnote, a.footnote-anchor, a.footnote-number, a.footnote-return, "
     "a[data-footnote-ref], a[data-footnote-backref]"),
    ("fnref", 'sup[id^="fnref"], a[href^="#fnref"]'),
    ("doc-", '[role="doc-noteref"], [role="doc-backlink"]'),
)  # fmt: skip
"""Selectors of elements that nobody sees, or that are marks for the mouse; each with a text that is in the HTML then."""
_LAYOUT = "h1, h2, h3, h4, h5, h6, pre, table, ul, ol, blockquote"
_FOOTNOTES = frozenset(("footnotes", "footnote-definition", "footnote"))
_LETTER = re.compile(r"\w")


def parse(html: str) -> LexborHTMLParser:
    """Parse HTML and remove what a reader does not see. ``<br>`` becomes LINE_BREAK."""
    tree = LexborHTMLParser(flattened(html))
    tree.strip_tags(_UNSEEN_TAGS)
    unseen = ", ".join(selectors for word, selectors in _UNSEEN if word in html)
    if unseen:
        for node in tree.css(unseen):
            node.decompose()
    if "<br" in html or "<BR" in html:
        for node in tree.css("br"):
            node.replace_with(LINE_BREAK)
    return tree


def anchor_of(node: LexborNode) -> str:
    """The id of an element, or the name of an ``<a>``; empty if it has none."""
    return node.id or (node.attributes.get("name") if node.tag == "a" else "") or ""


def heading_anchor(heading: LexborNode) -> str:
    """The id of a heading or of an anchor in it."""
    if heading.id:
        return heading.id
    for link in heading.css("a[id], a[name], span[id]"):
        if anchor := anchor_of(link):
            return anchor
    return ""


def remove_permalinks(heading: LexborNode) -> None:
    """Remove links from a heading that show a mark only, such as ``#`` or ``¶``."""
    for link in heading.css("a[href]"):
        if not _LETTER.search(link.text()):
            link.decompose()


def is_layout(row: LexborNode) -> bool:
    """Whether a table row is used for layout: it has headings, lists or several paragraphs in a cell."""
    return row.css_first(_LAYOUT) is not None or len(row.css("p, div")) > len(cells(row))


def cells(row: LexborNode) -> list[LexborNode]:
    """The cells of a table row."""
    return [node for node in row.iter() if node.tag in ("td", "th")]


def is_footnotes(node: LexborNode) -> bool:
    """Whether an element holds footnotes."""
    attributes = node.attributes
    if attributes.get("role") == "doc-endnotes":
        return True
    return not _FOOTNOTES.isdisjoint((attributes.get("class") or "").split())


def is_sentence(paragraph: LexborNode) -> bool:
    """Whether a paragraph is more than links, as in a menu, or bold words, as in a heading."""
    text = len("".join(paragraph.text().split()))
    links = sum(len("".join(link.text().split())) for link in paragraph.css("a"))
    bold = sum(len("".join(part.text().split())) for part in paragraph.css("strong, b"))
    ends = paragraph.text().rstrip().endswith((".", "!", "?", "…", "。", "！", "？"))
    return links < 0.8 * text and (bold < text or ends)


def mended_text(node: LexborNode) -> str:
    """The text of an element with entities mended outside of code."""
    return "".join(
        part.text_content or "" if _is_in_code(part, node) else mended(part.text_content or "")
        for part in node.traverse(include_text=True)
        if part.tag == "-text"
    )


def _is_in_code(node: LexborNode, end: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.mem_id != end.mem_id:
        if parent.tag in ("code", "kbd", "samp", "tt"):
            return True
        parent = parent.parent
    return False
