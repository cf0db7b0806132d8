"""Computes the related lists of a whole site at a rebuild, and writes them to the version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.attributes import Mask
from semsearch.index.faiss_vectors import NeighbourFinder
from semsearch.index.related import CANDIDATES, LISTED, NONE, create_centres, create_rows, write_candidates
from semsearch.relating.diversity import DIVERSITY, marginal_relevance, pairwise_similarities
from semsearch.relating.features import ExampleFeatures, Features, Ordinals, post_centres
from semsearch.relating.incremental import ReusedLists
from semsearch.relating.relater import DEPTH, Relater, best_places
from semsearch.relating.scales import measure
from semsearch.relating.score import HUBNESS_WEIGHT, MIN_CONFIDENCE, confidence

HUBNESS_NEIGHBOURS = 20
"""Candidates of a post whose scores make up its hubness."""
_BATCH = 1_024
_LISTS_PER_BATCH = 64
_APPROXIMATE_NEIGHBOURS = 150
"""Neighbours requested from an approximate index, more than DEPTH, since some of them are wrong."""
_MIN_POSTS_FOR_INDEX = 2_000
"""For fewer posts, building an index of their neighbours takes longer than it saves."""

OnPosts = Callable[[int], None]


def write_lists(
    folder: Path,
    snapshot: Snapshot,
    *,
    before: Snapshot | None = None,
    scales: Scales | None = None,
    on_posts: OnPosts = lambda _: None,
) -> Scales:
    """Write the centres and the related lists of a version, and return the scales of their scores.

    If little changed since the version ``before``, only changed posts are compared with all, on its scales. Otherwise
    all posts are compared, on the given ``scales``, or on measured ones. ``on_posts`` is called with the number of
    posts done.
    """
    posts = len(snapshot)
    reused = ReusedLists.plan(snapshot, before) if before else None
    compared = reused.compared if reused else np.arange(posts)
    centres = _write_centres(folder, snapshot, reused.changed if reused else compared)
    if reused:
        reused.copy_centres(centres)
    scales = reused.scales if reused else scales or measure(snapshot, centres)
    features = Features(snapshot, centres, scales)
    rows, relater = create_rows(folder, posts), Relater(features)
    for done in _fill(rows, relater, compared):
        on_posts(posts - len(compared) + done)
    if reused:
        reused.fill(rows, relater)
    _subtract_hubness(rows)
    left = np.flatnonzero(~reused.copy_lists(rows)) if reused else compared
    for start in range(0, len(left), _LISTS_PER_BATCH):
        _choose(rows, left[start : start + _LISTS_PER_BATCH], features)
    rows.flush()
    return scales


def _write_centres(folder: Path, snapshot: Snapshot, new: Ordinals) -> NDArray[np.float16]:
    """Write the centres of the new posts, and return those of all, shape (posts, dimension); see
    :func:`post_centres`."""
    centres = create_centres(folder, len(snapshot), snapshot.post_vectors.dimension)
    for start in range(0, len(new), _BATCH):
        ordinals = new[start : start + _BATCH]
        rows, begins = snapshot.passages.rows_of_many(ordinals)
        sums = np.zeros((len(ordinals), snapshot.post_vectors.dimension), dtype=np.float32)
        if len(with_passages := np.flatnonzero(np.diff(begins))):
            sums[with_passages] = np.add.reduceat(snapshot.passage_vectors.vectors(rows), begins[with_passages], axis=0)
        centres[ordinals] = post_centres(snapshot.post_vectors.vectors(ordinals), sums)
    return centres


def _fill(rows: NDArray[np.void], relater: Relater, new: Ordinals) -> Iterator[int]:
    """Write the candidates of the new posts and their scores without hubness; yield the number of posts done."""
    features, attributes = relater.features, relater.features.snapshot.attributes
    every, done = np.ones(len(features), dtype=np.bool_), 0
    by_language = [new]
    if attributes.has_translations:  # a list has each work once, in the language of its post if possible
        by_language = [new[attributes.language[new] == code] for code in np.unique(attributes.language[new])]
    for posts in by_language:
        listable = attributes.one_per_work(every, int(attributes.language[posts[0]]) if len(posts) else NONE)
        find_near = _neighbour_search(features, listable, len(posts))
        for start in range(0, len(posts), _BATCH):
            ordinals = posts[start : start + _BATCH]
            examples = [features.of_post(ordinal) for ordinal in ordinals.tolist()]
            found = zip(ordinals.tolist(), examples, relater.shared(examples), find_near(examples), strict=True)
            for ordinal, example, shared, near in found:
                candidates = np.union1d(near, shared.top(listable, DEPTH))
                candidates = candidates[attributes.work_of[candidates] != attributes.work_of[ordinal]]
                scores = relater.scores(example, shared, candidates)
                places = best_places(candidates, scores, CANDIDATES)
                write_candidates(rows[ordinal], candidates[places], scores[places])
            done += len(ordinals)
            yield done


def _neighbour_search(
    features: Features, listable: Mask, posts: int
) -> Callable[[Sequence[ExampleFeatures]], Iterable[Ordinals]]:
    """Return a function that finds the nearest listable posts of each example; ``posts`` is how many there will be."""
    if posts < _MIN_POSTS_FOR_INDEX:
        whole = features.snapshot.post_vectors
        return lambda examples: [whole.search(example.vector, DEPTH, listable)[0] for example in examples]
    ordinals = np.flatnonzero(listable)
    index = NeighbourFinder(
        features.snapshot.post_vectors.dimension, len(ordinals), lambda places: features.vectors(ordinals[places])
    )

    def find_near(examples: Sequence[ExampleFeatures]) -> Iterable[Ordinals]:
        places = index.neighbours(np.stack([example.vector for example in examples]), _APPROXIMATE_NEIGHBOURS)
        return (ordinals[row[row >= 0]] for row in places)

    return find_near


def _subtract_hubness(rows: NDArray[np.void]) -> None:
    """Write the hubness of each post, subtract it from the scores of that post, and sort candidates by the result.

    The hubness of a post is the mean score of its ``HUBNESS_NEIGHBOURS`` best candidates, less the mean of that over
    all posts. CSLS corrects for hubs in the same way (Conneau et al., ICLR 2018).
    """
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        greatest = -np.sort(-part["scores"], axis=1)[:, :HUBNESS_NEIGHBOURS]
        known = np.isfinite(greatest)
        part["crowd"] = np.where(known, greatest, 0).sum(axis=1) / known.sum(axis=1).clip(min=1)
    with_candidates = np.isfinite(rows["scores"]).any(axis=1)
    mean = rows["crowd"][with_candidates].mean() if with_candidates.any() else 0.0
    rows["crowd"] = np.where(with_candidates, rows["crowd"] - mean, 0.0)
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        candidates = part["candidates"]
        hubness = np.where(candidates == NONE, 0, rows["crowd"][candidates])
        scores = part["scores"] - np.float32(HUBNESS_WEIGHT) * hubness
        order = np.lexsort((candidates, -scores), axis=1)
        part["candidates"] = np.take_along_axis(candidates, order, axis=1)
        part["scores"] = np.take_along_axis(scores, order, axis=1)


def _choose(rows: NDArray[np.void], ordinals: Ordinals, features: Features) -> None:
    """Write the default lists of some posts."""
    candidates, scores = rows["candidates"][ordinals], rows["scores"][ordinals].astype(np.float64)
    is_confident = confidence(scores, features.scales.tail, len(features)) >= MIN_CONFIDENCE
    vectors = features.vectors(np.maximum(candidates, 0).ravel().astype(np.int64))
    similarities = pairwise_similarities(vectors.reshape(*candidates.shape, -1), features.scales.meaning)
    scores = np.where(is_confident, scores, -np.inf)
    rows["listed"][ordinals] = marginal_relevance(scores, similarities, LISTED, DIVERSITY)
