"""HTML → blocks, as a browser shows it."""

from __future__ import annotations

import re
import unicodedata

from selectolax.lexbor import LexborNode

from semsearch.ingest.entries import HOLE
from semsearch.ingest.markup import html_tree, prose
from semsearch.ingest.markup.blocks import LINE_BREAK, Block, BlockKind, Content
from semsearch.ingest.markup.entities import mended
from semsearch.ingest.markup.pictures import first_picture
from semsearch.ingest.markup.spaces import collapsed, dedented
from semsearch.ingest.occurrence import has_any
from semsearch.text import clean

_LEAVES = {
    "p": BlockKind.PARAGRAPH,
    **{f"h{level}": BlockKind.HEADING for level in range(1, 7)},
    "pre": BlockKind.CODE,
    "tr": BlockKind.ROW,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
    "summary": BlockKind.CAPTION,
    "legend": BlockKind.CAPTION,
    "dt": BlockKind.CAPTION,
}
"""Elements that are one block each."""
_CONTAINERS = {
    "li": BlockKind.ITEM,
    "dd": BlockKind.ITEM,
    "blockquote": BlockKind.QUOTE,
    "aside": BlockKind.QUOTE,
    "figure": BlockKind.CAPTION,
}
"""Elements that say what the paragraphs in them are."""
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_PARAGRAPH_END = re.compile(f"{LINE_BREAK}\\s*{LINE_BREAK}")


def read_html(html: str, *, makes_anchors: bool = False, is_plain: bool = False) -> Content:
    """Read HTML that has no control characters but :data:`semsearch.ingest.markup.blocks.MORE`.

    ``makes_anchors``: whether a generator gives ids to headings that have none. ``is_plain``: the HTML was made of
    Markdown without tags, attributes and footnotes, so that readers see all of it.
    """
    tree = html_tree.parse(html, is_plain=is_plain)
    body = tree.body
    if body is None:
        return Content(())
    blocks = _Blocks(makes_anchors, may_have_controls=has_any(html, "&#"))
    blocks.read(body)
    image = first_picture(tree) if has_any(html, "<img", "<IMG") else ""
    return Content((*blocks.main, *blocks.footnotes), image, makes_anchors)


class _Blocks:
    """Collects the blocks of a tree. Does not recurse, since elements may be nested deeply."""

    def __init__(self, makes_anchors: bool, *, may_have_controls: bool) -> None:
        self._clean = clean if may_have_controls else _composed  # which takes less time
        self._makes_anchors = makes_anchors
        self.main: list[Block] = []
        self.footnotes: list[Block] = []
        self._run: list[str] = []
        """Text and inline elements since the last block."""
        self._kind = BlockKind.PARAGRAPH
        self._open: list[tuple[LexborNode, BlockKind | None]] = []
        """Open elements; for a block, with the kind to return to after it."""
        self._anchor = ""
        """The id of an element that has had no text so far."""
        self._has_prose = False

    def read(self, root: LexborNode) -> None:
        node = root.child
        while node is not None or self._open:
            node = self._close() if node is None else self._visit(node)
        self._end_run()

    def _close(self) -> LexborNode | None:
        """End the innermost open element and return the node after it."""
        element, kind = self._open.pop()
        if kind is not None:
            self._end_run()
            self._kind = kind
        return element.next

    def _visit(self, node: LexborNode) -> LexborNode | None:
        """Read a node and return the next one; None at the end of the innermost open element."""
        tag = node.tag or "-"
        if tag == "-text":
            text = node.text_content or ""
            if self._run or not text.isspace():
                self._add_text(text)
            return node.next
        if tag[0] == "-":  # a comment
            return node.next
        if tag in html_tree.INLINE:
            if tag == "a":
                self._anchor = html_tree.anchor_of(node) or self._anchor
            self._open.append((node, None))
            return node.child
        if self._run:
            self._end_run()
        kind = _LEAVES.get(tag)
        if kind is None or (kind is BlockKind.ROW and html_tree.is_layout(node)):
            return self._enter(node, tag)
        self._add_leaf(node, kind)
        return node.next

    def _enter(self, block: LexborNode, tag: str) -> LexborNode | None:
        """Open an element with blocks in it and return its first child."""
        self._open.append((block, self._kind))
        self._kind = _CONTAINERS.get(tag, self._kind)
        if block.attributes:
            self._anchor = html_tree.anchor_of(block) or self._anchor
            if html_tree.is_footnotes(block):
                self._kind = BlockKind.FOOTNOTE
        return block.child

    def _add_text(self, text: str) -> None:
        """Add text of a run. An empty line outside of inline elements ends a paragraph, as in WordPress."""
        if "\n" in text and (not self._open or self._open[-1][1] is not None):
            text = _EMPTY_LINE.sub(LINE_BREAK * 2, text)
        self._run.append(text)

    def _end_run(self) -> None:
        if self._run:
            self._add_paragraphs("".join(self._run), None)
            self._run.clear()

    def _add_leaf(self, node: LexborNode, kind: BlockKind) -> None:
        if kind is BlockKind.PARAGRAPH:
            self._add_paragraphs(html_tree.text_of(node), node)
        elif kind is BlockKind.HEADING:
            html_tree.remove_permalinks(node)
            anchor = html_tree.heading_anchor(node) or ("" if self._makes_anchors else self._anchor) or None
            self._add(kind, _one_line(node), int((node.tag or "h1")[1]), anchor)
        elif kind is BlockKind.CODE:
            self._add(kind, dedented(html_tree.text_of(node).replace(LINE_BREAK, "\n")))
        elif kind is BlockKind.ROW:
            self._add(kind, "\t".join(map(_one_line, html_tree.cells(node))))
        else:
            self._add(kind, collapsed(mended(html_tree.text_of(node))))

    def _add_paragraphs(self, text: str, node: LexborNode | None) -> None:
        """Add the paragraphs of a ``<p>`` or of a run: two line breaks in a row end a paragraph."""
        if "&" in text:
            text = mended(text) if node is None else html_tree.mended_text(node)
        if LINE_BREAK in text:
            for part in _PARAGRAPH_END.split(text):
                self._add_paragraph(collapsed(part), node)
        else:
            self._add_paragraph(collapsed(text), node)

    def _add_paragraph(self, text: str, node: LexborNode | None) -> None:
        is_prose = True  # of no interest after the first
        if self._kind is BlockKind.PARAGRAPH and not self._has_prose:
            is_prose = prose.is_prose(text) and (node is None or html_tree.is_sentence(node, text))
            self._has_prose = is_prose and HOLE not in text
        self._add(self._kind, text, is_prose=is_prose)

    def _add(
        self, kind: BlockKind, text: str, level: int = 0, anchor: str | None = None, *, is_prose: bool = True
    ) -> None:
        if text := self._clean(text):
            self._anchor = ""
            blocks = self.footnotes if self._kind is BlockKind.FOOTNOTE else self.main
            blocks.append(Block(kind, text, level, anchor, is_prose))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _one_line(node: LexborNode) -> str:
    return collapsed(mended(html_tree.text_of(node))).replace("\n", " ")
