"""reStructuredText → blocks, by way of the tree that docutils makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from semsearch.errors import MissingExtra
from semsearch.ingest.markup.blocks import LINE_BREAK, MORE, Block, BlockKind, Content
from semsearch.ingest.markup.plain import read_plain
from semsearch.ingest.markup.prose import is_prose
from semsearch.ingest.markup.spaces import collapsed, dedented
from semsearch.text import clean

_SETTINGS = {
    "file_insertion_enabled": False,  # of other files of this machine
    "raw_enabled": False,
    "_disable_config": True,
    "report_level": 5,  # no messages
    "halt_level": 5,  # nothing stops it
    "warning_stream": False,
    "line_length_limit": 10_000_000,
    "syntax_highlight": "none",
    "smart_quotes": False,
}
_ROLE = re.compile(r":[\w:+.-]+:`~?(?P<text>[^`<]*?)\s*(?:<[^<>`]*>)?`")
_MORE = re.compile(r"\s*(?:more|truncate|teaser_end|pelican_end_summary)\s*", re.IGNORECASE)
_SKIPPED = frozenset((
    "docinfo", "comment", "system_message", "substitution_definition", "raw", "target", "pending", "meta",
    "decoration", "generated", "label", "colspec", "footnote_reference", "citation_reference", "image", "math_label",
))  # fmt: skip

_LEAVES = {
    "paragraph": BlockKind.PARAGRAPH,
    "line_block": BlockKind.PARAGRAPH,
    "title": BlockKind.CAPTION,
    "subtitle": BlockKind.CAPTION,
    "rubric": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
    "term": BlockKind.CAPTION,
    "field_name": BlockKind.CAPTION,
    "option_group": BlockKind.CAPTION,
    "attribution": BlockKind.QUOTE,
    "literal_block": BlockKind.CODE,
    "doctest_block": BlockKind.CODE,
    "math_block": BlockKind.CODE,
    "row": BlockKind.ROW,
}
_LONG_WORD = re.compile(r"[-!#$%&'*+/0-9=?A-Z^_`a-z{|}~]{2000,}")
"""Data, as of pictures, and no prose. docutils looks for an e-mail address behind each of its signs, up to its end."""
_KEPT_OF_LONG_WORD = 100
_MARKS = "*`|_["
_MAX_EFFORT = 50_000_000
"""Two to five seconds."""
_NOTES = (
    "admonition", "attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning",
)  # fmt: skip
_CONTAINERS = {
    "list_item": BlockKind.ITEM,
    "definition": BlockKind.ITEM,
    "field_body": BlockKind.ITEM,
    "description": BlockKind.ITEM,
    "block_quote": BlockKind.QUOTE,
    "sidebar": BlockKind.QUOTE,
    "topic": BlockKind.QUOTE,
    "figure": BlockKind.CAPTION,
    "legend": BlockKind.CAPTION,
    "footnote": BlockKind.FOOTNOTE,
    "citation": BlockKind.FOOTNOTE,
    **dict.fromkeys(_NOTES, BlockKind.QUOTE),
}


def read_rst(text: str) -> Content:
    """Read reStructuredText without control characters. Raises MissingExtra where docutils is not installed.

    Other files are not included, and what docutils cannot parse is left out. Of directives that it does not know, the
    content is kept. A text that is nested too deeply, or would
    take minutes, is read as plain.
    """
    if _effort(text) > _MAX_EFFORT:
        return read_plain(text)
    text = _LONG_WORD.sub(lambda word: word[0][:_KEPT_OF_LONG_WORD], text)
    try:
        from docutils.core import publish_doctree  # type: ignore[import-untyped]  # noqa: PLC0415  (an extra)

        from semsearch.ingest.markup.rst_directives import know_directives_of  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtra("docutils", "rst") from error
    know_directives_of(text)
    try:
        blocks = _Blocks()
        blocks.read(publish_doctree(text, settings_overrides=dict(_SETTINGS)), BlockKind.PARAGRAPH, 0)
    except (
        RecursionError,
        AssertionError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ):  # docutils has bugs
        return read_plain(text)
    return Content((*blocks.main, *blocks.footnotes), blocks.image)


def _effort(text: str) -> int:
    """How many characters docutils compares at most: for each mark, it looks for its end up to the end of the block.

    A line takes as long as 2,500 characters.
    """
    return 2_500 * text.count("\n") + sum(len(block) * sum(map(block.count, _MARKS)) for block in text.split("\n\n"))


class _Blocks:
    """Collects the blocks of a tree of docutils."""

    def __init__(self) -> None:
        self.main: list[Block] = []
        self.footnotes: list[Block] = []
        self.image = ""

    def read(self, parent: Any, kind: BlockKind, level: int) -> None:
        """Read the blocks in an element. ``level``: of the section around it."""
        for node in parent.children:
            name = node.tagname
            if name == "comment" and _MORE.fullmatch(node.astext()):
                self._add(BlockKind.PARAGRAPH, MORE)
            elif name == "image":
                self.image = self.image or node.get("uri", "")
            elif name in _SKIPPED or (name == "topic" and "contents" in node.get("classes", ())):
                continue
            elif name == "title" and parent.tagname in ("document", "section"):
                self._add(BlockKind.HEADING, _inline(node), level + 1, next(iter(parent["ids"]), None))
            elif name in _LEAVES:
                self._add_leaf(node, _LEAVES[name], kind)
            else:
                self.read(node, _CONTAINERS.get(name, kind), level + (name == "section"))

    def _add_leaf(self, node: Any, leaf: BlockKind, kind: BlockKind) -> None:
        if leaf is BlockKind.CODE:
            self._add(leaf, dedented(node.astext()))
        elif leaf is BlockKind.ROW:
            self._add(leaf, "\t".join(_inline(entry) for entry in node.children))
        elif leaf is BlockKind.PARAGRAPH:
            self._add(kind, _inline(node))
        else:
            self._add(leaf, _inline(node))

    def _add(self, kind: BlockKind, text: str, level: int = 0, anchor: str | None = None) -> None:
        if text := clean(text):
            blocks = self.footnotes if kind is BlockKind.FOOTNOTE else self.main
            blocks.append(Block(kind, text, level, anchor, is_prose=kind is not BlockKind.PARAGRAPH or is_prose(text)))


def _inline(node: Any) -> str:
    """The text of an element without footnote marks; a role that docutils does not know becomes its text."""
    return collapsed("".join(_pieces(node)))


def _pieces(node: Any) -> Iterator[str]:
    for child in node.children:
        if child.tagname == "#text":
            yield str(child)
        elif child.tagname == "problematic":
            yield _ROLE.sub(r"\g<text>", child.astext())
        elif child.tagname == "line":
            yield from _pieces(child)
            yield LINE_BREAK
        elif child.tagname not in _SKIPPED:
            yield from _pieces(child)
