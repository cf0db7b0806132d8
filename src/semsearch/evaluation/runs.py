"""Runs: the posts found for every judged query of a test collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from semsearch.errors import PostNotFound
from semsearch.evaluation.collection import Collection
from semsearch.ranking.syntax import ParsedQuery
from semsearch.search import Example, RelatedRequest, Searcher
from semsearch.search.query_plan import QueryPlan
from semsearch.search.requests import Mode, weights_of

DEPTH = 100
"""Hits of each query, as many as R@100 looks at."""

Run = dict[str, Sequence[str]]
"""By query, the ids of posts, best first."""


def search_run(searcher: Searcher, collection: Collection, mode: Mode) -> Run:
    """Search for every judged query. Near-duplicates are not collapsed, and queries are plain text: quotation marks in
    them require nothing."""
    ids, weights = searcher.snapshot.documents.ids(), weights_of(mode)
    run: Run = {}
    for query_id in collection.qrels:
        query = ParsedQuery.plain(collection.queries[query_id])
        ranking = QueryPlan(searcher.snapshot, searcher.encoder, query, weights).run(searcher.encoder).rank(DEPTH)
        run[query_id] = [ids[ordinal] for ordinal in ranking.ordinals[:DEPTH].tolist()]
    return run


def related_run(searcher: Searcher, posts: Iterable[str]) -> Run:
    """Find the posts related to each post, without diversification: they are ranked by score alone."""
    ids = searcher.snapshot.documents.ids()
    run: Run = {}
    for post_id in posts:
        request = RelatedRequest(positive=(Example(id=post_id),), diversity=0.0, min_confidence=0.0)
        try:
            found = searcher.related_finder.rank(request, DEPTH).tolist()
        except PostNotFound:  # its line was rejected
            found = []
        run[post_id] = [ids[ordinal] for ordinal in found]
    return run
