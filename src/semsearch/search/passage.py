"""Which passage of a post is shown, and in which section is it?

The one most similar to the query, or else the one with the most query terms.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection

from semsearch.index import Snapshot
from semsearch.index.lexical.query_model import Phrase
from semsearch.posts import Post
from semsearch.search.results import Passage, PassageSection


def best_passage(
    snapshot: Snapshot,
    post: Post,
    ordinal: int,
    row: int,
    terms: Collection[str],
    phrases: Collection[Phrase] = (),
) -> Passage | None:
    """The passage to show for a post, or None for a post without teaser and body.

    ``row``: the passage row that is most similar to the query, -1 where none was compared. Without a row, the passage
    with the most distinct query terms and phrases is chosen, the first of several. A post of one sentence shows its
    whole text.
    """
    if row < 0:
        rows = snapshot.passages.rows_of(ordinal)
        if not rows:
            field, text = ("teaser", post.teaser) if post.teaser else ("body", post.body)
            return Passage(field, 0, len(text), text) if text else None
        texts = {row: _passage(snapshot, post, row).text for row in rows}
        counts = {row: _count(text, terms, phrases, snapshot, post.language) for row, text in texts.items()}
        row = max(rows, key=lambda candidate: (counts[candidate], -candidate))
    return _passage(snapshot, post, row)


def section_of(post: Post, passage: Passage | None) -> PassageSection | None:
    """The section that the middle of a passage is in, since a passage may begin before a heading; None outside all."""
    if passage is None or passage.field != "body":
        return None
    middle = (passage.start + passage.end) // 2
    place = bisect.bisect_right(post.sections, middle, key=lambda section: section.start) - 1
    if place < 0 or middle >= post.sections[place].end:
        return None
    return PassageSection(post.sections[place].title, post.sections[place].anchor)


def _passage(snapshot: Snapshot, post: Post, row: int) -> Passage:
    field, start, end = snapshot.passages.span(row)
    text = post.teaser if field == "teaser" else post.body
    return Passage(field, start, end, text[start:end])


def _count(
    text: str, terms: Collection[str], phrases: Collection[Phrase], snapshot: Snapshot, language: str | None
) -> int:
    words = snapshot.analyzer.for_language(language).matching(text, terms)
    found = snapshot.analyzer.phrases_in(text, phrases) if phrases else []
    return len({word.term for word in words}) + len({phrase.term for phrase in found})
