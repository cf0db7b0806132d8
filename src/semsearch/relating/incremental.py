"""Incremental rebuild of related lists: what can be reused of the version before, if few posts changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.attributes import Mask
from semsearch.index.related import CANDIDATES, NONE, RelatedPosts, write_candidates
from semsearch.relating.features import ExampleFeatures, Ordinals
from semsearch.relating.relater import Relater, best_places
from semsearch.relating.score import HUBNESS_WEIGHT, Floats, time_and_series_score, units
from semsearch.relating.site import positions

MAX_CHANGED_SHARE = 0.05
"""Share of posts that may have changed since all were compared. Up to it, term rarities and scales hardly move."""
_MAX_LOST = 6
"""Candidates that a post may lose before it is compared with all posts again."""
_MIN_POSTS = 200
"""With fewer posts, all are compared: it takes a fifth of a second."""
_TOLERANCE = 0.01
"""A list is not chosen again if no score of its candidates moved by more than this."""
_MARGIN = 0.001
"""More than the rounding error of :func:`_approximate_scores`."""
_BATCH = 4_096
_EXAMPLES_PER_BATCH = 512

Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class ReusedLists:
    """What the posts of a new version can reuse of the version before."""

    changed: Ordinals
    """Posts that are new or have changed."""
    unchanged: Ordinals
    """All other posts."""
    old_ordinals: Ordinals
    """The ordinals of the unchanged posts in the version before."""
    needs_recompute: Mask
    """The unchanged posts that lost so many candidates that they are compared with all posts again."""
    new_ordinals: Ordinals
    """By ordinal of the version before, the ordinal in the new one; NONE if the post is gone or has changed."""
    max_candidates: int
    """Candidates that a post could have in the version before: the number of its works, less the post's own."""
    before: RelatedPosts
    scales: Scales

    @classmethod
    def plan(cls, snapshot: Snapshot, before: Snapshot) -> ReusedLists | None:
        """Find what can be reused.

        None if nothing can: too many posts changed, the version before was made by another model, template or release
        of a library, posts have editions, or there are fewer than ``_MIN_POSTS``.
        """
        new, old = snapshot.manifest, before.manifest
        same_method = (new.model, new.template, new.libraries) == (old.model, old.template, old.libraries)
        has_editions = snapshot.attributes.has_translations or before.attributes.has_translations
        if not same_method or has_editions or len(snapshot) < _MIN_POSTS:
            return None
        old_ordinals = positions(before.documents.ids(), snapshot.documents.ids())
        is_unchanged = _is_unchanged(snapshot, before, old_ordinals)
        unchanged = np.flatnonzero(is_unchanged)
        gone = len(before) - int(np.count_nonzero(old_ordinals >= 0))
        changed = old.scales.changed + len(snapshot) - len(unchanged) + gone
        if changed > MAX_CHANGED_SHARE * len(snapshot):
            return None
        new_ordinals = np.full(len(before), NONE, dtype=np.int64)
        new_ordinals[old_ordinals[unchanged]] = unchanged
        max_candidates = len(np.unique(before.attributes.work_of)) - 1
        return cls(
            changed=np.flatnonzero(~is_unchanged),
            unchanged=unchanged,
            old_ordinals=old_ordinals[unchanged],
            needs_recompute=_needs_recompute(
                before.related.rows, old_ordinals[unchanged], new_ordinals, max_candidates
            ),
            new_ordinals=new_ordinals,
            max_candidates=max_candidates,
            before=before.related,
            scales=replace(old.scales, changed=changed),
        )

    @property
    def compared(self) -> Ordinals:
        """The posts that are compared with all posts."""
        return np.union1d(self.changed, self.unchanged[self.needs_recompute])

    def copy_centres(self, centres: NDArray[np.float16]) -> None:
        """Copy the centres of the unchanged posts."""
        centres[self.unchanged] = self.before.centres[self.old_ordinals]

    def fill(self, rows: Rows, relater: Relater) -> None:
        """Write the candidates of the posts that are not compared with all, with their scores without hubness.

        These are their candidates of the version before that are unchanged, and the changed posts that score more than
        the last of them.
        """
        reused = ~self.needs_recompute
        ordinals, old_ordinals = self.unchanged[reused], self.old_ordinals[reused]
        least = np.empty(len(ordinals))  # the score that a changed post must exceed
        for start in range(0, len(ordinals), _BATCH):
            batch, old = ordinals[start : start + _BATCH], self.before.rows[old_ordinals[start : start + _BATCH]]
            exists = old["candidates"] != NONE
            hubness = np.where(exists, self.before.hubness(old["candidates"]), 0)
            scores = np.where(exists, old["scores"] + np.float32(HUBNESS_WEIGHT) * hubness, np.inf)
            candidates = np.where(exists, self.new_ordinals[old["candidates"]], NONE)
            rows["candidates"][batch] = candidates
            rows["scores"][batch] = np.where(candidates == NONE, -np.inf, scores)
            all_were_candidates = exists.sum(axis=1) >= self.max_candidates
            least[start : start + len(batch)] = np.where(all_were_candidates, -np.inf, scores.min(axis=1))
        _add_changed(rows, relater, self.changed, ordinals, least)

    def copy_lists(self, rows: Rows) -> Mask:
        """Copy the lists of posts whose candidates are the same as before; return a mask of these posts."""
        copied = np.zeros(len(rows), dtype=np.bool_)
        for start in range(0, len(self.unchanged), _BATCH):
            ordinals = self.unchanged[start : start + _BATCH]
            new, old = rows[ordinals], self.before.rows[self.old_ordinals[start : start + _BATCH]]
            exists = old["candidates"] != NONE
            candidates = np.where(exists, self.new_ordinals[old["candidates"]], NONE)
            with np.errstate(invalid="ignore"):  # -inf - -inf, if there is no candidate before or now
                moved = np.abs(new["scores"] - old["scores"]) > _TOLERANCE
            differs = (candidates != new["candidates"]) | (exists & ((candidates == NONE) | moved))
            same = ~np.any(differs, axis=1)
            rows["listed"][ordinals[same]] = old["listed"][same]
            copied[ordinals[same]] = True
        return copied


