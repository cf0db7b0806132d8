"""How related posts are to an example: candidates by vector and by shared features, each scored in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.index.attributes import Mask
from semsearch.relating.features import NO_SERIES, ExampleFeatures, Features, Ordinals, Overlap, csr
from semsearch.relating.score import (
    AUTHORS_WEIGHT,
    TAGS_WEIGHT,
    Floats,
    Parts,
    closeness,
    time_and_series_score,
    units,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

DEPTH = 100
"""Candidates by vector, and as many by shared features."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The posts that share a feature with an example, in any order. Arrays have shape (posts,)."""

    ordinals: NDArray[np.int32]
    weights: NDArray[np.float32]
    """Units that the shared features add to the score."""

    def top(self, mask: Mask, limit: int) -> Ordinals:
        """Return the posts with the greatest weights, of those that the mask lets pass, in any order."""
        passing = mask[self.ordinals]
        ordinals, weights = self.ordinals[passing], self.weights[passing]
        if len(ordinals) > limit:
            ordinals = ordinals[np.argpartition(-weights, limit)[:limit]]
        return ordinals.astype(np.int64)


class Relater:
    """Scores the posts of a version against examples. Not thread-safe.

    The score of a post does not depend on the other posts and examples given, and it is symmetric: two posts have the
    same score, bit for bit, whichever of them is the example.
    """

    def __init__(self, features: Features) -> None:
        self.features = features
        self._by_column = features.shared.T.tocsr()
        self._weights = np.zeros(len(features), dtype=np.float32)
        """Scratch space for the weights of one example; all zeros between calls."""

    def shared(self, examples: Sequence[ExampleFeatures]) -> list[Shared]:
        """Return the posts that share a feature with each example."""
        found = self.shared_matrix(examples)
        bounds = zip(found.indptr.tolist(), found.indptr[1:].tolist(), strict=False)
        return [Shared(found.indices[begin:end], found.data[begin:end]) for begin, end in bounds]

    def shared_matrix(self, examples: Sequence[ExampleFeatures]) -> csr_matrix:
        """Return the weights of shared features as a sparse matrix of shape (examples, posts)."""
        begins = np.cumsum([0, *(len(example.columns) for example in examples)])
        columns = np.concatenate([example.columns for example in examples])
        weights = np.concatenate([example.weights for example in examples])
        return csr((weights, columns, begins), (len(examples), self._by_column.shape[0])) @ self._by_column

    def candidates(self, example: ExampleFeatures, shared: Shared, mask: Mask, depth: int = DEPTH) -> Ordinals:
        """Return the posts that may be most related to an example, of those that the mask lets pass, in order."""
        near = self.features.snapshot.post_vectors.search(example.vector, depth, mask)[0]
        return np.union1d(near, shared.top(mask, depth))

    def scores(
        self,
        example: ExampleFeatures,
        shared: Shared,
        ordinals: Ordinals,
        vectors: NDArray[np.float32] | None = None,
    ) -> Floats:
        """Return the score of each post without its hubness, shape (posts,).

        ``vectors``: as in :meth:`Features.similarities`.
        """
        features = self.features
        same_series = (features.series[ordinals] == example.series) & (example.series != NO_SERIES)
        time_and_series = time_and_series_score(features.days[ordinals] - example.day, same_series)
        return self.about(example, shared, ordinals, vectors) + time_and_series

    def about(
        self,
        example: ExampleFeatures,
        shared: Shared,
        ordinals: Ordinals,
        vectors: NDArray[np.float32] | None = None,
    ) -> Floats:
        """Return the part of the score that says what posts are about, as :attr:`Parts.about`, shape (posts,)."""
        scales = self.features.scales
        meaning = units(self.features.similarities(example, ordinals, vectors), scales.meaning)
        about: Floats = meaning + self.shared_weight(shared, ordinals) - scales.words.start / scales.words.unit
        return about

    def shared_weight(self, shared: Shared, ordinals: Ordinals) -> Floats:
        """Return the units that shared features add to the score of each post, shape (posts,)."""
        self._weights[shared.ordinals] = shared.weights
        weights = self._weights[ordinals].astype(np.float64)
        self._weights[shared.ordinals] = 0.0
        return weights


def best_places(ordinals: Ordinals, scores: Floats, limit: int) -> NDArray[np.intp]:
    """Return the places of the posts with the best scores, best first; equal scores in the order of the corpus."""
    return np.lexsort((ordinals, -scores))[:limit]


def parts_of(
    features: Features, example: ExampleFeatures, ordinals: Ordinals, hubness: Sequence[float]
) -> list[tuple[Parts, Overlap]]:
    """Return the parts of the score of each post, and the features that it shares with the example.

    ``hubness``: of each post, in units. The parts of a post do not depend on the other posts given.
    """
    scales = features.scales
    meaning = units(features.similarities(example, ordinals), scales.meaning).tolist()
    time = closeness(features.days[ordinals] - example.day).tolist()
    same_series = ((features.series[ordinals] == example.series) & (example.series != NO_SERIES)).tolist()
    found = []
    for place, (overlap, crowd) in enumerate(zip(features.overlaps(example, ordinals), hubness, strict=True)):
        words, tags, authors = overlap.by_kind
        parts = Parts(
            meaning=meaning[place],
            words=words - scales.words.start / scales.words.unit,
            time=time[place],
            tags=tags / TAGS_WEIGHT,
            authors=authors / AUTHORS_WEIGHT,
            series=float(same_series[place]),
            crowd=crowd,
        )
        found.append((parts, overlap))
    return found
