"""Which posts answer a question, and which belong beside a post? A snapshot and a request in, hits out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.lazy_imports import lazily
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

# What asks a service needs requests and results, and nothing of an index.
__getattr__ = lazily(__name__, {"Searcher": "semsearch.search.searcher", "open_index": "semsearch.search.opening"})
