"""Tags that differ only in case → one tag, in the commonest spelling."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence


class Spellings:
    """Counts how tags are written. Of equally common spellings the first seen is chosen."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, tags: Iterable[str]) -> None:
        for tag in tags:
            self._counts[tag.casefold()][tag] += 1

    def of(self, tags: Sequence[str]) -> list[str]:
        """Return tags in the spelling to be used, each once, in order."""
        return list(dict.fromkeys(self._counts[tag.casefold()].most_common(1)[0][0] for tag in tags))

    def merged(self) -> list[list[str]]:
        """List the groups of spellings that became one tag, the commonest first in each."""
        return [
            [spelling for spelling, _ in counts.most_common()] for counts in self._counts.values() if len(counts) > 1
        ]
