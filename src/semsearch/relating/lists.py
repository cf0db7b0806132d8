"""Which posts belong beside each of a whole site? All compared in one go, and written for whoever looks them up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.attributes import Mask
from semsearch.index.related import CANDIDATES, LISTED, NONE, new_centres, new_rows, put
from semsearch.index.vectors import Neighbours
from semsearch.relating.diversity import DIVERSITY, likeness, marginal_relevance
from semsearch.relating.features import Example, Features, Ordinals, middle
from semsearch.relating.incremental import Kept
from semsearch.relating.relater import DEPTH, Relater, best
from semsearch.relating.scales import measure
from semsearch.relating.score import HUBS

CROWD = 20
"""Posts around one that make its crowd."""
_AT_ONCE = 1_024
_LISTS_AT_ONCE = 64
_IN_SHORT = 150
"""Neighbours that are asked for where they are found in short: most of the nearest are among them."""
_FEW = 2_000
"""Posts whose neighbours are not worth an index of their own."""

OnPosts = Callable[[int], None]


def write_lists(
    folder: Path,
    snapshot: Snapshot,
    *,
    before: Snapshot | None = None,
    scales: Scales | None = None,
    on_posts: OnPosts = lambda _: None,
) -> Scales:
    """Writes what the posts of a version mean and which are related, and returns the scales that it was measured in.

    Where little changed since the version ``before``, only posts that did are compared with all. ``scales`` are
    measured unless they are given; ``on_posts`` is told how many posts are done.
    """
    posts = len(snapshot)
    kept = Kept.of(snapshot, before) if before else None
    compared = kept.compared if kept else np.arange(posts)
    centres = _write_centres(folder, snapshot, kept.changed if kept else compared)
    if kept:
        kept.copy_centres(centres)
    scales = scales or (kept.scales if kept else measure(snapshot, centres))
    features = Features(snapshot, centres, scales)
    rows, relater = new_rows(folder, posts), Relater(features)
    for done in _fill(rows, relater, compared):
        on_posts(posts - len(compared) + done)
    if kept:
        kept.fill(rows, relater)
    _damp(rows)
    left = np.flatnonzero(~kept.copy_lists(rows)) if kept else compared
    for start in range(0, len(left), _LISTS_AT_ONCE):
        _choose(rows, left[start : start + _LISTS_AT_ONCE], features)
    rows.flush()
    return scales


def _write_centres(folder: Path, snapshot: Snapshot, new: Ordinals) -> NDArray[np.float16]:
    """The middle of the vector of the whole of each post and the direction of the mean of its sentences."""
    centres = new_centres(folder, len(snapshot), snapshot.whole.dimension)
    for start in range(0, len(new), _AT_ONCE):
        ordinals = new[start : start + _AT_ONCE]
        rows, begins = snapshot.passages.of_many(ordinals)
        sums = np.zeros((len(ordinals), snapshot.whole.dimension), dtype=np.float32)
        if len(having := np.flatnonzero(np.diff(begins))):
            sums[having] = np.add.reduceat(snapshot.passage_vectors.vectors(rows), begins[having], axis=0)
        centres[ordinals] = middle(snapshot.whole.vectors(ordinals), sums)
    return centres


def _fill(rows: NDArray[np.void], relater: Relater, new: Ordinals) -> Iterator[int]:
    """The candidates of some posts with their scores, without regard to crowds."""
    features, attributes = relater.features, relater.features.snapshot.attributes
    every, done = np.ones(len(features), dtype=np.bool_), 0
    by_language = [new]
    if attributes.has_editions:  # beside each post, of every work the edition in its language
        by_language = [new[attributes.language[new] == code] for code in np.unique(attributes.language[new])]
    for several in by_language:
        listable = attributes.one_of_each_work(every, int(attributes.language[several[0]]) if len(several) else NONE)
        near = _near(features, listable, len(several))
        for start in range(0, len(several), _AT_ONCE):
            ordinals = several[start : start + _AT_ONCE]
            examples = [features.of_post(ordinal) for ordinal in ordinals.tolist()]
            compared = zip(ordinals.tolist(), examples, relater.shared(examples), near(examples), strict=True)
            for ordinal, example, shared, by_meaning in compared:
                found = np.union1d(by_meaning, shared.most(listable, DEPTH))
                found = found[attributes.work_of[found] != attributes.work_of[ordinal]]
                scores = relater.scores(example, shared, found)
                places = best(found, scores, CANDIDATES)
                put(rows[ordinal], found[places], scores[places])
            done += len(ordinals)
            yield done


def _near(features: Features, listable: Mask, wanted: int) -> Callable[[Sequence[Example]], Iterable[Ordinals]]:
    """What finds the posts near to each of many examples in meaning, or to each of few."""
    if wanted < _FEW:
        whole = features.snapshot.whole
        return lambda examples: [whole.search(example.vector, DEPTH, listable)[0] for example in examples]
    of_listable = np.flatnonzero(listable)
    near = Neighbours(
        features.snapshot.whole.dimension, len(of_listable), lambda places: features.vectors(of_listable[places])
    )

    def found(examples: Sequence[Example]) -> Iterable[Ordinals]:
        places = near.near(np.stack([example.vector for example in examples]), _IN_SHORT)
        return (of_listable[row[row >= 0]] for row in places)

    return found


def _damp(rows: NDArray[np.void]) -> None:
    """The crowd of each post; what it costs is taken from the scores, and the candidates come in order of the rest."""
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        closest = -np.sort(-part["scores"], axis=1)[:, :CROWD]
        known = np.isfinite(closest)
        part["crowd"] = np.where(known, closest, 0).sum(axis=1) / known.sum(axis=1).clip(min=1)
    crowded = np.isfinite(rows["scores"]).any(axis=1)
    usual = rows["crowd"][crowded].mean() if crowded.any() else 0.0
    rows["crowd"] = np.where(crowded, rows["crowd"] - usual, 0.0)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        candidates = part["candidates"]
        scores = part["scores"] - np.float32(HUBS) * np.where(candidates == NONE, 0, rows["crowd"][candidates])
        order = np.lexsort((candidates, -scores), axis=1)
        part["candidates"] = np.take_along_axis(candidates, order, axis=1)
        part["scores"] = np.take_along_axis(scores, order, axis=1)


def _choose(rows: NDArray[np.void], ordinals: Ordinals, features: Features) -> None:
    """The lists of some posts as they are by default."""
    candidates, scores = rows["candidates"][ordinals], rows["scores"][ordinals]
    vectors = features.vectors(np.maximum(candidates, 0).ravel().astype(np.int64))
    alike = likeness(vectors.reshape(*candidates.shape, -1), features.scales.meaning)
    rows["listed"][ordinals] = marginal_relevance(scores.astype(np.float64), alike, LISTED, DIVERSITY)
