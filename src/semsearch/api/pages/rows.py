"""A hit as the pages show it: title and excerpt with highlights, links, near-duplicates and score bars."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from semsearch.api.pages.score_bars import ScoreBars, max_bar_value, score_bars
from semsearch.ranking.confidence import ANSWER_CONFIDENCE
from semsearch.rendering import safe_url, url_with_anchor
from semsearch.search import Hit
from semsearch.search.results import NearDuplicate, Range

MAX_TEASER_CHARACTERS = 300
"""Longer teasers give way to the best passage."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text that is marked as a whole, or not at all."""

    text: str
    is_marked: bool


def segments(text: str, ranges: tuple[Range, ...]) -> list[Segment]:
    """Split a text at its highlights. The texts of the segments, joined, are the text."""
    pieces, position = [], 0
    for start, end in ranges:
        pieces += [Segment(text[position:start], is_marked=False), Segment(text[start:end], is_marked=True)]
        position = end
    pieces.append(Segment(text[position:], is_marked=False))
    return [segment for segment in pieces if segment.text]


@dataclass(frozen=True, slots=True)
class Row:
    """A hit and what a page shows of it."""

    hit: Hit
    url: str | None
    title: list[Segment]
    excerpt: list[Segment]
    section_url: str | None
    """Link to the section of the excerpt; None without a section that has an address."""
    image: str | None
    """The address of the picture; None without one that may be loaded."""
    duplicates: list[tuple[NearDuplicate, str | None]]
    """Near-duplicates, each with its link."""
    related_link: str
    """Link to the page of related posts."""
    score: ScoreBars | None = None
    """The parts of its score; None for related posts."""

    @property
    def is_answer(self) -> bool:
        """True for a confident hit, and for one that an editor pinned."""
        return self.hit.pinned or self.hit.confidence >= ANSWER_CONFIDENCE


def rows_of(hits: tuple[Hit, ...]) -> list[Row]:
    """Return the rows of a page. Their score bars have the same scale."""
    max_value = max_bar_value(hits)
    return [_row(hit, max_value) for hit in hits]


def _row(hit: Hit, max_value: float) -> Row:
    """Build a row. The excerpt is the teaser, or the best passage if that is in the body or the teaser is long."""
    highlights = {} if _is_whole_passage_marked(hit) else hit.highlights
    if hit.passage and (hit.passage.field == "body" or len(hit.teaser) > MAX_TEASER_CHARACTERS):
        excerpt = segments(hit.passage.text, highlights.get("passage", ()))
    else:
        excerpt = segments(hit.teaser, highlights.get("teaser", ()))
    url = safe_url(hit.url)
    return Row(
        hit=hit,
        url=url,
        title=segments(hit.title, highlights.get("title", ())),
        excerpt=excerpt,
        section_url=url_with_anchor(url, hit.section.anchor) if url and hit.section and hit.section.anchor else None,
        image=safe_url(hit.image),
        duplicates=[(copy, safe_url(copy.url)) for copy in hit.duplicates if _is_worth_showing(copy, hit)],
        related_link=related_link(hit.id),
        score=score_bars(hit, max_value),
    )


def related_link(post_id: str) -> str:
    """Return the relative link to the page of related posts of a post."""
    return f"related?{urlencode({'post': post_id})}"


def _is_whole_passage_marked(hit: Hit) -> bool:
    """True if no word of the query occurs, so that the whole passage is marked; on a page that is only noise."""
    return hit.passage is not None and hit.highlights.get("passage") == ((0, len(hit.passage.text)),)


def _is_worth_showing(duplicate: NearDuplicate, hit: Hit) -> bool:
    """True if a near-duplicate has a link or a title of its own."""
    return safe_url(duplicate.url) is not None or duplicate.title != hit.title
