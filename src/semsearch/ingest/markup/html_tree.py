"""The tree of an HTML text, without what a reader does not see; and questions about its elements."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from semsearch.ingest.markup.blocks import LINE_BREAK
from semsearch.ingest.markup.entities import mended
from semsearch.ingest.markup.nesting import flattened
from semsearch.ingest.occurrence import has_any

_UNSEEN_TAGS = [
    "script", "style", "template", "noscript", "nav", "svg", "form", "button", "iframe", "object", "select", "textarea",
    "audio", "video", "canvas", "dialog", "title", "rt", "rp", "annotation",
]  # fmt: skip
"""Elements that hold no text of the post: code of the page, controls, navigation; the readings of ruby characters."""
_UNSEEN_TAG = re.compile(rf"<(?:{'|'.join([*_UNSEEN_TAGS, *map(str.upper, _UNSEEN_TAGS)])})\b")  # IGNORECASE is slow
_UNSEEN = ", ".join(
    (
        '[hidden], [aria-hidden="true"], [style*="display:none"], [style*="display: none"]',
        ".hidden, .visually-hidden, .visuallyhidden, .sr-only, .screen-reader-text, .screen-reader-only",
        # links that a mouse shows beside headings
        "a.headerlink, a.header-anchor, a.hash-link, a.zola-anchor, a.anchorjs-link",
        # numbers beside the lines of code
        "td.gutter, td.rouge-gutter, td.linenos, span.lineno, span.linenos, span.lnt, span.ln, .linenodiv, .line-numbers",
        # marks of footnotes, in the text, before the note, and from there back
        "sup.footnote-reference, sup.footnote-ref, a.footnote-ref, a.footnote-anchor, sup a.footnote, sup[id^='fnref']",
        "a[data-footnote-ref], [role='doc-noteref'], sup.footnote-definition-label, a.footnote-number",
        "a.footnote-backref, a.reversefootnote, a.footnote-return, a[data-footnote-backref], [role='doc-backlink']",
        "a[href^='#fnref']",
    )
)
"""Elements that nobody sees, or that are marks for the mouse."""
INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "math",
        "nobr",
        "output",
        "q",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_LAYOUT = "h1, h2, h3, h4, h5, h6, pre, table, ul, ol, blockquote"
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "\uff01", "\uff1f")
_FOOTNOTES = frozenset(("footnotes", "footnote-definition", "footnote"))
_LETTER = re.compile(r"\w")


def parse(html: str, *, is_plain: bool = False) -> LexborHTMLParser:
    """Parse HTML and remove what a reader does not see, unless ``is_plain`` says that there is no such thing.

    ``<br>`` becomes LINE_BREAK.
    """
    tree = LexborHTMLParser(flattened(html))
    if not is_plain:
        _remove_unseen(tree, html)
    if has_any(html, "<br", "<BR"):
        for node in tree.css("br"):
            node.replace_with(LINE_BREAK)
    return tree


def _remove_unseen(tree: LexborHTMLParser, html: str) -> None:
    if _UNSEEN_TAG.search(html):
        tree.strip_tags(_UNSEEN_TAGS)
    if _may_have_unseen(html):
        for node in tree.css(_UNSEEN):
            node.decompose()


def _may_have_unseen(html: str) -> bool:
    """Whether :data:`_UNSEEN` can select something. Most posts in Markdown have no class but the language of code."""
    return "hidden" in html or "style=" in html or html.count("class=") > html.count('class="language-')


def text_of(node: LexborNode) -> str:
    """All text in a node, as it stands in the source."""
    return node.text_lexbor() or ""


def anchor_of(node: LexborNode) -> str:
    """The id of an element, or the name of an ``<a>``; empty if it has none."""
    return node.id or (node.attributes.get("name") if node.tag == "a" else "") or ""


def heading_anchor(heading: LexborNode) -> str:
    """The id of a heading or of an anchor in it; empty if there is none."""
    return heading.id or next(
        filter(None, (anchor_of(node) for node in heading.iter() if node.tag in ("a", "span"))), ""
    )


def remove_permalinks(heading: LexborNode) -> None:
    """Remove links from a heading that show a mark only, such as ``#`` or ``¶``."""
    for node in list(heading.iter()):
        if node.tag == "a" and not _LETTER.search(text_of(node)):
            node.decompose()


def is_layout(row: LexborNode) -> bool:
    """Whether a table row is used for layout: it has headings, lists or several paragraphs in a cell."""
    row_cells = cells(row)
    inner = sum(node.tag not in INLINE for cell in row_cells for node in cell.iter())
    return inner > 0 and (inner > len(row_cells) or row.css_matches(_LAYOUT))


def cells(row: LexborNode) -> list[LexborNode]:
    """The cells of a table row."""
    return [node for node in row.iter() if node.tag in ("td", "th")]


def is_footnotes(node: LexborNode) -> bool:
    """Whether an element holds footnotes."""
    attributes = node.attributes
    classes = (attributes.get("class") or "").split()
    return attributes.get("role") == "doc-endnotes" or not _FOOTNOTES.isdisjoint(classes)


def is_sentence(paragraph: LexborNode, text: str) -> bool:
    """Whether a paragraph with this text is more than links, as in a menu, or bold words, as in a heading."""
    parts = list(paragraph.iter())
    links = sum(len(text_of(part)) for part in parts if part.tag == "a")
    bold = sum(len(text_of(part)) for part in parts if part.tag in ("strong", "b"))
    return links < 0.8 * len(text) and (bold < 0.95 * len(text) or text.endswith(_SENTENCE_ENDS))


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
