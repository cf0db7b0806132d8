"""How is a hit shown? A hit in; its title and excerpt with what is marked in them, its links and its reasons out."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from semsearch.api.pages.why import Why, most_of, why_of
from semsearch.ranking.confidence import ANSWERED
from semsearch.rendering import safe_url
from semsearch.search import Hit
from semsearch.search.results import Copy, Range

SHORT = 300
"""Characters of a teaser that is shown whole."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that is marked, or is not."""

    text: str
    marked: bool


def segments(text: str, ranges: tuple[Range, ...]) -> list[Segment]:
    """A text cut at its highlights; joined, the segments are the text."""
    cut, place = [], 0
    for start, end in ranges:
        cut += [Segment(text[place:start], marked=False), Segment(text[start:end], marked=True)]
        place = end
    cut.append(Segment(text[place:], marked=False))
    return [segment for segment in cut if segment.text]


@dataclass(frozen=True, slots=True)
class Row:
    """A hit as a page shows it."""

    hit: Hit
    url: str | None
    title: list[Segment]
    excerpt: list[Segment]
    copies: list[tuple[Copy, str | None]]
    """Near-duplicates, and their links."""
    related: str
    """Where the posts beside it are listed."""
    why: Why | None = None
    """What its score is made of."""

    @property
    def is_answer(self) -> bool:
        """Whether it stands above the line: it is sure enough, or an editor put it there."""
        return self.hit.pinned or self.hit.confidence >= ANSWERED


def rows_of(hits: tuple[Hit, ...]) -> list[Row]:
    """The hits of a page; the parts of their scores are drawn on one scale."""
    most = most_of(hits)
    return [_row(hit, most) for hit in hits]


def _row(hit: Hit, most: float) -> Row:
    """The excerpt is the teaser, unless that hides the sentence that answers best: then it is that sentence."""
    marks = {} if _is_sentence_alone(hit) else hit.highlights
    if hit.passage and (hit.passage.field == "body" or len(hit.teaser) > SHORT):
        excerpt = segments(hit.passage.text, marks.get("passage", ()))
    else:
        excerpt = segments(hit.teaser, marks.get("teaser", ()))
    return Row(
        hit=hit,
        url=safe_url(hit.url),
        title=segments(hit.title, marks.get("title", ())),
        excerpt=excerpt,
        copies=[(copy, safe_url(copy.url)) for copy in hit.duplicates if _says_more(copy, hit)],
        related=related_link(hit.id),
        why=why_of(hit, most),
    )


def related_link(post_id: str) -> str:
    """Where the posts beside a post are listed, relative to the page."""
    return f"related?{urlencode({'post': post_id})}"


def _is_sentence_alone(hit: Hit) -> bool:
    """Whether no word of the question is there, and so a whole sentence is marked: on a page that is but noise."""
    return hit.passage is not None and hit.highlights.get("passage") == ((0, len(hit.passage.text)),)


def _says_more(copy: Copy, hit: Hit) -> bool:
    """Whether a near-duplicate leads somewhere, or is called otherwise."""
    return safe_url(copy.url) is not None or copy.title != hit.title
