"""Makes the most expensive legal requests for an index, each of them different."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common import generate_queries

from semsearch.api.v1.parameters import RelatedBody, SearchBody, SuggestParameters
from semsearch.index.filters import FACETS
from semsearch.search import RelatedRequest, Searcher, SearchRequest, SuggestRequest
from semsearch.search import requests as limits

SEARCH, SUGGEST, RELATED = "/v1/search", "/v1/suggest", "/v1/related"
_POSTS_READ = 2_000
"""Posts whose words and texts are used."""


@dataclass(frozen=True, slots=True)
class WorstRequest:
    """A request to the service."""

    path: str
    body: Mapping[str, Any]
    """The parameters. ``POST`` takes them as JSON; there is none for SUGGEST."""

    def to_request(self) -> SearchRequest | SuggestRequest | RelatedRequest:
        """Return the request as the service reads it."""
        kinds = {SEARCH: SearchBody, SUGGEST: SuggestParameters, RELATED: RelatedBody}
        return kinds[self.path].model_validate(self.body).to_request()  # type: ignore[attr-defined, no-any-return]


class WorstRequests:
    """By kind, an endless stream of requests."""

    def __init__(self, searcher: Searcher, seed: int = 0) -> None:
        self._searcher, self._random = searcher, random.Random(seed)
        self._ids = searcher.snapshot.documents.ids()
        posts = searcher.snapshot.documents.get(range(min(len(self._ids), _POSTS_READ)))
        self._texts = [f"{post.title}. {post.teaser} {post.body}" for post in posts]
        self._words = sorted({word for text in self._texts for word in text.split() if word.isalpha()})

    @property
    def kinds(self) -> dict[str, Callable[[], Iterator[WorstRequest]]]:
        """The kinds of requests, by name. The first is not expensive: others are compared with it."""
        return {
            "an ordinary search": self._ordinary,
            "search, 100 hits with explanations": self._largest_page,
            "search, longest query, last page": self._longest_query,
            "search, misspelt words": self._misspelt_query,
            "search, excluded phrases": self._excluded_phrases,
            "completions of a letter": self._completions,
            "related to 50 posts": self._related_to_posts,
            "related to a text of 20,000 characters": self._related_to_a_text,
            "related to 50 texts": self._related_to_texts,
        }

    def _ordinary(self) -> Iterator[WorstRequest]:
        for query in generate_queries(self._searcher.snapshot, 1):
            yield WorstRequest(SEARCH, {"q": query})

    def _largest_page(self) -> Iterator[WorstRequest]:
        for query in generate_queries(self._searcher.snapshot, 2):
            yield WorstRequest(SEARCH, {"q": query, "limit": limits.MAX_LIMIT, "facets": list(FACETS), "explain": True})

    def _longest_query(self) -> Iterator[WorstRequest]:
        while True:
            query = _joined(self._random.choices(self._words, k=400))
            last_page = {"limit": limits.MAX_LIMIT, "offset": limits.MAX_OFFSET}
            yield WorstRequest(SEARCH, {"q": query, **last_page, "facets": list(FACETS), "explain": True})

    def _misspelt_query(self) -> Iterator[WorstRequest]:
        while True:
            query = _joined([f"{word}xq" for word in self._random.choices(self._words, k=300)])
            yield WorstRequest(SEARCH, {"q": query, "limit": limits.MAX_LIMIT, "mode": "lexical"})

    def _excluded_phrases(self) -> Iterator[WorstRequest]:
        while True:
            pairs = (" ".join(self._random.choices(self._words, k=2)) for _ in range(200))
            query = _joined([self._words[0], *(f'-"{pair}"' for pair in pairs)])
            yield WorstRequest(SEARCH, {"q": query, "limit": limits.MAX_LIMIT})

    def _completions(self) -> Iterator[WorstRequest]:
        while True:
            start = self._random.choice(self._words)[:1]
            yield WorstRequest(SUGGEST, {"q": start, "limit": limits.MAX_SUGGESTIONS})

    def _related_to_posts(self) -> Iterator[WorstRequest]:
        while True:
            yield self._related([{"id": one} for one in self._random.choices(self._ids, k=limits.MAX_EXAMPLES)])

    def _related_to_a_text(self) -> Iterator[WorstRequest]:
        while True:
            yield self._related([{"text": self._text(limits.MAX_TEXT_CHARACTERS)}])

    def _related_to_texts(self) -> Iterator[WorstRequest]:
        while True:
            characters = limits.MAX_TEXT_CHARACTERS // limits.MAX_EXAMPLES
            yield self._related([{"text": self._text(characters)} for _ in range(limits.MAX_EXAMPLES)])

    def _text(self, characters: int) -> str:
        """Return the beginning of as many posts as are needed."""
        texts = self._random.choices(self._texts, k=1 + characters // 20)
        return " ".join(texts)[:characters]

    def _related(self, positive: list[dict[str, str]]) -> WorstRequest:
        exclude = self._random.choices(self._ids, k=limits.MAX_EXCLUDED)
        options = {"limit": limits.MAX_RELATED, "min_confidence": 0.0, "explain": True}
        return WorstRequest(RELATED, {"positive": positive, "exclude": exclude, **options})


def _joined(words: Sequence[str]) -> str:
    """Return as many words as a query may have; half a phrase at the end is left out."""
    query = " ".join(words)[: limits.MAX_QUERY_CHARACTERS]
    return query.rsplit(" -", 1)[0] if query.count('"') % 2 else query
