"""The posts that contain a word, with its BM25 score in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Postings:
    """The postings list of a word. Both arrays have shape (posts with the word,)."""

    ordinals: NDArray[np.int32]
    """Ascending."""
    scores: NDArray[np.float32]
    """The BM25 score of the word in each post."""

    @classmethod
    def from_unsorted(cls, ordinals: NDArray[np.int64], scores: NDArray[np.float64]) -> Postings:
        order = np.argsort(ordinals)
        return cls(ordinals[order].astype(np.int32), scores[order].astype(np.float32))

    def __len__(self) -> int:
        return len(self.ordinals)

    def scores_of(self, ordinals: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the scores of some posts, shape (len(ordinals),); 0 for posts without the word."""
        if not len(self):
            return np.zeros(len(ordinals), dtype=np.float32)
        places = self.ordinals.searchsorted(ordinals)
        scores: NDArray[np.float32] = self.scores.take(places, mode="clip")
        scores *= self.ordinals.take(places, mode="clip") == ordinals
        return scores
