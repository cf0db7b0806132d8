"""Which words make a post what it is? The terms of each post by weight: rare ones that it often uses weigh most."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.stems import Analyzer
from semsearch.posts import Post

FILE = "terms.npz"
PARTS: Mapping[str, int] = {"title": 3, "teaser": 1, "body": 1}
"""Fields that are read, and how often a word there is counted. Tags and authors are compared by themselves."""
MOST = 64
"""Terms that are kept of each post, the weightiest: with all of them, related posts are hardly better."""
_ADDRESS = re.compile(r"""(?i:https?://|\bwww\.)[^\s"'<>()\[\]\x80-\U0010ffff]*""")
"""What is linked says nothing about the words of a post."""
_AT_ONCE = 8_192

Floats = NDArray[np.float64]


def counted(texts: Iterable[tuple[str, int]], analyzer: Analyzer, language: str | None = None) -> Counter[str]:
    """The terms of texts and how often each counts: a term of a text as often as is said with it."""
    read = analyzer.reader(language).terms
    counts: Counter[str] = Counter()
    for text, weight in texts:
        for term in read(_ADDRESS.sub(" ", text) if "//" in text or "www." in text.lower() else text):
            counts[term] += weight
    return counts


class TermsWriter:
    """Collects the terms of posts, in their order."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._known: dict[str, int] = {}
        self._codes, self._counts, self._begins = array("i"), array("H"), array("q", [0])

    def add(self, post: Post) -> None:
        texts = [(getattr(post, part), weight) for part, weight in PARTS.items()]
        counts = counted(texts, self._analyzer, post.language)
        known = self._known
        self._codes.extend([known.setdefault(term, len(known)) for term in counts])
        self._counts.extend([min(count, 0xFFFF) for count in counts.values()])
        self._begins.append(len(self._codes))

    def save(self, folder: Path) -> None:
        vocabulary = sorted(self._known)
        column_of = np.empty(len(vocabulary), dtype=np.int32)
        column_of[[self._known[term] for term in vocabulary]] = np.arange(len(vocabulary))
        columns = column_of[np.frombuffer(self._codes, dtype=np.intc)]
        counts = np.frombuffer(self._counts, dtype=np.ushort)
        begins = np.frombuffer(self._begins, dtype=np.int64)
        posts = len(begins) - 1
        rarities = rarity(np.bincount(columns, minlength=len(vocabulary)), posts)
        rows = []
        for start in range(0, posts, _AT_ONCE):
            part = begins[start : start + _AT_ONCE + 1]
            found = columns[part[0] : part[-1]]
            rows.append(_weightiest(found, dampened(counts[part[0] : part[-1]]) * rarities[found], part - part[0]))
        kept = TermRows.joined(rows)
        encoded = [term.encode() for term in vocabulary]
        with (folder / FILE).open("wb") as stream:
            np.savez(
                stream,
                allow_pickle=False,
                vocabulary=np.frombuffer(b"".join(encoded), dtype=np.uint8),
                ends=np.cumsum([len(term) for term in encoded], dtype=np.int64),
                rarities=rarities.astype(np.float32),
                begins=kept.begins,
                columns=kept.columns,
                weights=kept.weights,
            )


@dataclass(frozen=True, slots=True)
class TermRows:
    """The terms of some posts, by column; the weights of each post have length 1."""

    columns: NDArray[np.int32]
    """Rising within a post."""
    weights: NDArray[np.float16]
    begins: NDArray[np.int64]
    """Shape (posts + 1,): the terms of post n are those from ``begins[n]`` to ``begins[n + 1]``."""

    @classmethod
    def joined(cls, rows: list[TermRows]) -> TermRows:
        """The rows of one after those of the other."""
        if not rows:
            return cls(np.empty(0, np.int32), np.empty(0, np.float16), np.zeros(1, np.int64))
        lengths = np.concatenate([np.diff(one.begins) for one in rows])
        return cls(
            np.concatenate([one.columns for one in rows]),
            np.concatenate([one.weights for one in rows]),
            np.concatenate(([0], np.cumsum(lengths))),
        )


def rarity(frequencies: NDArray[np.integer], posts: int) -> Floats:
    """The inverse document frequency of BM25, of terms that so many of the posts have."""
    return np.log1p((posts - frequencies + 0.5) / (frequencies + 0.5))


def dampened(counts: NDArray[np.integer]) -> Floats:
    """A term that is used twice says more than one that is used once, but not twice as much."""
    return 1 + np.log(counts.astype(np.float64))


def _weightiest(columns: NDArray[np.integer], weights: Floats, begins: NDArray[np.int64]) -> TermRows:
    posts = len(begins) - 1
    rows = np.repeat(np.arange(posts), np.diff(begins))
    order = np.lexsort((columns, -weights, rows))
    order = order[np.arange(len(order)) - begins[rows] < MOST]  # rows are as they were
    order = order[np.lexsort((columns[order], rows[order]))]
    rows, kept = rows[order], weights[order]
    norms = np.sqrt(np.bincount(rows, kept**2, minlength=posts))
    return TermRows(
        columns[order].astype(np.int32),
        (kept / norms[rows]).astype(np.float16),
        np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=posts)))),
    )


class Terms:
    """The terms of all posts of a version."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self._vocabulary = arrays["vocabulary"].tobytes()
        """All terms in UTF-8, in the order of their code points."""
        self._ends: NDArray[np.int64] = arrays["ends"].astype(np.int64)
        self._rarities: NDArray[np.float32] = arrays["rarities"].astype(np.float32)
        self.rows = TermRows(
            arrays["columns"].astype(np.int32, copy=False),
            arrays["weights"].astype(np.float16, copy=False),
            arrays["begins"].astype(np.int64, copy=False),
        )

    @classmethod
    def open(cls, folder: Path) -> Terms:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(arrays)

    @classmethod
    def none(cls, posts: int) -> Terms:
        """For a version that has none, which was built before they were of use."""
        empty = {name: np.empty(0, np.uint8) for name in ("vocabulary", "ends", "rarities", "columns", "weights")}
        return cls(empty | {"begins": np.zeros(posts + 1)})

    def __len__(self) -> int:
        """How many posts there are."""
        return len(self.rows.begins) - 1

    @property
    def width(self) -> int:
        """How many terms there are: the columns of rows."""
        return len(self._ends)

    def term(self, column: int) -> str:
        """The term of a column."""
        start = int(self._ends[column - 1]) if column else 0
        return self._vocabulary[start : int(self._ends[column])].decode()

    def of(self, counts: Mapping[str, int]) -> TermRows:
        """The row of a text that is no post; words that no post has say nothing."""
        found = {column: count for term, count in counts.items() if (column := self._column(term)) is not None}
        columns = np.array(list(found), dtype=np.int64)
        weights = dampened(np.array(list(found.values()), dtype=np.int64)) * self._rarities[columns]
        return _weightiest(columns, weights, np.array([0, len(columns)]))

    def _column(self, term: str) -> int | None:
        low, high = 0, self.width
        while low < high:
            middle = (low + high) // 2
            if self.term(middle) < term:
                low = middle + 1
            else:
                high = middle
        return low if low < self.width and self.term(low) == term else None
