"""Term vectors of posts, weighted by TF-IDF, for related posts."""

from __future__ import annotations

import bisect
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.stems import Analyzer
from semsearch.posts import Post

FILE = "terms.npz"
PARTS: Mapping[str, int] = {"title": 3, "teaser": 1, "body": 1}
"""The fields used, and how many times an occurrence counts in each. Tags and authors are compared separately."""
MAX_TERMS = 64
"""How many terms of each post are stored, those of the highest weight; more hardly improve related posts."""
_URL = re.compile(r"""(?i:https?://|\bwww\.)[^\s"'<>()\[\]\x80-\U0010ffff]*""")
"""URLs in a text are no words of the post."""
_CHUNK_POSTS = 8_192
_PREFIX_BYTES = 8
"""Bytes of a term by which it is looked up first: few terms have the same, so hardly any is decoded."""

Floats = NDArray[np.float64]


def count_terms(texts: Iterable[tuple[str, int]], analyzer: Analyzer, language: str | None = None) -> Counter[str]:
    """Count the terms of weighted texts: each occurrence of a term counts ``weight`` times.

    ``texts``: pairs of text and weight.
    """
    terms_of = analyzer.for_language(language).terms
    counts: Counter[str] = Counter()
    for text, weight in texts:
        terms = terms_of(_URL.sub(" ", text) if "//" in text or "www." in text.lower() else text)
        for _ in range(weight):
            counts.update(terms)  # in C, unlike a loop
    return counts


