"""Measure the CPU time of the most expensive legal requests, in process, encoding included.

    python benchmarks/worst_case.py [--posts 10000] [--corpus FILE] [--cache DIR] [--index DIR]

Prints JSON: `cpu_milliseconds` has, for each kind of request, the median of five different ones, of all threads
together. `cost` says as how many requests it counts against a rate limit.
With `--index`, an existing index is measured.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from common import generate_queries, median, opened_searcher, parser, print_result

from semsearch.index.filters import FACETS
from semsearch.search import Example, RelatedRequest, Searcher, SearchRequest, SuggestRequest
from semsearch.search import requests as limits

_ROUNDS = 5
Call = tuple[Callable[[], object], int]
"""A request, and its cost."""


def cpu_milliseconds(calls: Iterator[Call]) -> dict[str, float]:
    """Return the median CPU time of some calls, the first of which only warms up, and their cost."""
    drawn, times = list(islice(calls, 1 + _ROUNDS)), []
    for call, _ in drawn:
        started = time.process_time()
        call()
        times.append(1_000 * (time.process_time() - started))
    return {"cpu_milliseconds": median(times[1:]), "cost": drawn[0][1]}


class Requests:
    """Makes expensive requests for an index, each of them different."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher, self._random = searcher, random.Random(0)
        self._ids = searcher.snapshot.documents.ids()
        posts = searcher.snapshot.documents.get(range(min(len(self._ids), 2_000)))
        self._texts = [f"{post.title}. {post.teaser} {post.body}" for post in posts]
        self._words = sorted({word.strip('".,-') for text in self._texts for word in text.split()})

    def _text(self, characters: int) -> str:
        """Return the beginning of as many posts as are needed."""
        texts = self._random.choices(self._texts, k=1 + characters // 20)
        return " ".join(texts)[:characters]

    def ordinary(self) -> Iterator[Call]:
        for query in generate_queries(self._searcher.snapshot, 1):
            request = SearchRequest(query)
            yield partial(self._searcher.run_search, request), 1

    def longest_query(self) -> Iterator[Call]:
        while True:
            words = " ".join(self._random.choices(self._words, k=400))[: limits.MAX_QUERY_CHARACTERS]
            request = SearchRequest(
                words, limit=limits.MAX_LIMIT, offset=limits.MAX_OFFSET, facets=FACETS, explain=True
            )
            yield partial(self._searcher.run_search, request), 1

    def misspelt_query(self) -> Iterator[Call]:
        while True:
            words = " ".join(f"{word}xq" for word in self._random.choices(self._words, k=300))
            request = SearchRequest(words[: limits.MAX_QUERY_CHARACTERS], limit=limits.MAX_LIMIT, mode="lexical")
            yield partial(self._searcher.run_search, request), 1

    def quoted_query(self) -> Iterator[Call]:
        while True:
            pairs = (" ".join(self._random.choices(self._words, k=2)) for _ in range(200))
            query = " ".join(f'-"{pair}"' for pair in pairs)[: limits.MAX_QUERY_CHARACTERS - 20]
            request = SearchRequest(f"{query} {self._words[0]}", limit=limits.MAX_LIMIT)
            yield partial(self._searcher.run_search, request), 1

    def completions(self) -> Iterator[Call]:
        while True:
            request = SuggestRequest(self._random.choice(self._words)[:1] or "a", limit=limits.MAX_SUGGESTIONS)
            yield partial(self._searcher.run_suggest, request), 1

    def related_to_posts(self) -> Iterator[Call]:
        while True:
            yield self._related([Example(id=one) for one in self._random.choices(self._ids, k=limits.MAX_EXAMPLES)])

    def related_to_a_text(self) -> Iterator[Call]:
        while True:
            yield self._related([Example(text=self._text(limits.MAX_TEXT_CHARACTERS))])

    def related_to_texts(self) -> Iterator[Call]:
        while True:
            characters = limits.MAX_TEXT_CHARACTERS // limits.MAX_EXAMPLES
            yield self._related([Example(text=self._text(characters)) for _ in range(limits.MAX_EXAMPLES)])

    def _related(self, examples: list[Example]) -> Call:
        exclude = self._random.choices(self._ids, k=limits.MAX_EXCLUDED)
        request = RelatedRequest(
            tuple(examples), limit=limits.MAX_RELATED, exclude=exclude, min_confidence=0.0, explain=True
        )
        return partial(self._searcher.run_related, request), request.cost


def main() -> None:
    options = parser(__doc__, posts=10_000)
    options.add_argument("--cache", type=Path)
    options.add_argument("--index", type=Path)
    arguments: argparse.Namespace = options.parse_args()
    with opened_searcher(arguments) as searcher:
        searcher.related_finder.warm()
        requests = Requests(searcher)
        kinds = {
            "an ordinary search": requests.ordinary,
            "search, longest query, last page": requests.longest_query,
            "search, misspelt words": requests.misspelt_query,
            "search, excluded phrases": requests.quoted_query,
            "completions of a letter": requests.completions,
            "related to 50 posts": requests.related_to_posts,
            "related to a text of 20,000 characters": requests.related_to_a_text,
            "related to 50 texts": requests.related_to_texts,
        }
        figures = {name: cpu_milliseconds(kind()) for name, kind in kinds.items()}
        posts = len(searcher.snapshot)
    print_result("worst_case", posts=posts, requests=figures)


if __name__ == "__main__":
    main()
