"""How close is each post to its nearest posts? One number per post, from which its hubness follows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.index.storage.arrays import save_array

FILE = "hubness.npy"


def write_nearness(folder: Path, nearness: NDArray[np.float32]) -> None:
    """Write the nearness of all posts; see :class:`Hubness`. Raises OSError."""
    save_array(folder / FILE, nearness.astype(np.float32))


class Hubness:
    """The hubness of all posts of a version.

    A hub is a post that is close to many others, whatever they are about. Without a correction it is found too often
    (Radovanović et al., 2010, Hubs in Space).
    """

    def __init__(self, nearness: NDArray[np.float32]) -> None:
        self.nearness = nearness
        """Shape (posts,): the mean cosine similarity of each post and its nearest posts; nan if it has none."""
        known = np.isfinite(nearness)
        mean = float(nearness[known].mean(dtype=np.float64)) if known.any() else 0.0
        self.excess: NDArray[np.float64] = np.where(known, nearness.astype(np.float64) - mean, 0.0)
        """Shape (posts,): how much the nearness of each post exceeds the mean of all posts."""

    @classmethod
    def open(cls, folder: Path) -> Hubness:
        return cls(np.load(folder / FILE, allow_pickle=False))

    @classmethod
    def none(cls, posts: int) -> Hubness:
        """Return hubness of 0 for every post."""
        return cls(np.full(posts, np.nan, dtype=np.float32))

    def __len__(self) -> int:
        return len(self.nearness)
