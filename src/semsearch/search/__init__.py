"""Which posts answer a question, and which belong beside a post? A snapshot and a request in, hits out."""

from semsearch.search.opening import open_index
from semsearch.search.requests import Example, RelatedRequest, SearchRequest, SuggestRequest
from semsearch.search.results import Hit, RelatedResult, SearchResult, Suggestion, SuggestResult
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
