"""The features by which posts are compared: vectors, words, tags, authors, dates and series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.attributes import NO_LANGUAGE, Column
from semsearch.index.half_precision import half_to_float32
from semsearch.index.lexical.terms import TermRows, inverse_document_frequency
from semsearch.index.phrases import site_names
from semsearch.index.similarity import similarities
from semsearch.posts import Post
from semsearch.relating.score import AUTHORS_WEIGHT, TAGS_WEIGHT, Floats, binding_units

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

Ordinals = NDArray[np.int64]
NO_SERIES = -1
KINDS = ("words", "tags", "authors")
"""The kinds of features that posts share."""
_MEAN_PAIRS, _MAX_PAIRS = 5_000, 100_000_000
"""The number of pairs of posts that share a feature is limited to the greater of two numbers: so many per post, or so
many in total. The most common features are dropped to stay within. For 100,000 teasers that drops 24 terms, with 1/60
of the total weight."""
_TELLING_SHARE, _MIN_TELLING = 0.1, 3
"""A tag or an author says what two posts have in common if at most this share of all posts has it, or so many posts."""


@dataclass(frozen=True, slots=True)
class ExampleFeatures:
    """The features of a post or a text that posts are compared with."""

    vector: NDArray[np.float32]
    """A unit vector, shape (dimension,)."""
    columns: NDArray[np.int32]
    """Its columns of :attr:`Features.shared`, in order."""
    weights: NDArray[np.float32]
    """The value in each of the columns."""
    day: float = np.nan
    """nan without a date."""
    series: int = NO_SERIES
    """NO_SERIES without one."""
    language: int = NO_LANGUAGE
    """As in :attr:`Attributes.language`."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """The features that an example and a post share, greatest weight first; arrays of shape (shared features,)."""

    columns: NDArray[np.int32]
    weights: Floats
    """What each feature adds to the score, in units (see relating/score.py)."""
    kinds: NDArray[np.intp]
    """Positions in KINDS."""
    by_kind: tuple[float, float, float]
    """The total weights of words, tags and authors."""


class Features:
    """The features of the posts of a version, by ordinal."""

    def __init__(self, snapshot: Snapshot, centres: NDArray[np.float16], scales: Scales) -> None:
        """``centres``: see :func:`post_centres`, shape (posts, dimension)."""
        attributes, posts = snapshot.attributes, len(snapshot)
        self.snapshot, self.scales = snapshot, scales
        self._centres = np.asarray(centres)  # a plain array is read faster than a memmap
        words = _matrix(snapshot.terms.rows, snapshot.terms.width) * np.float32(scales.words.unit**-0.5)
        tags = _binding(attributes.column("tags"), _column_matrix(attributes.column("tags"), posts))
        tags *= np.float32(TAGS_WEIGHT**0.5)
        authors = _column_matrix(attributes.column("authors"), posts) * np.float32(AUTHORS_WEIGHT**0.5)
        self.shared: csr_matrix = _without_most_common(_hstack([words, tags, authors]))
        """A sparse matrix of words, tags and authors, shape (posts, features). The product of two rows is the number of
        units that the features in common add to the score; rare features weigh more."""
        self._frequencies = np.bincount(self.shared.indices, minlength=self.shared.shape[1])
        self._first_features = np.cumsum([words.shape[1], tags.shape[1]])
        """The numbers of the first tag and of the first author among the features."""
        days, dated = attributes.days(np.arange(posts))
        self.days: Floats = np.where(dated, days.astype(np.float64), np.nan)
        series = attributes.column("series")
        self.series = np.full(posts, NO_SERIES, dtype=np.int32)
        self.series[series.posts] = series.codes

    def __len__(self) -> int:
        return len(self.days)

    def vectors(self, ordinals: Ordinals) -> NDArray[np.float32]:
        """Return the vectors by which posts are compared, shape (posts, dimension): the centres."""
        return half_to_float32(self._centres.take(ordinals, axis=0))

    def similarities(
        self, example: ExampleFeatures, ordinals: Ordinals, vectors: NDArray[np.float32] | None = None
    ) -> Floats:
        """Return the cosine similarity of an example to each post, shape (posts,); see
        :func:`semsearch.index.similarity.similarities`.

        ``vectors``: those of the posts, for a caller that compares the same posts with several examples.
        """
        return similarities(self.vectors(ordinals) if vectors is None else vectors, example.vector)

    def of_post(self, ordinal: int) -> ExampleFeatures:
        """Return the features of a post."""
        row = slice(self.shared.indptr[ordinal], self.shared.indptr[ordinal + 1])
        return ExampleFeatures(
            vector=self.vectors(np.array([ordinal]))[0],
            columns=self.shared.indices[row],
            weights=self.shared.data[row],
            day=float(self.days[ordinal]),
            series=int(self.series[ordinal]),
            language=int(self.snapshot.attributes.language[ordinal]),
        )

    def of_post_words(self, ordinal: int) -> ExampleFeatures:
        """Return the features of a post without its tags and authors."""
        example = self.of_post(ordinal)
        words = slice(int(np.searchsorted(example.columns, self._first_features[0])))
        return replace(example, columns=example.columns[words], weights=example.weights[words])

    def of_terms(self, vector: NDArray[np.float32], terms: TermRows, language: int = NO_LANGUAGE) -> ExampleFeatures:
        """Return the features of a text. ``terms``: its term vector, as one row."""
        weights = terms.weights.astype(np.float32) * np.float32(self.scales.words.unit**-0.5)
        return ExampleFeatures(vector=vector, columns=terms.columns, weights=weights, language=language)

    def overlaps(self, example: ExampleFeatures, ordinals: Ordinals) -> list[Overlap]:
        """Return the features that an example shares with each post. They do not depend on the other posts given."""
        begins = self.shared.indptr[ordinals]
        lengths = self.shared.indptr[ordinals + 1] - begins
        posts = np.repeat(np.arange(len(ordinals)), lengths)
        cells = np.arange(len(posts)) + np.repeat(begins - np.cumsum(lengths) + lengths, lengths)
        columns = self.shared.indices[cells]
        places = example.columns.searchsorted(columns)
        places[places == len(example.columns)] = 0
        is_shared = example.columns[places] == columns if len(example.columns) else np.zeros(len(columns), np.bool_)
        posts, columns = posts[is_shared], columns[is_shared]
        weights = self.shared.data[cells[is_shared]].astype(np.float64) * example.weights[places[is_shared]]
        order = np.lexsort((-weights, posts))
        columns, weights = columns[order], weights[order]
        kinds = np.searchsorted(self._first_features, columns, side="right")
        totals = np.bincount(posts * len(KINDS) + kinds, weights, minlength=len(ordinals) * len(KINDS))
        ends = np.searchsorted(posts, np.arange(len(ordinals)), side="right").tolist()
        return [
            Overlap(columns[begin:end], weights[begin:end], kinds[begin:end], (words, tags, authors))
            for begin, end, (words, tags, authors) in zip(
                [0, *ends], ends, totals.reshape(-1, len(KINDS)).tolist(), strict=False
            )
        ]

    def telling(self, overlap: Overlap, post: Post) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the shared tags and authors that few posts have, each greatest weight first.

        Those named like the site of ``post`` are left out.
        """
        names: dict[str, list[str]] = {"tags": [], "authors": []}
        of_site = site_names(post.url)
        most = max(_MIN_TELLING, _TELLING_SHARE * len(self))
        for column, kind in zip(overlap.columns.tolist(), overlap.kinds.tolist(), strict=True):
            if kind and self._frequencies[column] <= most:
                place = column - self._first_features[kind - 1]
                name = self.snapshot.attributes.column(KINDS[kind]).values[place]
                if "".join(filter(str.isalnum, name.casefold())) not in of_site:
                    names[KINDS[kind]].append(name)
        return tuple(names["tags"]), tuple(names["authors"])


