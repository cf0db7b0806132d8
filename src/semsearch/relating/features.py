"""What of posts is compared? What they mean, their words, tags and authors, their days and series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.attributes import NO_LANGUAGE, Column
from semsearch.index.lexical.terms import TermRows, rarity
from semsearch.index.vectors import single
from semsearch.relating.score import AUTHORS, TAGS, Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

Ordinals = NDArray[np.int64]
NONE = -1
KINDS = ("words", "tags", "authors")
"""What posts share."""
_LOOKED_AT, _ALWAYS_LOOKED_AT = 5_000, 100_000_000
"""Posts that are looked at for what they share with one, on average of all posts, and altogether in any case. Of
100,000 teasers, 24 words are in too many posts for that: a sixtieth of what words are worth."""


@dataclass(frozen=True, slots=True)
class Example:
    """A post, or a text, that others are compared with."""

    vector: NDArray[np.float32]
    """What it means, a unit vector."""
    columns: NDArray[np.int32]
    """What it has of what posts share, as :attr:`Features.shared`, and what of it."""
    worth: NDArray[np.float32]
    day: float = np.nan
    """nan where there is none."""
    series: int = NONE
    language: int = NO_LANGUAGE
    """As in :attr:`Attributes.language`."""


@dataclass(frozen=True, slots=True)
class InCommon:
    """What two posts share, the weightiest first: arrays of shape (what they share,)."""

    columns: NDArray[np.int32]
    worth: Floats
    kinds: NDArray[np.intp]
    """Places in KINDS."""

    def by_kind(self) -> tuple[float, float, float]:
        """What all words, tags and authors are worth."""
        words, tags, authors = np.bincount(self.kinds, self.worth, minlength=len(KINDS)).tolist()
        return words, tags, authors


class Features:
    """What is compared of the posts of a version, by ordinal."""

    def __init__(self, snapshot: Snapshot, centres: NDArray[np.float16] | None, scales: Scales) -> None:
        """``centres``: what posts mean with all their sentences; None where that was never computed."""
        attributes, posts = snapshot.attributes, len(snapshot)
        self.snapshot, self.scales = snapshot, scales
        self._centres = None if centres is None else np.asarray(centres)  # a plain array is read faster
        words = _matrix(snapshot.terms.rows, snapshot.terms.width) * np.float32(scales.words.unit**-0.5)
        tags = _values(attributes.column("tags"), posts) * np.float32(TAGS**0.5)
        authors = _values(attributes.column("authors"), posts) * np.float32(AUTHORS**0.5)
        self.shared: csr_matrix = _without_common(_side_by_side([words, tags, authors]))
        """Words, tags and authors side by side, shape (posts, as many as there are of them), but for the commonest. The
        product of two rows is what they are worth that two posts have in common, rare ones more."""
        self._kinds = np.cumsum([words.shape[1], tags.shape[1]])
        """The columns at which tags begin, and authors."""
        days, dated = attributes.days(np.arange(posts))
        self.days: Floats = np.where(dated, days.astype(np.float64), np.nan)
        series = attributes.column("series")
        self.series = np.full(posts, NONE, dtype=np.int32)
        self.series[series.posts] = series.codes

    def __len__(self) -> int:
        return len(self.days)

    def vectors(self, ordinals: Ordinals) -> NDArray[np.float32]:
        """What posts mean: shape (posts, dimension), unit vectors."""
        if self._centres is None:
            return self.snapshot.whole.vectors(ordinals)
        return single(self._centres.take(ordinals, axis=0))

    def cosines(self, example: Example, ordinals: Ordinals) -> Floats:
        """How much some posts mean what an example means."""
        cosines: Floats = (self.vectors(ordinals) @ example.vector).astype(np.float64)
        return cosines

    def of_post(self, ordinal: int) -> Example:
        """A post as an example."""
        row = slice(self.shared.indptr[ordinal], self.shared.indptr[ordinal + 1])
        return Example(
            vector=self.vectors(np.array([ordinal]))[0],
            columns=self.shared.indices[row],
            worth=self.shared.data[row],
            day=float(self.days[ordinal]),
            series=int(self.series[ordinal]),
            language=int(self.snapshot.attributes.language[ordinal]),
        )

    def words_of(self, ordinal: int) -> Example:
        """A post as an example, without its tags and authors."""
        example = self.of_post(ordinal)
        words = slice(int(np.searchsorted(example.columns, self._kinds[0])))
        return replace(example, columns=example.columns[words], worth=example.worth[words])

    def of_text(self, vector: NDArray[np.float32], counts: Mapping[str, int], language: int = NO_LANGUAGE) -> Example:
        """A text that is no post: its vector, how often it has each term, and its language."""
        terms = self.snapshot.terms.of(counts)
        worth = terms.weights.astype(np.float32) * np.float32(self.scales.words.unit**-0.5)
        return Example(vector=vector, columns=terms.columns, worth=worth, language=language)

    def in_common(self, example: Example, ordinal: int) -> InCommon:
        """What an example and a post share."""
        row = slice(self.shared.indptr[ordinal], self.shared.indptr[ordinal + 1])
        columns, theirs = self.shared.indices[row], self.shared.data[row]
        places = example.columns.searchsorted(columns)
        places[places == len(example.columns)] = 0
        same = example.columns[places] == columns if len(example.columns) else np.zeros(len(columns), dtype=np.bool_)
        columns = columns[same]
        worth = theirs[same].astype(np.float64) * example.worth[places[same]]
        order = np.argsort(-worth, kind="stable")
        return InCommon(columns[order], worth[order], np.searchsorted(self._kinds, columns[order], side="right"))

    def named(self, common: InCommon) -> tuple[tuple[str, ...], ...]:
        """The terms, tags and authors that are shared, each the weightiest first."""
        names: tuple[list[str], ...] = ([], [], [])
        attributes, begins = self.snapshot.attributes, (0, *self._kinds.tolist())
        for column, kind in zip(common.columns.tolist(), common.kinds.tolist(), strict=True):
            place = column - begins[kind]
            names[kind].append(
                attributes.column(KINDS[kind]).values[place] if kind else self.snapshot.terms.term(place)
            )
        return tuple(map(tuple, names))


def middle(whole: NDArray[np.float32], sentences: NDArray[np.float32]) -> NDArray[np.float32]:
    """Between unit vectors and the directions of others, shape (posts, dimension); rows of zeros say nothing."""
    return _unit(whole + _unit(sentences))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return scaled


def csr(content: Any, shape: tuple[int, int]) -> csr_matrix:
    """A sparse matrix."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  (takes as long to load as a search takes)

    return csr_matrix(content, shape=shape)


