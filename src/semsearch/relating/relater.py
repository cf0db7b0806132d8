"""How related are posts? Candidates for an example, from meaning and from what is shared, each compared in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.index.attributes import Mask
from semsearch.relating.features import NONE, Example, Features, InCommon, Ordinals, csr
from semsearch.relating.score import AUTHORS, TAGS, Floats, Parts, beside, closeness, units

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

DEPTH = 100
"""Candidates by meaning, and as many by what is shared."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The posts that share something with an example, in any order, and what that is worth."""

    ordinals: NDArray[np.int32]
    worth: NDArray[np.float32]

    def most(self, allowed: Mask, limit: int) -> Ordinals:
        """The posts that share most, of those that are allowed; in any order."""
        passing = allowed[self.ordinals]
        ordinals, worth = self.ordinals[passing], self.worth[passing]
        if len(ordinals) > limit:
            ordinals = ordinals[np.argpartition(-worth, limit)[:limit]]
        return ordinals.astype(np.int64)


class Relater:
    """Compares examples with the posts of a version. Used from one thread."""

    def __init__(self, features: Features) -> None:
        self.features = features
        self._by_column = features.shared.T.tocsr()
        self._worth = np.zeros(len(features), dtype=np.float32)
        """Room for what is shared with one example; zeros in between."""

    def shared(self, examples: Sequence[Example]) -> list[Shared]:
        """What posts share with each example."""
        found = self.matrix(examples)
        bounds = zip(found.indptr.tolist(), found.indptr[1:].tolist(), strict=False)
        return [Shared(found.indices[begin:end], found.data[begin:end]) for begin, end in bounds]

    def matrix(self, examples: Sequence[Example]) -> csr_matrix:
        """The same as a matrix of shape (examples, posts)."""
        begins = np.cumsum([0, *(len(example.columns) for example in examples)])
        columns = np.concatenate([example.columns for example in examples])
        worth = np.concatenate([example.worth for example in examples])
        return csr((worth, columns, begins), (len(examples), self._by_column.shape[0])) @ self._by_column

    def candidates(self, example: Example, shared: Shared, mask: Mask, depth: int = DEPTH) -> Ordinals:
        """The posts that may be most related to an example, of those that the mask lets pass; in order."""
        near = self.features.snapshot.whole.search(example.vector, depth, mask)[0]
        return np.union1d(near, shared.most(mask, depth))

    def scores(self, example: Example, shared: Shared, ordinals: Ordinals) -> Floats:
        """How related some posts are to an example: the sum of the parts, but for the crowd around them."""
        features = self.features
        same_series = (features.series[ordinals] == example.series) & (example.series != NONE)
        return self.about(example, shared, ordinals) + beside(features.days[ordinals] - example.day, same_series)

    def about(self, example: Example, shared: Shared, ordinals: Ordinals) -> Floats:
        """How much some posts are about what an example is about."""
        scales = self.features.scales
        meaning = units(self.features.cosines(example, ordinals), scales.meaning)
        about: Floats = meaning + self.worth(shared, ordinals) - scales.words.start / scales.words.unit
        return about

    def worth(self, shared: Shared, ordinals: Ordinals) -> Floats:
        """What it is worth that some posts share with an example."""
        self._worth[shared.ordinals] = shared.worth
        worth = self._worth[ordinals].astype(np.float64)
        self._worth[shared.ordinals] = 0.0
        return worth


def best(ordinals: Ordinals, scores: Floats, limit: int) -> NDArray[np.intp]:
    """Places of the posts with the best scores, best first; of equal ones in the order of the corpus."""
    return np.lexsort((ordinals, -scores))[:limit]


def parts_of(
    features: Features, example: Example, ordinals: Ordinals, crowds: Sequence[float]
) -> list[tuple[Parts, InCommon]]:
    """What the scores of some posts are made of, and what each has in common with the example. ``crowds``: how much
    more than usual is close to each."""
    scales = features.scales
    meaning = units(features.cosines(example, ordinals), scales.meaning).tolist()
    time = closeness(features.days[ordinals] - example.day).tolist()
    same_series = ((features.series[ordinals] == example.series) & (example.series != NONE)).tolist()
    found = []
    for place, (ordinal, crowd) in enumerate(zip(ordinals.tolist(), crowds, strict=True)):
        common = features.in_common(example, ordinal)
        words, tags, authors = common.by_kind()
        parts = Parts(
            meaning=meaning[place],
            words=words - scales.words.start / scales.words.unit,
            time=time[place],
            tags=tags / TAGS,
            authors=authors / AUTHORS,
            series=float(same_series[place]),
            crowd=crowd,
        )
        found.append((parts, common))
    return found