def post_centres(whole: NDArray[np.float32], sentence_sums: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the normalized mean of each post vector and its normalized sentence sum, shape (posts, dimension).

    A post without sentences has a row of zeros in ``sentence_sums``; its centre is its post vector.
    """
    return _normalized(whole + _normalized(sentence_sums))


def _normalized(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return scaled


def csr(content: Any, shape: tuple[int, int]) -> csr_matrix:
    """Return a ``csr_matrix``, for which scipy is imported on first use."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  (importing it takes as long as a search)

    return csr_matrix(content, shape=shape)


def _hstack(matrices: Sequence[csr_matrix]) -> csr_matrix:
    from scipy.sparse import hstack  # noqa: PLC0415

    return hstack(matrices, format="csr", dtype=np.float32)


def _without_most_common(shared: csr_matrix) -> csr_matrix:
    """Drop the most common features, which say least, if too many pairs of posts share them."""
    frequencies = np.bincount(shared.indices, minlength=shared.shape[1]).astype(np.float64)
    order = np.argsort(frequencies, kind="stable")
    kept = np.empty(len(frequencies), dtype=np.bool_)
    kept[order] = np.cumsum(frequencies[order] ** 2) <= max(_MEAN_PAIRS * shared.shape[0], _MAX_PAIRS)
    shared.data[~kept[shared.indices]] = 0.0
    shared.eliminate_zeros()
    shared.sort_indices()
    return shared


def _matrix(rows: TermRows, width: int) -> csr_matrix:
    weights = rows.weights.astype(np.float32)
    return csr((weights, rows.columns, rows.begins), shape=(len(rows.begins) - 1, width))


def _binding(column: Column, weights: csr_matrix) -> csr_matrix:
    """Give tags of few posts at least the weight of :func:`binding_units`, whatever other tags these posts have."""
    units = binding_units(np.bincount(column.codes, minlength=len(column.values)), weights.shape[0])
    least = np.sqrt(units / TAGS_WEIGHT).astype(np.float32)
    weights.data = np.maximum(weights.data, least[weights.indices])
    return weights


def _column_matrix(column: Column, posts: int) -> csr_matrix:
    """Return the values of a column as a sparse matrix, shape (posts, values), in which rare values weigh more.

    A post whose values all occur only once in the corpus has a row of length 1.
    """
    frequencies = np.bincount(column.codes, minlength=len(column.values))
    weights = inverse_document_frequency(frequencies, posts)[column.codes]
    norms = np.sqrt(np.bincount(column.posts, weights**2, minlength=posts))
    rarest = inverse_document_frequency(np.array([1]), posts)[0]
    counts = np.bincount(column.posts, minlength=posts)
    lengths = np.sqrt(np.bincount(column.posts, weights, minlength=posts) / (np.maximum(counts, 1) * rarest))
    weights = (weights / norms[column.posts] * lengths[column.posts]).astype(np.float32)
    return csr((weights, (column.posts, column.codes)), shape=(posts, len(column.values)))