def _is_unchanged(snapshot: Snapshot, before: Snapshot, old_ordinals: Ordinals) -> Mask:
    """Whether each post has the same content as before, and is a near-duplicate of the same post."""
    new, old = snapshot.attributes, before.attributes
    same_content = (old_ordinals >= 0) & (new.digest == old.digest[old_ordinals])
    unchanged: Mask = same_content & (old_ordinals[new.duplicate_group] == old.duplicate_group[old_ordinals])
    return unchanged


def _needs_recompute(old: Rows, old_ordinals: Ordinals, new_ordinals: Ordinals, max_candidates: int) -> Mask:
    """Whether each post lost more than ``_MAX_LOST`` of its candidates since it was compared with all posts."""
    left = np.zeros(len(old_ordinals), dtype=np.int64)
    for start in range(0, len(old_ordinals), _BATCH):
        candidates = old["candidates"][old_ordinals[start : start + _BATCH]]
        left[start : start + _BATCH] = np.count_nonzero(
            (candidates != NONE) & (new_ordinals[candidates] != NONE), axis=1
        )
    return left < min(CANDIDATES, max_candidates) - _MAX_LOST


def _add_changed(rows: Rows, relater: Relater, changed: Ordinals, ordinals: Ordinals, least: Floats) -> None:
    """Add changed posts to the candidates of ``ordinals`` for which they score more than ``least``, which has the same
    shape."""
    attributes = relater.features.snapshot.attributes
    changed = changed[attributes.duplicate_group[changed] == changed]
    added: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for start in range(0, len(changed), _EXAMPLES_PER_BATCH):
        batch = changed[start : start + _EXAMPLES_PER_BATCH]
        examples = [relater.features.of_post(ordinal) for ordinal in batch.tolist()]
        near = _places_above(relater, batch, examples, ordinals, least - _MARGIN)
        for candidate, example, shared, places in zip(
            batch.tolist(), examples, relater.shared(examples), near, strict=True
        ):
            scores = relater.scores(example, shared, ordinals[places])
            above = scores > least[places]
            for post, score in zip(ordinals[places[above]].tolist(), scores[above].tolist(), strict=True):
                added[post].append((candidate, score))
    for post, found in added.items():
        row = rows[post]
        exists = row["candidates"] != NONE
        candidates = np.concatenate((row["candidates"][exists], [candidate for candidate, _ in found])).astype(np.int64)
        scores = np.concatenate((row["scores"][exists], [score for _, score in found])).astype(np.float64)
        chosen = best_places(candidates, scores, CANDIDATES)
        write_candidates(row, candidates[chosen], scores[chosen])


def _places_above(
    relater: Relater, changed: Ordinals, examples: Sequence[ExampleFeatures], ordinals: Ordinals, least: Floats
) -> list[NDArray[np.intp]]:
    """Return, for each changed post, the places in ``ordinals`` of the posts of other works for which it may score more
    than ``least``."""
    works = relater.features.snapshot.attributes.work_of
    found: list[list[NDArray[np.intp]]] = [[] for _ in examples]
    for start, scores in _approximate_scores(relater, changed, examples, ordinals):
        posts = ordinals[start : start + len(scores)]
        above = (scores > least[start : start + len(scores), None]) & (works[posts][:, None] != works[changed])
        for places, of_example in zip(found, above.T, strict=True):
            places.append(start + np.flatnonzero(of_example))
    return [np.concatenate([np.empty(0, dtype=np.intp), *places]) for places in found]


def _approximate_scores(
    relater: Relater, changed: Ordinals, examples: Sequence[ExampleFeatures], ordinals: Ordinals
) -> Iterator[tuple[int, Floats]]:
    """Compute :meth:`Relater.scores` of several examples and a batch of posts at once, up to the rounding of a matrix
    product, in a quarter of the time.

    ``examples`` are those of the changed posts. Yields the place of the first post of a batch in ``ordinals``, and
    scores of shape (posts, examples).
    """
    features, scales = relater.features, relater.features.scales
    vectors = np.stack([example.vector for example in examples])
    shared = relater.shared_matrix(examples).T.tocsr()
    in_series = features.series[changed] != NONE
    for start in range(0, len(ordinals), _BATCH):
        posts = ordinals[start : start + _BATCH]
        scores = units((features.vectors(posts) @ vectors.T).astype(np.float64), scales.meaning)
        scores += shared[posts].toarray() - scales.words.start / scales.words.unit
        same_series = (features.series[posts][:, None] == features.series[changed]) & in_series
        yield start, scores + time_and_series_score(features.days[posts][:, None] - features.days[changed], same_series)
