"""Which part of a post is shown? The sentence that answers best, by meaning or else by words."""

from __future__ import annotations

from collections.abc import Collection

from semsearch.index import Snapshot
from semsearch.posts import Post
from semsearch.search.results import Passage


def best_passage(snapshot: Snapshot, post: Post, ordinal: int, row: int, terms: Collection[str]) -> Passage | None:
    """``row``: the passage row that is nearest to the question, -1 where none was compared.

    Without one, the sentence with the most distinct words of the question; a post of one sentence shows it whole, and
    a post without teaser and body has no passage.
    """
    if row < 0:
        rows = snapshot.passages.of(ordinal)
        if not rows:
            field, text = ("teaser", post.teaser) if post.teaser else ("body", post.body)
            return Passage(field, 0, len(text), text) if text else None
        shared = {row: _shared(_passage(snapshot, post, row).text, terms, snapshot, post.language) for row in rows}
        row = max(rows, key=lambda candidate: (shared[candidate], -candidate))
    return _passage(snapshot, post, row)


def _passage(snapshot: Snapshot, post: Post, row: int) -> Passage:
    field, start, end = snapshot.passages.span(row)
    text = post.teaser if field == "teaser" else post.body
    return Passage(field, start, end, text[start:end])


def _shared(text: str, terms: Collection[str], snapshot: Snapshot, language: str | None) -> int:
    return len({word.term for word in snapshot.analyzer.reader(language).matching(text, terms)})
