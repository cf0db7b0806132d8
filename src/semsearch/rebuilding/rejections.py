"""Collect the rejected lines of a corpus, and refuse a corpus of which too little is good."""

from __future__ import annotations

from pathlib import Path

from semsearch.corpus import Rejection
from semsearch.errors import DuplicateIds, EmptyCorpus, TooManyRejected

MAX_REJECTED = 0.10
"""Share of lines that may be rejected; with more, nothing is published."""
_MAX_REPORTED = 100


class Rejections:
    """The rejected lines of a rebuild."""

    def __init__(self) -> None:
        self.count = 0
        self.reported: list[Rejection] = []
        """The first hundred."""
        self.duplicates = 0
        """Lines whose id was used before."""
        self._first_duplicate = ""

    def add(self, rejection: Rejection) -> None:
        self.count += 1
        if len(self.reported) < _MAX_REPORTED:
            self.reported.append(rejection)
        if rejection.duplicate:
            self.duplicates += 1
            self._first_duplicate = self._first_duplicate or str(rejection)

    def check(self, posts: int, source: Path) -> None:
        """Raise DuplicateIds, EmptyCorpus or TooManyRejected; ``posts`` is the number of good lines."""
        if self.duplicates:
            raise DuplicateIds(self.duplicates, self._first_duplicate)
        first = str(self.reported[0]) if self.reported else ""
        if posts == 0:
            raise EmptyCorpus(source, self.count, first or None)
        lines = posts + self.count
        if self.count > MAX_REJECTED * lines:
            raise TooManyRejected(self.count, lines, MAX_REJECTED, first)