class TermsWriter:
    """Collects the terms of posts in the order of their ordinals."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._codes: dict[str, int] = {}
        """By term, a number in the order of first occurrence."""
        self._post_codes, self._counts, self._begins = array("i"), array("H"), array("q", [0])

    def add(self, post: Post, counts: Counter[str] | None = None) -> None:
        """Add a post. ``counts``: the counts of its terms, if they are known."""
        if counts is None:
            texts = [(getattr(post, part), weight) for part, weight in PARTS.items()]
            counts = count_terms(texts, self._analyzer, post.language)
        codes = self._codes
        self._post_codes.extend([codes.setdefault(term, len(codes)) for term in counts])
        self._counts.extend([min(count, 0xFFFF) for count in counts.values()])
        self._begins.append(len(self._post_codes))

    def save(self, folder: Path) -> None:
        vocabulary = sorted(self._codes)
        column_of = np.empty(len(vocabulary), dtype=np.int32)
        column_of[[self._codes[term] for term in vocabulary]] = np.arange(len(vocabulary))
        columns = column_of[np.frombuffer(self._post_codes, dtype=np.intc)]
        counts = np.frombuffer(self._counts, dtype=np.ushort)
        begins = np.frombuffer(self._begins, dtype=np.int64)
        posts = len(begins) - 1
        idf = inverse_document_frequency(np.bincount(columns, minlength=len(vocabulary)), posts)
        chunks = []
        for start in range(0, posts, _CHUNK_POSTS):
            chunk_begins = begins[start : start + _CHUNK_POSTS + 1]
            first, last = chunk_begins[0], chunk_begins[-1]
            chunk_columns = columns[first:last]
            weights = log_frequency(counts[first:last]) * idf[chunk_columns]
            chunks.append(_heaviest(chunk_columns, weights, chunk_begins - first))
        rows = TermRows.concatenate(chunks)
        encoded = [term.encode() for term in vocabulary]
        with (folder / FILE).open("wb") as stream:
            np.savez(
                stream,
                allow_pickle=False,
                vocabulary=np.frombuffer(b"".join(encoded), dtype=np.uint8),
                ends=np.cumsum([len(term) for term in encoded], dtype=np.int64),
                rarities=idf.astype(np.float32),
                begins=rows.begins,
                columns=rows.columns,
                weights=rows.weights,
            )


@dataclass(frozen=True, slots=True)
class TermRows:
    """The term vectors of some posts, each scaled to length 1: a sparse matrix in CSR form."""

    columns: NDArray[np.int32]
    """Shape (entries,): term numbers, ascending within a post."""
    weights: NDArray[np.float16]
    begins: NDArray[np.int64]
    """Shape (posts + 1,): post n has the entries ``begins[n]:begins[n + 1]``."""

    @classmethod
    def concatenate(cls, parts: list[TermRows]) -> TermRows:
        if not parts:
            return cls(np.empty(0, np.int32), np.empty(0, np.float16), np.zeros(1, np.int64))
        lengths = np.concatenate([np.diff(part.begins) for part in parts])
        return cls(
            np.concatenate([part.columns for part in parts]),
            np.concatenate([part.weights for part in parts]),
            np.concatenate(([0], np.cumsum(lengths))),
        )


def inverse_document_frequency(frequencies: NDArray[np.integer], posts: int) -> Floats:
    """Return the IDF of BM25. ``frequencies``: how many of the ``posts`` have each term."""
    return np.log1p((posts - frequencies + 0.5) / (frequencies + 0.5))


def log_frequency(counts: NDArray[np.integer]) -> Floats:
    """Return logarithmic term frequencies: the second occurrence of a term adds less than the first."""
    return 1 + np.log(counts.astype(np.float64))


def _heaviest(columns: NDArray[np.integer], weights: Floats, begins: NDArray[np.int64]) -> TermRows:
    """Return the MAX_TERMS terms of the highest weight of each post, scaled to length 1."""
    posts = len(begins) - 1
    rows = np.repeat(np.arange(posts), np.diff(begins))
    order = np.lexsort((columns, -weights, rows))
    order = order[np.arange(len(order)) - begins[rows] < MAX_TERMS]  # ``rows`` was sorted already
    order = order[np.lexsort((columns[order], rows[order]))]
    rows, weights = rows[order], weights[order]
    norms = np.sqrt(np.bincount(rows, weights**2, minlength=posts))
    return TermRows(
        columns[order].astype(np.int32),
        (weights / norms[rows]).astype(np.float16),
        np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=posts)))),
    )


class Terms:
    """The term vectors of all posts of a version. Thread-safe."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self._vocabulary = arrays["vocabulary"].tobytes()
        """All terms in UTF-8, concatenated in the order of their code points."""
        self._ends: NDArray[np.int64] = arrays["ends"].astype(np.int64)
        self._idf: NDArray[np.float32] = arrays["rarities"].astype(np.float32)
        self.rows = TermRows(
            arrays["columns"].astype(np.int32, copy=False),
            arrays["weights"].astype(np.float16, copy=False),
            arrays["begins"].astype(np.int64, copy=False),
        )

    @classmethod
    def open(cls, folder: Path) -> Terms:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(arrays)

    def __len__(self) -> int:
        """Return the number of posts."""
        return len(self.rows.begins) - 1

    @property
    def width(self) -> int:
        """The number of terms, which is the number of columns of ``rows``."""
        return len(self._ends)

    def term(self, column: int) -> str:
        """Return the term of a column."""
        start = int(self._ends[column - 1]) if column else 0
        return self._vocabulary[start : int(self._ends[column])].decode()

    def vectorize(self, counts: Mapping[str, int]) -> TermRows:
        """Return the term vector of a text that is no post, as one row. Terms that no post has are ignored."""
        columns = self._columns(list(counts))
        is_known = columns >= 0
        columns = columns[is_known]
        weights = log_frequency(np.array(list(counts.values()), dtype=np.int64)[is_known]) * self._idf[columns]
        return _heaviest(columns, weights, np.array([0, len(columns)]))

    def _columns(self, terms: Sequence[str]) -> NDArray[np.int64]:
        """Return the column of each term, -1 if no post has it; shape (terms,)."""
        prefixes = np.array([_prefix(term.encode(errors="surrogatepass")) for term in terms], dtype=np.uint64)
        begins = np.searchsorted(self._prefixes, prefixes, side="left").tolist()
        ends = np.searchsorted(self._prefixes, prefixes, side="right").tolist()
        return np.array(list(map(self._column, terms, begins, ends)), dtype=np.int64)

    def _column(self, term: str, begin: int, end: int) -> int:
        """Return the column of a term, which is looked for in ``[begin, end)``; -1 if no post has the term."""
        if begin == end:
            return -1
        column = bisect.bisect_left(range(begin, end), term, key=self.term) + begin
        return column if column < end and self.term(column) == term else -1

    @cached_property
    def _prefixes(self) -> NDArray[np.uint64]:
        """The first bytes of each term as a number, ascending like the terms; shorter terms end in zeros."""
        begins = np.concatenate(([0], self._ends[:-1]))
        vocabulary = np.frombuffer(self._vocabulary + bytes(_PREFIX_BYTES), dtype=np.uint8)
        prefixes = np.zeros(self.width, dtype=np.uint64)
        for place in range(_PREFIX_BYTES):
            signs = np.where(begins + place < self._ends, vocabulary[begins + place], 0)
            prefixes = prefixes << np.uint64(8) | signs.astype(np.uint64)
        return prefixes


def _prefix(term: bytes) -> int:
    return int.from_bytes(term[:_PREFIX_BYTES].ljust(_PREFIX_BYTES, b"\0"), "big")
