"""How alike are posts in this corpus? A sample of them measured: at random, and each with the closest to it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from semsearch.index import Scale, Scales, Snapshot, Tail
from semsearch.relating.features import Features, Ordinals
from semsearch.relating.relater import Relater
from semsearch.relating.score import Floats

SAMPLE = 512
_PRIOR = Scales()
_POSTS_FOR_HALF = 64
"""Posts of which what was measured counts as much as what is usual."""
_LEAST = 0.05
_TAIL = (0.8, 0.95)
"""Where the tail of what random pairs score is taken from: beyond, pairs are related."""


def measure(snapshot: Snapshot, centres: NDArray[np.float16]) -> Scales:
    """The scales of a corpus. The fewer posts it has, the more what is usual elsewhere counts."""
    posts = len(snapshot)
    if posts < 3:
        return _PRIOR
    chosen = np.sort(np.random.default_rng(0).choice(posts, min(SAMPLE, posts), replace=False))
    share = posts / (posts + _POSTS_FOR_HALF)
    meaning, words = _scales(Relater(Features(snapshot, centres, _PRIOR)), chosen, share)
    measured = replace(_PRIOR, meaning=meaning, words=words)
    return replace(measured, tail=_tail(Relater(Features(snapshot, centres, measured)), chosen, share))


def _scales(relater: Relater, chosen: Ordinals, share: float) -> tuple[Scale, Scale]:
    """What the posts of a sample are worth to each other, and the closest of all posts to each of them."""
    features, works = relater.features, relater.features.snapshot.attributes.work_of
    random: tuple[list[Floats], list[Floats]] = [], []
    closest: tuple[list[float], list[float]] = [], []
    for ordinal in chosen.tolist():
        example = features.words_of(ordinal)
        shared = relater.shared([example])[0]
        near, others = relater.candidates(example, shared, works != works[ordinal]), chosen[chosen != ordinal]
        for kind, compare in enumerate((partial(features.cosines, example), partial(relater.worth, shared))):
            random[kind].append(compare(others))
            closest[kind].append(float(np.max(compare(near), initial=-1.0)))
    unit = _PRIOR.words.unit
    return (
        _scale(np.concatenate(random[0]), np.array(closest[0]), _PRIOR.meaning, share),
        _scale(np.concatenate(random[1]) * unit, np.array(closest[1]) * unit, _PRIOR.words, share),
    )


def _scale(random: Floats, closest: Floats, prior: Scale, share: float) -> Scale:
    start = float(np.median(random))
    unit = max(float(np.median(closest)) - start, _LEAST)
    return Scale(start=share * start + (1 - share) * prior.start, unit=share * unit + (1 - share) * prior.unit)


def _tail(relater: Relater, chosen: Ordinals, share: float) -> Tail:
    examples = [relater.features.of_post(ordinal) for ordinal in chosen.tolist()]
    scores = [
        relater.scores(example, shared, chosen[chosen != ordinal])
        for ordinal, example, shared in zip(chosen.tolist(), examples, relater.shared(examples), strict=True)
    ]
    low, high = np.quantile(np.concatenate(scores), _TAIL).tolist()
    slope = max((high - low) / math.log((1 - _TAIL[0]) / (1 - _TAIL[1])), _LEAST)
    prior = _PRIOR.tail
    return Tail(start=share * low + (1 - share) * prior.start, slope=share * slope + (1 - share) * prior.slope)
