"""Plain text → blocks."""

from __future__ import annotations

import re

from semsearch.ingest.markup import prose
from semsearch.ingest.markup.blocks import Block, BlockKind, Content
from semsearch.ingest.markup.entities import mended
from semsearch.text import clean

_EMPTY_LINES = re.compile(r"\n[^\S\n]*\n\s*")


def read_plain(text: str) -> Content:
    """Read paragraphs, which end at empty lines. Lines stay as they are."""
    parts = (clean(part) for part in _EMPTY_LINES.split(mended(text)))
    return Content(tuple(Block(BlockKind.PARAGRAPH, part, is_prose=prose.is_prose(part)) for part in parts if part))
