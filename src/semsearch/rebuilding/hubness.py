"""Measure how close each post of a new version is to its nearest posts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Snapshot
from semsearch.index.faiss_vectors import NeighbourFinder
from semsearch.relating.incremental import ReusedLists

NEIGHBOURS = 10
"""Nearest posts of which the mean similarity is taken."""
_BATCH = 1_024


def measure_nearness(snapshot: Snapshot, before: Snapshot | None) -> NDArray[np.float32]:
    """Return the mean cosine similarity of each post and its ten nearest posts, shape (posts,).

    Copies and translations of a post are not its neighbours, and a work counts once, so no post is a hub because it was
    published several times. A post has fewer neighbours in a small corpus; without any, its nearness is nan.

    ``before``: the current version. Posts that are unchanged since then keep their value, as long as related lists are
    also reused.
    """
    nearness = np.full(len(snapshot), np.nan, dtype=np.float32)
    reused = ReusedLists.plan(snapshot, before) if before else None
    new = np.arange(len(snapshot))
    if before and reused:
        nearness[reused.unchanged] = before.hubness.nearness[reused.old_ordinals]
        new = reused.changed
    _measure(snapshot, new, nearness)
    return nearness


def _measure(snapshot: Snapshot, posts: NDArray[np.int64], nearness: NDArray[np.float32]) -> None:
    """Write the nearness of some posts into an array for all posts."""
    attributes, vectors = snapshot.attributes, snapshot.post_vectors
    works = np.flatnonzero(attributes.one_per_work(np.ones(len(snapshot), dtype=np.bool_)))
    if len(works) < 2 or not len(posts):
        return
    finder = NeighbourFinder(vectors.dimension, len(works), lambda places: vectors.vectors(works[places]))
    for start in range(0, len(posts), _BATCH):
        batch = posts[start : start + _BATCH]
        rows = vectors.vectors(batch)
        places = finder.neighbours(rows, NEIGHBOURS + 1)  # one may be the post itself, or another edition of it
        near = works[np.maximum(places, 0)]
        cosines = np.einsum("pd,pnd->pn", rows, vectors.vectors(near.ravel()).reshape(*near.shape, -1))
        is_other = (places >= 0) & (attributes.work_of[near] != attributes.work_of[batch][:, None])
        best = -np.sort(-np.where(is_other, cosines, -np.inf), axis=1)[:, :NEIGHBOURS]
        counts = np.count_nonzero(np.isfinite(best), axis=1)
        sums = np.where(np.isfinite(best), best, 0).sum(axis=1)
        nearness[batch] = np.where(counts, sums / np.maximum(counts, 1), np.nan)
