"""What does search find for every judged question? A searcher and a collection in, a run out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from semsearch.errors import PostNotFound
from semsearch.evaluation.collection import Collection
from semsearch.ranking.syntax import ParsedQuery
from semsearch.search import Example, RelatedRequest, Searcher
from semsearch.search.asking import Asking
from semsearch.search.requests import Mode, weights_of

DEPTH = 100
"""Hits asked for, the depth of R@100."""

Run = dict[str, Sequence[str]]
"""By query, the ids of posts, best first."""


def search_run(searcher: Searcher, collection: Collection, mode: Mode) -> Run:
    """Near-duplicates are hits of their own, and the questions plain text: quotation marks in them demand nothing."""
    ids, weights = searcher.snapshot.documents.ids(), weights_of(mode)
    run: Run = {}
    for query_id in collection.qrels:
        query = ParsedQuery.plain(collection.queries[query_id])
        ranking = Asking(searcher.snapshot, searcher.encoder, query, weights).ask(searcher.encoder).rank(DEPTH)
        run[query_id] = [ids[ordinal] for ordinal in ranking.ordinals[:DEPTH].tolist()]
    return run


def related_run(searcher: Searcher, posts: Iterable[str]) -> Run:
    """Ranked by relevance alone, ``diversity`` 0."""
    ids = searcher.snapshot.documents.ids()
    run: Run = {}
    for post_id in posts:
        request = RelatedRequest(positive=(Example(id=post_id),), diversity=0.0)
        try:
            found = searcher.related_finder.ranked(request, DEPTH).tolist()
        except PostNotFound:  # its line was rejected
            found = []
        run[post_id] = [ids[ordinal] for ordinal in found]
    return run
