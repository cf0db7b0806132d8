"""Which posts belong beside each of a whole site? All compared in one go, and written for whoever looks them up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.related import CANDIDATES, LISTED, NONE, new_centres, new_rows
from semsearch.index.vectors import Neighbours
from semsearch.relating.diversity import DIVERSITY, likeness, marginal_relevance
from semsearch.relating.features import Features, middle
from semsearch.relating.relater import DEPTH, Relater
from semsearch.relating.scales import measure
from semsearch.relating.score import HUBS

CROWD = 20
"""Posts around one that make its crowd."""
_AT_ONCE = 1_024
_LISTS_AT_ONCE = 64
_IN_SHORT = 150
"""Neighbours that are asked for where they are found in short: nine of ten of the nearest are among them."""

OnPosts = Callable[[int], None]


def write_lists(
    folder: Path, snapshot: Snapshot, *, on_posts: OnPosts = lambda _: None, scales: Scales | None = None
) -> Scales:
    """Writes what the posts of a version mean and which are related, and returns the scales that it was measured in.

    ``on_posts`` is told how many posts are done; ``scales`` are measured unless they are given.
    """
    centres = write_centres(folder, snapshot)
    scales = scales or measure(snapshot, centres)
    rows = new_rows(folder, len(snapshot))
    features = Features(snapshot, centres, scales)
    for done in _fill(rows, Relater(features)):
        on_posts(done)
    _damp(rows)
    for start in range(0, len(snapshot), _LISTS_AT_ONCE):
        _choose(rows[start : start + _LISTS_AT_ONCE], features)
    rows.flush()
    return scales


def write_centres(folder: Path, snapshot: Snapshot) -> NDArray[np.float16]:
    """The middle of the vector of the whole of each post and the direction of the mean of its sentences."""
    posts = len(snapshot)
    centres = new_centres(folder, posts, snapshot.whole.dimension)
    for start in range(0, posts, _AT_ONCE):
        ordinals = np.arange(start, min(start + _AT_ONCE, posts))
        rows, begins = snapshot.passages.of_many(ordinals)
        sums = np.zeros((len(ordinals), snapshot.whole.dimension), dtype=np.float32)
        if len(having := np.flatnonzero(np.diff(begins))):
            sums[having] = np.add.reduceat(snapshot.passage_vectors.vectors(rows), begins[having], axis=0)
        centres[ordinals] = middle(snapshot.whole.vectors(ordinals), sums)
    centres.flush()
    return centres


def _fill(rows: NDArray[np.void], relater: Relater) -> Iterator[int]:
    """The candidates of each post with their scores, without regard to crowds, and the crowd of each."""
    features, attributes = relater.features, relater.features.snapshot.attributes
    posts, works = len(features), attributes.work_of
    listable = attributes.copy_of == np.arange(posts)
    of_listable = np.flatnonzero(listable)
    near = Neighbours(
        features.snapshot.whole.dimension, len(of_listable), lambda places: features.vectors(of_listable[places])
    )
    for start in range(0, posts, _AT_ONCE):
        ordinals = np.arange(start, min(start + _AT_ONCE, posts))
        examples = [features.of_post(ordinal) for ordinal in ordinals.tolist()]
        neighbours = near.near(np.stack([example.vector for example in examples]), _IN_SHORT)
        compared = zip(ordinals.tolist(), examples, relater.shared(examples), neighbours, strict=True)
        for ordinal, example, shared, places in compared:
            by_meaning = of_listable[places[places >= 0]]
            found = np.union1d(by_meaning, shared.most(listable, DEPTH))
            found = found[works[found] != works[ordinal]]
            scores = relater.scores(example, shared, found)
            best = features.best(found, scores, CANDIDATES, features.languages[ordinal])
            row = rows[ordinal]
            row["candidates"][: len(best)] = found[best]
            row["scores"][: len(best)] = scores[best]
            row["crowd"] = scores[best[:CROWD]].mean() if len(best) else np.nan
        yield int(ordinals[-1]) + 1


def _damp(rows: NDArray[np.void]) -> None:
    """Takes from each score what the crowd of the other costs, and puts the candidates into the order of the rest."""
    crowd = rows["crowd"] - np.nanmean(rows["crowd"]) if np.any(np.isfinite(rows["crowd"])) else rows["crowd"]
    rows["crowd"] = np.nan_to_num(crowd)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        candidates = part["candidates"]
        scores = part["scores"] - np.float32(HUBS) * np.where(candidates == NONE, 0, rows["crowd"][candidates])
        order = np.lexsort((candidates, -scores), axis=1)
        part["candidates"] = np.take_along_axis(candidates, order, axis=1)
        part["scores"] = np.take_along_axis(scores, order, axis=1)


def _choose(part: NDArray[np.void], features: Features) -> None:
    """The lists of some posts as they are by default."""
    candidates = part["candidates"]
    vectors = features.vectors(np.maximum(candidates, 0).ravel().astype(np.int64))
    alike = likeness(vectors.reshape(*candidates.shape, -1), features.scales.meaning)
    chosen = marginal_relevance(part["scores"].astype(np.float64), alike, LISTED, DIVERSITY)
    part["listed"] = chosen
