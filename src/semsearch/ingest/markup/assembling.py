"""Blocks → one text, with its sections and what can serve as a teaser."""

from __future__ import annotations

from semsearch.ingest.entries import HOLE
from semsearch.ingest.markup.anchors import AnchorMaker, Anchors
from semsearch.ingest.markup.blocks import MORE, Block, BlockKind, Content
from semsearch.ingest.markup.holes import before_hole, without_holes
from semsearch.ingest.markup.read_text import ReadText
from semsearch.posts import Section

SEPARATOR = "\n\n"
_TEASER_KINDS = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE)


def assembled(content: Content, anchors: Anchors, *, title_from_body: bool, title: str) -> ReadText:
    """Join the blocks of a text. See :func:`semsearch.ingest.markup.reading.read` for the parameters."""
    blocks, before_more = _split_at_mark(content.blocks)
    first = _first_heading(blocks)
    heading = "" if first is None else without_holes(first.text)
    is_title = title_from_body or (_letters(title) != "" and _letters(heading) == _letters(title))
    makes_anchors = anchors if content.makes_anchors else Anchors.NONE
    text, sections = _joined(blocks, first if is_title else None, AnchorMaker(makes_anchors))
    first_paragraph, lost_paragraph = _first_paragraph(blocks)
    lost_before_more = any(HOLE in block.text for block in before_more if block.kind in _TEASER_KINDS)
    return ReadText(
        text=text,
        sections=sections,
        first_heading=heading,
        before_more=_prose(before_more),
        first_paragraph=first_paragraph,
        prose=_prose(blocks),
        image=content.image,
        holes=sum(block.text.count(HOLE) for block in blocks),
        teaser_lost=lost_before_more if before_more else lost_paragraph,
    )


def _split_at_mark(blocks: tuple[Block, ...]) -> tuple[list[Block], list[Block]]:
    """All blocks without the mark, and those before it."""
    if not any(MORE in block.text for block in blocks):
        return list(blocks), []
    kept: list[Block] = []
    before: list[Block] = []
    for block in blocks:
        if MORE in block.text:
            start, _, end = block.text.partition(MORE)
            before = before or [*kept, *_with_text(block, start)]
            kept += _with_text(block, " ".join(f"{start} {end.replace(MORE, '')}".split()))
        else:
            kept.append(block)
    return kept, before


def _with_text(block: Block, text: str) -> list[Block]:
    """The block with another text; nothing if that is empty."""
    text = text.strip()
    return [Block(block.kind, text, block.level, block.anchor, block.is_prose)] if text else []


def _first_heading(blocks: list[Block]) -> Block | None:
    """The heading that begins the text, else the first one of level 1."""
    if blocks and blocks[0].kind is BlockKind.HEADING:
        return blocks[0]
    return next((block for block in blocks if block.level == 1), None)


def _joined(blocks: list[Block], title: Block | None, anchors: AnchorMaker) -> tuple[str, tuple[Section, ...]]:
    """The text and its sections. ``title`` is left out, but has its anchor, as on the page."""
    parts: list[str] = []
    starts: list[tuple[str, str, int]] = []
    end = length = 0
    for block in blocks:
        text = block.text
        if HOLE in text and not (text := without_holes(text)):
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
    ends = [*(start - len(SEPARATOR) for _, _, start in starts[1:]), end]
    sections = tuple(Section(*start, end) for start, end in zip(starts, ends, strict=False))
    return SEPARATOR.join(parts), sections


def _first_paragraph(blocks: list[Block]) -> tuple[str, bool]:
    """The first paragraph that can be a teaser, and whether a hole made it shorter, or another one."""
    is_lost = False
    for block in blocks:
        if block.kind is BlockKind.PARAGRAPH and block.is_prose:
            is_lost = is_lost or HOLE in block.text
            if text := before_hole(block.text):
                return text, is_lost
    return "", is_lost


def _prose(blocks: list[Block]) -> str:
    """Paragraphs and list items up to the first sentence with a hole; bylines and the like only if alone."""
    candidates = [block for block in blocks if block.kind in _TEASER_KINDS]
    if not all(block.is_prose for block in candidates):
        prose = [block for block in candidates if block.is_prose]
        candidates = prose if any(block.kind is BlockKind.PARAGRAPH for block in prose) else candidates
    parts = []
    for block in candidates:
        if HOLE in block.text:
            parts.append(before_hole(block.text))
            break
        parts.append(block.text)
    return SEPARATOR.join(filter(None, parts))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
