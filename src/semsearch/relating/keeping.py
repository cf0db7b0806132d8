"""What of the lists of the version before still holds? Where few posts changed, only those are compared again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.attributes import Mask
from semsearch.index.related import CANDIDATES, NONE, RelatedPosts, put
from semsearch.relating.features import Ordinals
from semsearch.relating.relater import Relater
from semsearch.relating.score import HUBS, SERIES, TIME, closeness, units
from semsearch.relating.site import places_in

MOST_CHANGED = 0.05
"""The share of posts that may have changed since all were compared: rarities and scales have hardly moved then."""
_FEWEST_POSTS = 1_000
"""All of fewer are compared in no time."""
_SAME = 0.01
"""Scores that differ by less choose the same list."""
_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Kept:
    """The posts of a version that are as they were in the one before."""

    unchanged: Ordinals
    new: Ordinals
    """All others."""
    places: Ordinals
    """Where the unchanged ones were; their order is the same."""
    now: Ordinals
    """For each post of the version before its ordinal, NONE where it is gone or has changed."""
    before: RelatedPosts
    scales: Scales

    @classmethod
    def of(cls, snapshot: Snapshot, before: Snapshot) -> Kept | None:
        """None where nothing can be kept: too much changed, or lists were made otherwise."""
        now, then = snapshot.manifest, before.manifest
        made_alike = (now.model, now.template, now.libraries) == (then.model, then.template, then.libraries)
        if (
            before.related is None
            or before.attributes.digest is None
            or not made_alike
            or len(snapshot) < _FEWEST_POSTS
        ):
            return None
        places = places_in(before.documents.ids(), snapshot.documents.ids())
        same = _unchanged(snapshot, before, places)
        unchanged = np.flatnonzero(same)
        gone = len(before) - np.count_nonzero(places >= 0)
        changed = then.scales.changed + len(snapshot) - len(unchanged) + int(gone)
        if changed > MOST_CHANGED * len(snapshot):
            return None
        ordinals = np.full(len(before), NONE, dtype=np.int64)
        ordinals[places[unchanged]] = unchanged
        scales = replace(then.scales, changed=changed)
        return cls(unchanged, np.flatnonzero(~same), places[unchanged], ordinals, before.related, scales)

    def copy_centres(self, centres: NDArray[np.float16]) -> None:
        """What the unchanged posts mean."""
        centres[self.unchanged] = self.before.centres[self.places]

    def fill(self, rows: NDArray[np.void]) -> None:
        """The candidates that they had, of those that are unchanged too, without regard to crowds."""
        old, crowd = self.before.rows, self.before.rows["crowd"]
        for start in range(0, len(self.unchanged), _AT_ONCE):
            part = old[self.places[start : start + _AT_ONCE]]
            there = part["candidates"] != NONE
            scores = part["scores"] + np.float32(HUBS) * np.where(there, crowd[part["candidates"]], 0)
            candidates = np.where(there, self.now[part["candidates"]], NONE)
            ordinals = self.unchanged[start : start + _AT_ONCE]
            rows["candidates"][ordinals] = candidates
            rows["scores"][ordinals] = np.where(candidates == NONE, -np.inf, scores)

    def copy_lists(self, rows: NDArray[np.void]) -> Mask:
        """The lists of posts whose candidates are as they were; for each post whether it has its list now."""
        done = np.zeros(len(rows), dtype=np.bool_)
        for start in range(0, len(self.unchanged), _AT_ONCE):
            ordinals = self.unchanged[start : start + _AT_ONCE]
            part, old = rows[ordinals], self.before.rows[self.places[start : start + _AT_ONCE]]
            candidates = np.where(old["candidates"] == NONE, NONE, self.now[old["candidates"]])
            moved = np.abs(np.where(candidates == NONE, 0, part["scores"] - old["scores"])) > _SAME
            same = ~np.any(moved | (candidates != part["candidates"]), axis=1)
            rows["listed"][ordinals[same]] = old["listed"][same]
            done[ordinals[same]] = True
        return done


def _unchanged(snapshot: Snapshot, before: Snapshot, places: Ordinals) -> Mask:
    """Whether each post says what it said, and is a copy or an edition of the same posts as then."""
    now, then = snapshot.attributes, before.attributes
    same = places >= 0
    if now.digest is not None and then.digest is not None:
        same &= now.digest == then.digest[places]
    for firsts, firsts_then in ((now.copy_of, then.copy_of), (now.work_of, then.work_of)):
        same &= places[firsts] == firsts_then[places]
    return same


def enter(rows: NDArray[np.void], relater: Relater, new: Ordinals, unchanged: Ordinals) -> None:
    """Puts new posts among the candidates of unchanged ones, where they are related enough."""
    features, attributes = relater.features, relater.features.snapshot.attributes
    new = new[attributes.copy_of[new] == new]
    if not len(new):
        return
    examples = [features.of_post(ordinal) for ordinal in new.tolist()]
    vectors = np.stack([example.vector for example in examples])
    days = np.array([example.day for example in examples])
    shared = relater.matrix(examples).tocsc()
    scales, works = features.scales, attributes.work_of
    for start in range(0, len(unchanged), _AT_ONCE):
        ordinals = unchanged[start : start + _AT_ONCE]
        scores = units((features.vectors(ordinals) @ vectors.T).astype(np.float64), scales.meaning)
        scores += shared[:, ordinals].toarray().T - scales.words.start / scales.words.unit
        scores += TIME * closeness(features.days[ordinals][:, None] - days)
        series = features.series[new]
        scores += SERIES * ((features.series[ordinals][:, None] == series) & (series != NONE))
        least = rows["scores"][ordinals].min(axis=1)
        posts, others = np.nonzero((scores > least[:, None]) & (works[ordinals][:, None] != works[new]))
        entering: dict[int, list[int]] = defaultdict(list)
        for post, other in zip(posts.tolist(), others.tolist(), strict=True):
            entering[post].append(other)
        for post, several in entering.items():
            row = rows[ordinals[post]]
            there = row["candidates"] != NONE
            found = np.concatenate((row["candidates"][there].astype(np.int64), new[several]))
            together = np.concatenate((row["scores"][there].astype(np.float64), scores[post, several]))
            best = features.best(found, together, CANDIDATES, features.languages[ordinals[post]])
            put(row, found[best], together[best])
