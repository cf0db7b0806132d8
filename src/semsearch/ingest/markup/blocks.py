"""A block of a text, which all readers yield: a paragraph, a heading, a list item, code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

LINE_BREAK = "\ufdd0"
"""Stands for ``<br>`` until white space is collapsed. A code point that no text has."""
MORE = "\ufdd1"
"""Stands for the marker between teaser and rest, such as ``<!--more-->``. A code point that no text has."""


class BlockKind(Enum):
    """What a block is. Only a paragraph is a teaser."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    """Of a list."""
    QUOTE = "quote"
    CODE = "code"
    ROW = "row"
    """Of a table, with tabs between its cells."""
    CAPTION = "caption"
    """Also the title of a note or of a table, a term that is defined."""
    FOOTNOTE = "footnote"


class Block(NamedTuple):  # made some 30 times per post, in a third of the time of a frozen dataclass
    """A block of a text."""

    kind: BlockKind
    text: str
    """As :func:`semsearch.text.clean` returns it, with white space collapsed, except in code. Not empty. May hold
    :data:`MORE` and :data:`semsearch.ingest.entries.HOLE`."""
    level: int = 0
    """Of a heading, from 1 to 6."""
    anchor: str | None = None
    """The id of a heading; None if the markup has none."""
    is_prose: bool = True
    """False for a paragraph that is no teaser: links alone, bold alone, a byline."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader found in a text."""

    blocks: tuple[Block, ...]
    """In order; footnotes last."""
    image: str = ""
    """The address of the first picture, as written; empty if there is none."""
    makes_anchors: bool = False
    """Whether generators give ids to headings that have none, as they do for Markdown."""
