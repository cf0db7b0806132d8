"""Search, related posts and completions over a snapshot: a request in, a result out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.lazy_imports import lazy_attributes
from semsearch.search.requests import Example, RelatedRequest, SearchRequest, SuggestRequest
from semsearch.search.results import Hit, RelatedResult, SearchResult, Suggestion, SuggestResult

if TYPE_CHECKING:
    from semsearch.search.opening import open_index
    from semsearch.search.searcher import Searcher

__all__ = [
    "Example",
    "Hit",
    "RelatedRequest",
    "RelatedResult",
    "SearchRequest",
    "SearchResult",
    "Searcher",
    "SuggestRequest",
    "SuggestResult",
    "Suggestion",
    "open_index",
]

# Clients of the HTTP service use requests and results only, so they must not load the index libraries.
__getattr__ = lazy_attributes(
    __name__, {"Searcher": "semsearch.search.searcher", "open_index": "semsearch.search.opening"}
)
