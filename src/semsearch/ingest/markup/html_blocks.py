"""HTML → blocks, as a browser shows it."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from semsearch.ingest.entries import HOLE
from semsearch.ingest.markup import html_tree, prose
from semsearch.ingest.markup.blocks import LINE_BREAK, Block, BlockKind, Content
from semsearch.ingest.markup.entities import mended
from semsearch.ingest.markup.pictures import first_picture
from semsearch.ingest.markup.spaces import collapsed, dedented

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
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark math nobr output q ruby s samp "
    "small span strike strong sub sup time tt u var wbr".split()
)
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_PARAGRAPH_END = re.compile(f"{LINE_BREAK}\\s*{LINE_BREAK}")


def read_html(html: str, *, makes_anchors: bool = False) -> Content:
    """Read HTML that has no control characters but :data:`semsearch.ingest.markup.blocks.MORE`.

    ``makes_anchors``: whether a generator gives ids to headings that have none.
    """
    tree = html_tree.parse(html)
    body = tree.body
    if body is None:
        return Content(())
    blocks = _Blocks(makes_anchors)
    blocks.read(body)
    return Content((*blocks.main, *blocks.footnotes), first_picture(tree), makes_anchors)


class _Blocks:
    """Collects the blocks of a tree. Does not recurse, since elements may be nested deeply."""

    def __init__(self, makes_anchors: bool) -> None:
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
        while True:
            while node is None:
                if not self._open:
                    self._end_run()
                    return
                element, kind = self._open.pop()
                if kind is not None:
                    self._end_run()
                    self._kind = kind
                node = element.next
            node = self._visit(node)

    def _visit(self, node: LexborNode) -> LexborNode | None:
        """Read a node and return the next one; None at the end of the innermost open element."""
        tag = node.tag or "-"
        if tag[0] == "-":
            if tag == "-text":
                self._add_text(node.text_content or "")
            return node.next
        if tag in _INLINE:
            if tag == "a":
                self._anchor = html_tree.anchor_of(node) or self._anchor
            self._open.append((node, None))
            return node.child
        self._end_run()
        kind = _LEAVES.get(tag)
        if kind is None or (kind is BlockKind.ROW and html_tree.is_layout(node)):
            self._anchor = html_tree.anchor_of(node) or self._anchor
            self._open.append((node, self._kind))
            self._kind = BlockKind.FOOTNOTE if html_tree.is_footnotes(node) else _CONTAINERS.get(tag, self._kind)
            return node.child
        self._add_leaf(node, kind)
        return node.next

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
            self._add_paragraphs(node.text(), node)
        elif kind is BlockKind.HEADING:
            html_tree.remove_permalinks(node)
            text = collapsed(mended(node.text())).replace("\n", " ")
            anchor = html_tree.heading_anchor(node) or ("" if self._makes_anchors else self._anchor) or None
            self._add(Block(kind, text, int((node.tag or "h1")[1]), anchor))
        elif kind is BlockKind.CODE:
            self._add(Block(kind, dedented(node.text().replace(LINE_BREAK, "\n"))))
        elif kind is BlockKind.ROW:
            cells = [collapsed(mended(cell.text())).replace("\n", " ") for cell in html_tree.cells(node)]
            self._add(Block(kind, "\t".join(cells).strip()))
        else:
            self._add(Block(kind, collapsed(mended(node.text()))))

    def _add_paragraphs(self, text: str, node: LexborNode | None) -> None:
        """Add the paragraphs of a ``<p>`` or of a run: two line breaks in a row end a paragraph."""
        if "&" in text:
            text = mended(text) if node is None else html_tree.mended_text(node)
        for part in _PARAGRAPH_END.split(text) if LINE_BREAK in text else (text,):
            part = collapsed(part)
            is_prose = True  # of no interest after the first
            if self._kind is BlockKind.PARAGRAPH and not self._has_prose:
                is_prose = prose.is_prose(part) and (node is None or html_tree.is_sentence(node))
                self._has_prose = is_prose and HOLE not in part
            self._add(Block(self._kind, part, is_prose=is_prose))

    def _add(self, block: Block) -> None:
        if block.text:
            self._anchor = ""
            (self.footnotes if self._kind is BlockKind.FOOTNOTE else self.main).append(block)
