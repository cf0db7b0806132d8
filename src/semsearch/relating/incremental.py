"""What of the lists of the version before still holds? Where few posts changed, only those are compared again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.attributes import Mask
from semsearch.index.related import CANDIDATES, NONE, RelatedPosts, put
from semsearch.relating.features import Ordinals
from semsearch.relating.relater import Relater, best
from semsearch.relating.score import HUBS, Floats, beside, units
from semsearch.relating.site import places_in

MOST_CHANGED = 0.05
"""The share of posts that may have changed since all were compared: rarities and scales have hardly moved then."""
_MOST_LOST = 6
"""Candidates that a post may lose before it is compared with all again."""
_FEWEST_POSTS = 1_000
"""All of fewer are compared in no time."""
_SAME = 0.01
"""Scores that differ by less choose the same list."""
_AT_ONCE = 4_096
_ENTER_AT_ONCE = 512

Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Kept:
    """What of the version before holds for the posts of a new one."""

    changed: Ordinals
    """Posts that are new, or say something else."""
    unchanged: Ordinals
    """All others."""
    places: Ordinals
    """Where these were in the version before."""
    bereft: Mask
    """Which of these lost so many candidates that they are compared again."""
    now: Ordinals
    """For each post of the version before its ordinal, NONE where it is gone or has changed."""
    others: int
    """How many posts there were for a list to choose from, near-duplicates counted once."""
    before: RelatedPosts
    scales: Scales

    @classmethod
    def of(cls, snapshot: Snapshot, before: Snapshot) -> Kept | None:
        """None where nothing can be kept: too much changed, lists were made otherwise, or posts have editions."""
        now, then = snapshot.manifest, before.manifest
        made_alike = (now.model, now.template, now.libraries) == (then.model, then.template, then.libraries)
        editions = snapshot.attributes.has_editions or before.attributes.has_editions
        if before.related is None or not made_alike or editions or len(snapshot) < _FEWEST_POSTS:
            return None
        places = places_in(before.documents.ids(), snapshot.documents.ids())
        same = _unchanged(snapshot, before, places)
        unchanged = np.flatnonzero(same)
        gone = len(before) - int(np.count_nonzero(places >= 0))
        changed = then.scales.changed + len(snapshot) - len(unchanged) + gone
        if changed > MOST_CHANGED * len(snapshot):
            return None
        ordinals = np.full(len(before), NONE, dtype=np.int64)
        ordinals[places[unchanged]] = unchanged
        others = len(np.unique(before.attributes.work_of)) - 1
        return cls(
            changed=np.flatnonzero(~same),
            unchanged=unchanged,
            places=places[unchanged],
            bereft=_bereft(before.related.rows, places[unchanged], ordinals, others),
            now=ordinals,
            others=others,
            before=before.related,
            scales=replace(then.scales, changed=changed),
        )

    @property
    def compared(self) -> Ordinals:
        """The posts that are compared with all."""
        return np.union1d(self.changed, self.unchanged[self.bereft])

    def copy_centres(self, centres: NDArray[np.float16]) -> None:
        """What the unchanged posts mean."""
        centres[self.unchanged] = self.before.centres[self.places]

    def fill(self, rows: Rows, relater: Relater) -> None:
        """The candidates of the other posts, without regard to crowds: those that they had and that are unchanged too,
        and those that changed and are related enough."""
        kept = ~self.bereft
        ordinals, places = self.unchanged[kept], self.places[kept]
        least = np.empty(len(ordinals))  # where all others were candidates, there is room for any
        for start in range(0, len(ordinals), _AT_ONCE):
            some, old = ordinals[start : start + _AT_ONCE], self.before.rows[places[start : start + _AT_ONCE]]
            there = old["candidates"] != NONE
            crowd = np.where(there, self.before.crowd(old["candidates"]), 0)
            scores = np.where(there, old["scores"] + np.float32(HUBS) * crowd, np.inf)
            candidates = np.where(there, self.now[old["candidates"]], NONE)
            rows["candidates"][some] = candidates
            rows["scores"][some] = np.where(candidates == NONE, -np.inf, scores)
            least[start : start + len(some)] = np.where(there.sum(axis=1) < self.others, scores.min(axis=1), -np.inf)
        _enter(rows, relater, self.changed, ordinals, least)

    def copy_lists(self, rows: Rows) -> Mask:
        """The lists of posts whose candidates are as they were; for each post whether it has its list now."""
        done = np.zeros(len(rows), dtype=np.bool_)
        for start in range(0, len(self.unchanged), _AT_ONCE):
            ordinals = self.unchanged[start : start + _AT_ONCE]
            part, old = rows[ordinals], self.before.rows[self.places[start : start + _AT_ONCE]]
            there = old["candidates"] != NONE
            candidates = np.where(there, self.now[old["candidates"]], NONE)
            with np.errstate(invalid="ignore"):  # where both are empty
                moved = np.abs(part["scores"] - old["scores"]) > _SAME
            other = (candidates != part["candidates"]) | (there & ((candidates == NONE) | moved))
            same = ~np.any(other, axis=1)
            rows["listed"][ordinals[same]] = old["listed"][same]
            done[ordinals[same]] = True
        return done


def _unchanged(snapshot: Snapshot, before: Snapshot, places: Ordinals) -> Mask:
    """Whether each post says what it said, and is a near-duplicate of the same post as then."""
    now, then = snapshot.attributes, before.attributes
    if now.digest is None or then.digest is None:
        return np.zeros(len(places), dtype=np.bool_)
    same: Mask = (places >= 0) & (now.digest == then.digest[places]) & (places[now.copy_of] == then.copy_of[places])
    return same


def _bereft(old: Rows, places: Ordinals, now: Ordinals, others: int) -> Mask:
    """Whether posts have too few of their candidates left."""
    left = np.zeros(len(places), dtype=np.int64)
    for start in range(0, len(places), _AT_ONCE):
        candidates = old["candidates"][places[start : start + _AT_ONCE]]
        left[start : start + _AT_ONCE] = np.count_nonzero((candidates != NONE) & (now[candidates] != NONE), axis=1)
    return left < min(CANDIDATES, others) - _MOST_LOST


def _enter(rows: Rows, relater: Relater, changed: Ordinals, ordinals: Ordinals, least: Floats) -> None:
    """Puts changed posts among the candidates of others, where they score more than the ``least`` of each."""
    works = relater.features.snapshot.attributes.work_of
    changed = changed[relater.features.snapshot.attributes.copy_of[changed] == changed]
    entering: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for start in range(0, len(changed), _ENTER_AT_ONCE):
        several = changed[start : start + _ENTER_AT_ONCE]
        compare = _comparison(relater, several)
        for place in range(0, len(ordinals), _AT_ONCE):
            some = ordinals[place : place + _AT_ONCE]
            scores = compare(some)
            related = (scores > least[place : place + len(some), None]) & (works[some][:, None] != works[several])
            for post, other in np.argwhere(related).tolist():
                entering[int(some[post])].append((int(several[other]), float(scores[post, other])))
    for post, found in entering.items():
        row = rows[post]
        there = row["candidates"] != NONE
        candidates = np.concatenate((row["candidates"][there], [one for one, _ in found])).astype(np.int64)
        together = np.concatenate((row["scores"][there], [score for _, score in found])).astype(np.float64)
        chosen = best(candidates, together, CANDIDATES)
        put(row, candidates[chosen], together[chosen])


def _comparison(relater: Relater, several: Ordinals) -> Callable[[Ordinals], Floats]:
    """What :meth:`Relater.scores` says of several examples and some posts at once: shape (posts, examples)."""
    features, scales = relater.features, relater.features.scales
    examples = [features.of_post(ordinal) for ordinal in several.tolist()]
    vectors, shared = np.stack([example.vector for example in examples]), relater.matrix(examples).T.tocsr()
    in_series = features.series[several] != NONE

    def compare(some: Ordinals) -> Floats:
        about = units((features.vectors(some) @ vectors.T).astype(np.float64), scales.meaning)
        about += shared[some].toarray() - scales.words.start / scales.words.unit
        same_series = (features.series[some][:, None] == features.series[several]) & in_series
        return about + beside(features.days[some][:, None] - features.days[several], same_series)

    return compare