def _side_by_side(matrices: Sequence[csr_matrix]) -> csr_matrix:
    from scipy.sparse import hstack  # noqa: PLC0415

    return hstack(matrices, format="csr", dtype=np.float32)


def _without_common(shared: csr_matrix) -> csr_matrix:
    """What posts share without the commonest, which say least, where all of it would be too much to look at."""
    posts = np.bincount(shared.indices, minlength=shared.shape[1]).astype(np.float64)
    order = np.argsort(posts, kind="stable")
    rare = np.empty(len(posts), dtype=np.bool_)
    rare[order] = np.cumsum(posts[order] ** 2) <= max(_LOOKED_AT * shared.shape[0], _ALWAYS_LOOKED_AT)
    shared.data[~rare[shared.indices]] = 0.0
    shared.eliminate_zeros()
    shared.sort_indices()
    return shared


def _matrix(rows: TermRows, width: int) -> csr_matrix:
    weights = rows.weights.astype(np.float32)
    return csr((weights, rows.columns, rows.begins), shape=(len(rows.begins) - 1, width))


def _values(column: Column, posts: int) -> csr_matrix:
    """The values of a column: rows in which rare ones count more, of length 1 where a post has only the rarest."""
    frequencies = np.bincount(column.codes, minlength=len(column.values))
    weights = rarity(frequencies, posts)[column.codes]
    norms = np.sqrt(np.bincount(column.posts, weights**2, minlength=posts))
    rarest = rarity(np.array([1]), posts)[0]
    counts = np.bincount(column.posts, minlength=posts)
    lengths = np.sqrt(np.bincount(column.posts, weights, minlength=posts) / (np.maximum(counts, 1) * rarest))
    weights = (weights / norms[column.posts] * lengths[column.posts]).astype(np.float32)
    return csr((weights, (column.posts, column.codes)), shape=(posts, len(column.values)))
