"""What is a word worth in each post that has it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Postings:
    """The posts that have a word, and its BM25 in each. Both arrays have shape (posts,)."""

    ordinals: NDArray[np.int32]
    """In order."""
    scores: NDArray[np.float32]

    @classmethod
    def of(cls, ordinals: NDArray[np.int64], scores: NDArray[np.float64]) -> Postings:
        """Of posts in any order."""
        order = np.argsort(ordinals)
        return cls(ordinals[order].astype(np.int32), scores[order].astype(np.float32))

    def __len__(self) -> int:
        return len(self.ordinals)

    def scores_of(self, ordinals: NDArray[np.int64]) -> NDArray[np.float32]:
        """What the word is worth in some posts; 0 in those that do not have it."""
        if not len(self):
            return np.zeros(len(ordinals), dtype=np.float32)
        places = self.ordinals.searchsorted(ordinals)
        scores: NDArray[np.float32] = self.scores.take(places, mode="clip")
        scores *= self.ordinals.take(places, mode="clip") == ordinals
        return scores
