"""Blocks → one text, with its sections and what can serve as a teaser."""

from __future__ import annotations

from collections.abc import Iterable

from semsearch.ingest.entries import HOLE
from semsearch.ingest.markup.anchors import AnchorMaker, Anchors
from semsearch.ingest.markup.blocks import MORE, Block, BlockKind, Content
from semsearch.ingest.markup.holes import before_hole, without_holes
from semsearch.ingest.markup.read_text import ReadText
from semsearch.posts import Section
from semsearch.text import clean

SEPARATOR = "\n\n"
_TEASER_KINDS = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE)


def assembled(content: Content, anchors: Anchors, *, title_from_body: bool, title: str) -> ReadText:
    """Join the blocks of a text. See :func:`semsearch.ingest.markup.reading.read` for the parameters."""
    blocks, before_more = _split_at_mark(content.blocks)
    first = _first_heading(blocks)
    heading = "" if first is None else _visible(first.text)
    is_title = title_from_body or (bool(title) and _letters(heading) == _letters(title))
    text, sections = _joined(
        blocks, first if is_title else None, AnchorMaker(anchors if content.makes_anchors else Anchors.NONE)
    )
    teaser, first_has_hole = _first_paragraph(blocks)
    return ReadText(
        text=text,
        sections=sections,
        first_heading=heading,
        before_more=_prose(before_more),
        first_paragraph=teaser,
        prose=_prose(blocks),
        image=content.image.replace(HOLE, ""),
        holes=sum(block.text.count(HOLE) for block in blocks),
        teaser_lost=any(HOLE in block.text for block in before_more if block.kind in _TEASER_KINDS)
        if before_more
        else first_has_hole,
    )


def _split_at_mark(blocks: Iterable[Block]) -> tuple[list[Block], list[Block]]:
    """All blocks without the mark, and those before it."""
    kept: list[Block] = []
    before: list[Block] = []
    for block in blocks:
        if MORE not in block.text:
            kept.append(block)
            continue
        start, _, end = block.text.partition(MORE)
        before = kept + [_with_text(block, start.rstrip())]
        text = " ".join(filter(None, (start.rstrip(), end.replace(MORE, "").lstrip())))
        if text:
            kept.append(_with_text(block, text))
    return kept, before


def _with_text(block: Block, text: str) -> Block:
    return Block(block.kind, text, block.level, block.anchor, block.is_prose)


def _first_heading(blocks: list[Block]) -> Block | None:
    """The heading that begins the text, else the first one of level 1."""
    if blocks and blocks[0].kind is BlockKind.HEADING:
        return blocks[0]
    return next((block for block in blocks if block.level == 1), None)


def _joined(blocks: list[Block], title: Block | None, anchors: AnchorMaker) -> tuple[str, tuple[Section, ...]]:
    """The text and its sections. ``title`` is left out, but takes its anchor as on the page."""
    parts: list[str] = []
    starts: list[tuple[str, str, int]] = []
    end = length = 0
    for block in blocks:
        text = _visible(block.text)
        if not text:
            continue
        if block.kind is BlockKind.HEADING:
            anchor = anchors.anchor(text, block.anchor)
            if block is title:
                continue
            starts.append((text, anchor, length))
        parts.append(text)
        length += len(text) + len(SEPARATOR)
        if block.kind is not BlockKind.FOOTNOTE:
            end = length - len(SEPARATOR)
    ends = [start - len(SEPARATOR) for _, _, start in starts[1:]] + [end]
    sections = tuple(Section(*start, end) for start, end in zip(starts, ends, strict=False))
    return SEPARATOR.join(parts), sections


def _first_paragraph(blocks: list[Block]) -> tuple[str, bool]:
    """The first paragraph that can be a teaser, and whether a hole took (a part of) the one before it."""
    has_hole = False
    for block in blocks:
        if block.kind is BlockKind.PARAGRAPH and block.is_prose:
            has_hole = has_hole or HOLE in block.text
            if text := clean(before_hole(block.text)):
                return text, has_hole
    return "", has_hole


def _prose(blocks: list[Block]) -> str:
    """Paragraphs and list items up to the first sentence with a hole; bylines and the like only if alone."""
    candidates = [block for block in blocks if block.kind in _TEASER_KINDS]
    parts = []
    for block in [block for block in candidates if block.is_prose] or candidates:
        parts.append(clean(before_hole(block.text)))
        if HOLE in block.text:
            break
    return SEPARATOR.join(filter(None, parts))


def _visible(text: str) -> str:
    return clean(without_holes(text))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
